"""Checking an installation: what is configured, which other sides answer, and what is missing, a line for each."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import click

from core.errors import HaobanError, SendError
from core.ports import Probed
from gateway.house import House
from gateway.registry import CHANNELS, Adapter, Switched, switched_on
from gateway.settings import Settings

PROBED_WITHIN_S = 20.0
# Settings that tell where a channel leads; none of them is a secret.
_TOLD = ("from_number", "sender", "send_url", "listen", "host", "port", "ami", "app_id", "username", "mode")


async def checked(settings: Settings) -> bool:
    """Say what is well and what isn't; whether all is."""
    well = _say("settings", "read and valid")
    house = House(settings)
    try:
        await house.open(migrated=False)
    except HaobanError as error:
        return _say("database", str(error), well=False)
    try:
        well &= await _check_channels(house)
        return well & await _check_house(house)
    finally:
        await house.close()


async def _check_channels(house: House) -> bool:
    switched = {one.place: one for one in switched_on(house.settings)}
    adapters = {place: one.build(house.switchboard) for place, one in switched.items()}
    answers = dict(zip(adapters, await asyncio.gather(*map(_probed, adapters.values())), strict=True))
    well = True
    for place in CHANNELS:
        if place in switched:
            told, answered = answers[place]
            well &= _say(place, "; ".join((f"on, {_leads(switched[place])}", told)), well=answered)
        else:
            _say(place, "off")
    return well


async def _probed(adapter: Adapter) -> tuple[str, bool]:
    """What a channel's other side answers, and whether it does."""
    if not isinstance(adapter, Probed):
        return "not asked", True
    try:
        async with asyncio.timeout(PROBED_WITHIN_S):
            await adapter.start(receiving=False)
            try:
                return await adapter.probe(), True
            finally:
                await adapter.stop()
    except SendError as error:
        return f"{error.reason}: {error.detail}", False
    except TimeoutError:
        return f"no answer in {PROBED_WITHIN_S:.0f} s", False


def _leads(one: Switched) -> str:
    values = ((name, getattr(one.settings, name, None)) for name in _TOLD)
    return ", ".join(f"{name} {value}" for name, value in values if value not in (None, ""))


async def _check_house(house: House) -> bool:
    ill = await house.ill()
    for part in ["database", "redis"] if house.settings.redis.url else ["database"]:
        _say(part, ill.get(part, "answers"), well=part not in ill)
    if not house.settings.redis.url:
        _say("redis", "none: one process only")
    if pending := await house.database.pending_migrations():
        return _say("schema", f"run `haoban migrate`: {len(pending)} to do", well=False)
    departments = await house.query.departments()
    items = sum(department.items for department in departments)
    _say("items", f"{items} of {len(departments)} departments" if items else "none yet: haoban import items FILE")
    people = [one for one in await house.accounts.listed() if not one.disabled]
    _say("staff", f"{len(people)} accounts" if people else "none yet: haoban staff add LOGIN --name NAME")
    years = sorted((await house.centre.working_time()).calendar.published)
    _say("calendar", f"published until {years[-1]}" if years else "none: run `haoban migrate`", well=bool(years))
    _say("notices", _chain(house.ladder.places))
    if dead := await house.records.dead():
        _say("dead letters", f"{dead} wait at /staff/dead")
    _say("public URL", house.settings.server.public_url)
    return not ill and bool(years)


def _chain(places: Iterable[str]) -> str:
    return " → ".join(places) or "none are sent: no channel of notify.ladder is switched on"


def _say(part: str, what: str, *, well: bool = True) -> bool:
    click.echo(f"{'ok ' if well else '!! '} {part:<22} {what}")
    return well
