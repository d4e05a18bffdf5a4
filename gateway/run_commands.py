"""Commands that run the program: serve, migrate, check."""

from __future__ import annotations

import click

from core.cases import Actor
from core.transitions import Role
from gateway.checking import checked
from gateway.command import command
from gateway.house import House
from gateway.live_checking import checked_live
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
        await house.learn_demonstration()
        house.spare_strangers()
        for year in await house.centre.publish_known_years():
            click.echo(f"calendar   {year}")
        if moved := await house.cases.reschedule(_SYSTEM):
            click.echo(f"due dates  {moved} recomputed")
        click.echo("The database is up to date.")
    finally:
        await house.close()


@click.command()
@click.option(
    "--live", "address", metavar="ADDRESS", default="", help="Send a test message there and wait for its receipt."
)
@click.option("--by", metavar="CHANNEL", default="", help="By this channel alone, such as channels.twilio_sms.")
@click.option("--wait", "wait_s", type=click.IntRange(1, 3600), default=60, help="Seconds to wait for the receipt.")
@click.option("--language", type=click.Choice(["zh", "en"]), default="zh", help="The language of the test message.")
@command
async def check(settings: Settings, address: str, by: str, wait_s: int, language: str) -> int:
    """Tell what is configured, which other sides answer, and what is missing.

    With --live a test message is really sent to a telephone number, a mail address or a chat of your own, by every
    channel that reaches it. It costs what a message costs.
    """
    well = await checked(settings)
    if address:
        well &= await checked_live(settings, address, by, wait_s, language)
    return 0 if well else 1


COMMANDS = (serve, worker, migrate, check)
