"""Commands that run the program: serve, migrate, check."""

from __future__ import annotations

import click

from core.cases import Actor
from core.errors import HaobanError
from core.transitions import Role
from gateway.command import command
from gateway.house import House
from gateway.registry import CHANNELS, switched_on
from gateway.settings import Settings

_SYSTEM = Actor("haoban migrate", Role.SYSTEM, channel="command line")


@click.command()
@command
async def serve(settings: Settings) -> None:
    """Serve web pages, the API and the webhooks of the channels that are switched on."""
    # Only who serves waits for all the pages.
    from gateway.serve import serve as run_server

    await run_server(settings)


@click.command()
@command
async def worker(settings: Settings) -> None:
    """Send what citizens are told unasked, and nothing else; any number of them share the work."""
    from gateway.sending import work

    await work(settings)


@click.command()
@command
async def migrate(settings: Settings) -> None:
    """Bring the database up to date: schema, calendars of published years, due dates that depended on them."""
    house = House(settings)
    await house.open(migrated=False)
    try:
        for name in await house.database.migrate():
            click.echo(f"migrated   {name}")
        for year in await house.centre.publish_known_years():
            click.echo(f"calendar   {year}")
        if moved := await house.cases.reschedule(_SYSTEM):
            click.echo(f"due dates  {moved} recomputed")
        click.echo("The database is up to date.")
    finally:
        await house.close()


@click.command()
@command
async def check(settings: Settings) -> int:
    """Tell what is configured, reachable and missing."""
    well = _say("settings", "read and valid")
    well &= _check_channels(settings)
    house = House(settings)
    try:
        await house.open(migrated=False)
    except HaobanError as error:
        return 0 if _say("database", str(error), well=False) else 1
    try:
        well &= await _check_house(house)
    finally:
        await house.close()
    return 0 if well else 1


def _check_channels(settings: Settings) -> bool:
    try:
        on = {one.place for one in switched_on(settings)}
    except HaobanError as error:
        for line in str(error).splitlines():
            _say("channels", line, well=False)
        return False
    for place in CHANNELS:
        _say(place, "on" if place in on else "off")
    return True


async def _check_house(house: House) -> bool:
    ill = await house.ill()
    parts = ["database", "redis"] if house.settings.redis.url else ["database"]
    for part in parts:
        _say(part, ill.get(part, "answers"), well=part not in ill)
    well = not ill
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
    ladder = " → ".join(house.ladder.places)
    _say("notices", ladder if ladder else "none are sent: no channel of notify.ladder is switched on")
    if dead := await house.records.dead():
        _say("dead letters", f"{dead} wait at /staff/dead")
    _say("public URL", house.settings.server.public_url)
    return well and bool(years)


def _say(part: str, what: str, *, well: bool = True) -> bool:
    click.echo(f"{'ok ' if well else '!! '} {part:<22} {what}")
    return well


COMMANDS = (serve, worker, migrate, check)
