"""How fast a channel and a provider's account are sent to, held by all workers together in the database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from tortoise.backends.base.client import BaseDBAsyncClient

from core.local_time import local
from core.models import ChannelPace

# A pace that lies further ahead was written by a clock that was wrong.
FURTHEST_AHEAD = timedelta(seconds=5)
BURST_S = 1.0
MOST_NAME_CHARS = 60


@dataclass(frozen=True, slots=True)
class Pace:
    """So many messages a second, for all who share the name; none is no limit."""

    name: str
    per_second: float

    @property
    def key(self) -> str:
        """As much of the name as is kept; a provider's address may be longer."""
        return self.name[:MOST_NAME_CHARS]


async def room(connection: BaseDBAsyncClient, pace: Pace, at: datetime) -> int:
    """How many may go now. The row stays locked until it is counted how many did."""
    row = await ChannelPace.filter(name=pace.key).using_db(connection).select_for_update().first()
    if row is None:
        await ChannelPace.create(using_db=connection, name=pace.key, free_at=at)
    free = _ahead(row, at)
    return int((at - free).total_seconds() * pace.per_second + 1e-6)


async def count(connection: BaseDBAsyncClient, pace: Pace, taken: int, at: datetime) -> None:
    """Note how many went, in the transaction that asked for room."""
    if taken:
        row = await ChannelPace.filter(name=pace.key).using_db(connection).first()
        free = _ahead(row, at) + timedelta(seconds=taken / pace.per_second)
        await ChannelPace.filter(name=pace.key).using_db(connection).update(free_at=free)


def _ahead(row: ChannelPace | None, at: datetime) -> datetime:
    """From when on the pace is free, at least the burst back, and never far ahead."""
    earliest = at - timedelta(seconds=BURST_S)
    if row is None or local(row.free_at) > at + FURTHEST_AHEAD:
        return earliest
    return max(local(row.free_at), earliest)
