"""`haoban key add|list|disable`: the keys by which other systems use the JSON API."""

from __future__ import annotations

import getpass

import click

from core.local_time import local
from core.systems.api_keys import Scope
from gateway.command import command, with_house
from gateway.house import House
from gateway.settings import Settings

_BY = click.option(
    "--by", default=getpass.getuser, help="Who does it, for the audit; the account unless told otherwise."
)


@click.group("key")
def key_() -> None:
    """Keys of other systems."""


@key_.command()
@click.argument("name")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    required=True,
    type=click.Choice([scope.value for scope in Scope]),
    help="What the key may do.",
)
@click.option("--department", default="", help="The only one whose cases the system sees; empty: all.")
@_BY
@command
async def add(settings: Settings, name: str, scopes: tuple[str, ...], department: str, by: str) -> None:
    """Make a key, and tell it: once, for only its digest is kept."""

    async def work(house: House) -> str:
        return await house.api_keys.add(name, [Scope(scope) for scope in scopes], department, by)

    click.echo(await with_house(settings, work))


@key_.command("list")
@command
async def list_(settings: Settings) -> None:
    """Every key with what it may do and when it was last used."""

    async def work(house: House) -> None:
        for one in await house.api_keys.listed():
            used = f"used {local(one.used_at):%Y-%m-%d %H:%M}" if one.used_at else "never used"
            state = "disabled" if one.disabled else used
            click.echo("  ".join(filter(None, (one.name, one.department, " ".join(sorted(one.scopes)), state))))

    await with_house(settings, work)


@key_.command()
@click.argument("name")
@_BY
@command
async def disable(settings: Settings, name: str, by: str) -> None:
    """Make a key worth nothing, and send nothing more to its system."""

    async def work(house: House) -> None:
        await house.api_keys.disable(name, by)

    await with_house(settings, work)


COMMANDS = (key_,)
