"""Commands that run the program: serve, migrate, check."""

from __future__ import annotations

import click

from core.cases import Actor
from core.transitions import Role
from gateway.checking import checked
from gateway.command import command
from gateway.house import House
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
    """Tell what is configured, which other sides answer, and what is missing."""
    return 0 if await checked(settings) else 1


COMMANDS = (serve, worker, migrate, check)
