"""`haoban kiosk add|list|printer|disable`: the touch devices of the hall, for whoever looks after them."""

from __future__ import annotations

import getpass

import click

from core.local_time import local
from gateway.command import command, with_house
from gateway.house import House
from gateway.settings import Settings
from kiosk.printers import check_address

_BY = click.option(
    "--by", default=getpass.getuser, help="Who does it, for the audit; the account unless told otherwise."
)


@click.group("kiosk")
def kiosk_() -> None:
    """The touch devices of the hall."""


@kiosk_.command()
@click.argument("name")
@click.option("--place", default="", help="Where it stands.")
@click.option("--printer", default="", help="Its printer: tcp://HOST:PORT, usb:VENDOR:PRODUCT or file:/dev/…")
@_BY
@command
async def add(settings: Settings, name: str, place: str, printer: str, by: str) -> None:
    """Register a kiosk, and tell the address to open on it: once, for its token is kept nowhere."""
    if printer:
        check_address(printer)

    async def work(house: House) -> str:
        return await house.kiosks.register(name, place, by, printer)

    token = await with_house(settings, work)
    click.echo(f"Open this once in the browser of {name}, in full screen:")
    click.echo(f"{settings.server.public_url}/kiosk/register#{token}")


@kiosk_.command("list")
@command
async def list_(settings: Settings) -> None:
    """Every kiosk with its printer and its last sign of life."""

    async def work(house: House) -> None:
        for one in await house.kiosks.listed():
            seen = f"{local(one.seen_at):%Y-%m-%d %H:%M}" if one.seen_at else "never seen"
            state = "disabled" if one.disabled else one.state.get("printer", "")
            click.echo("  ".join(filter(None, (one.name, one.place, seen, one.printer, state))))

    await with_house(settings, work)


@kiosk_.command()
@click.argument("name")
@click.argument("address")
@_BY
@command
async def printer(settings: Settings, name: str, address: str, by: str) -> None:
    """Tell where a kiosk's printer is; "" for none."""
    if address:
        check_address(address)

    async def work(house: House) -> None:
        await house.kiosks.set_printer(name, address, by)

    await with_house(settings, work)


@kiosk_.command()
@click.argument("name")
@_BY
@command
async def disable(settings: Settings, name: str, by: str) -> None:
    """Make a kiosk's token worth nothing, as when it was stolen."""

    async def work(house: House) -> None:
        await house.kiosks.disable(name, by)

    await with_house(settings, work)


COMMANDS = (kiosk_,)
