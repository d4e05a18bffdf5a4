"""Commands that bring lists in: `haoban import items FILE`, `haoban import cases FILE`."""

from __future__ import annotations

import getpass
from collections.abc import Awaitable, Callable
from pathlib import Path

import click

from core.cases import Actor
from core.exchange import Progress, Report
from core.exchange import import_cases as bring_cases
from core.exchange import import_items as bring_items
from core.transitions import Role
from gateway.command import command, with_house
from gateway.house import House
from gateway.settings import Settings

_file = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
MOST_SHOWN = 50


@click.group("import")
def import_() -> None:
    """Bring in lists that departments send: CSV, XLSX or JSON, with Chinese or English column names."""


@import_.command()
@_file
@command
async def items(settings: Settings, file: Path) -> int:
    """Items of the catalogue."""
    return await _run(settings, file, lambda house, told: bring_items(house.database, file, _actor(), told))


@import_.command()
@_file
@command
async def cases(settings: Settings, file: Path) -> int:
    """Cases with their status."""
    return await _run(
        settings, file, lambda house, told: bring_cases(house.database, house.cases, file, _actor(), told)
    )


async def _run(settings: Settings, file: Path, bring: Callable[[House, Progress], Awaitable[Report]]) -> int:
    async def work(house: House) -> Report:
        with click.progressbar(length=1000, label=file.name, file=click.get_text_stream("stderr")) as bar:
            return await bring(house, lambda done: bar.update(round(done * 1000) - bar.pos))

    report = await with_house(settings, work)
    _print(report)
    return 1 if report.rejected else 0


def _print(report: Report) -> None:
    click.echo(
        f"created {report.created}, updated {report.updated}, unchanged {report.unchanged}, rejected {report.rejected}"
    )


def _actor() -> Actor:
    return Actor(getpass.getuser(), Role.SYSTEM, channel="import")


COMMANDS = (import_,)
