"""Channels that staff have switched off for the moment, known to every process within two seconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from core.database import Database, reading, transaction
from core.local_time import local, now
from core.models import ChannelSwitch
from core.revisions import SWITCHES, Kept, raise_revision
from core.staff.trail import note


@dataclass(frozen=True, slots=True)
class Off:
    """Since when a channel is off, and who switched it off."""

    since: datetime
    by: str


class Switches:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._kept = Kept(database, SWITCHES, _read)

    async def off(self) -> Mapping[str, Off]:
        """The channels that are switched off, by their places in the settings, e.g. `channels.twilio_sms`."""
        return await self._kept.get()

    async def switch(self, place: str, *, on: bool, by: str) -> None:
        async with transaction() as connection:
            if on:
                await ChannelSwitch.filter(place=place).using_db(connection).delete()
            else:
                await ChannelSwitch.update_or_create(using_db=connection, place=place, defaults={"at": now(), "by": by})
            await note(connection, by, "channel switched on" if on else "channel switched off", place)
            await raise_revision(connection, SWITCHES, postgres=self._database.is_postgres)
        await self._kept.refresh()

    async def close(self) -> None:
        await self._kept.close()


@reading
async def _read() -> Mapping[str, Off]:
    return {row.place: Off(local(row.at), row.by) for row in await ChannelSwitch.all()}
