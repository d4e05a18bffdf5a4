"""`haoban ferry key|export|import`: cases carried between separated networks as signed, numbered files."""

from __future__ import annotations

import getpass
from pathlib import Path

import click

from core.exchange.ferry import Crossing, Ferry, Taken, private_key, public_text
from gateway.command import command, with_house
from gateway.house import House
from gateway.settings import Settings

KEY = Path("var/ferry_key")
_BY = click.option(
    "--by", default=getpass.getuser, help="Who does it, for the audit; the account unless told otherwise."
)


@click.group("ferry")
def ferry_() -> None:
    """Carry cases to another installation that this network can't reach, and back."""


@ferry_.command()
@command
async def key(settings: Settings) -> None:
    """Tell this side's public key, which the other side sets as ferry.peer_key."""
    click.echo(public_text(private_key(KEY)))


@ferry_.command("export")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--again", is_flag=True, help="Write those files too that the other side hasn't acknowledged.")
@_BY
@command
async def export(settings: Settings, folder: Path, again: bool, by: str) -> None:
    """Write what changed since the last time as the next file."""

    async def work(house: House) -> list[Path]:
        return await _ferry(house).export(folder, by, again=again)

    for path in await with_house(settings, work):
        click.echo(path)


@ferry_.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@_BY
@command
async def import_(settings: Settings, files: tuple[Path, ...], by: str) -> int:
    """Take files of the other side, each once and in order; 1 when any was refused, missing, or had a bad row."""

    async def work(house: House) -> Taken:
        return await _ferry(house).land(files, by)

    taken = await with_house(settings, work)
    _print(taken)
    return 1 if taken.gap or taken.refused or taken.report.rejected_total else 0


def _print(taken: Taken) -> None:
    click.echo(f"taken      {', '.join(map(str, taken.numbers)) or 'nothing new'}")
    if taken.repeats:
        click.echo(f"repeated   {', '.join(map(str, taken.repeats))} were taken before")
    if taken.gap:
        first, last = taken.gap
        missing = str(first) if first == last else f"{first} to {last}"
        click.echo(f"missing    {missing}: have the other side export --again")
    for name, reason in taken.refused:
        click.echo(f"refused    {name}: {reason}")
    for name, count in taken.report.counts().items():
        click.echo(f"{name:<10} {count:>9}")
    for row, reason in taken.report.rejected[:50]:
        click.echo(f"  row {row}: {reason}")


def _ferry(house: House) -> Ferry:
    section = house.settings.ferry
    crossing = Crossing(section.name, section.peer, section.peer_key, frozenset(section.fields))
    return Ferry(house.database, house.cases, crossing, private_key(KEY))


COMMANDS = (ferry_,)
