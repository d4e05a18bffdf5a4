"""Commands that bring lists in: `haoban import items|cases|notices FILE`."""

from __future__ import annotations

import getpass
from collections.abc import Awaitable, Callable
from pathlib import Path

import click

from core.cases import Actor
from core.exchange import Progress, Report
from core.exchange import import_cases as bring_cases
from core.exchange import import_items as bring_items
from core.exchange import import_notices as bring_notices
from core.transitions import Role
from gateway.command import command, with_house
from gateway.house import House
from gateway.progress import Bar
from gateway.settings import Settings

_file = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
MOST_SHOWN = 50
Bring = Callable[[House, Progress], Awaitable[Report]]


@click.group("import")
def import_() -> None:
    """Bring in lists that departments send: CSV, XLSX or JSON, with Chinese or English column names."""


@import_.command()
@click.argument("file", type=click.Path(exists=True, path_type=Path))
@command
async def items(settings: Settings, file: Path) -> int:
    """Items of the catalogue; a list, an exchange of the national library (AUDIT_ITEM …), or a folder with
    up_task_general_basic.csv and its kin.
    """
    return await _run(settings, file, lambda house, told: bring_items(house.database, file, _actor(), told))


@import_.command()
@_file
@command
async def cases(settings: Settings, file: Path) -> int:
    """Cases with their status."""
    return await _run(
        settings, file, lambda house, told: bring_cases(house.database, house.cases, file, _actor(), told)
    )


@import_.command()
@_file
@command
async def notices(settings: Settings, file: Path) -> int:
    """Notices, shown between their days once approved."""
    return await _run(settings, file, lambda house, told: bring_notices(house.database, file, _actor(), told))


async def _run(settings: Settings, file: Path, bring: Bring) -> int:
    async def work(house: House) -> Report:
        return await bring(house, Bar(file.name))

    report = await with_house(settings, work)
    _print(report)
    return 1 if report.rejected_total else 0


def _print(report: Report) -> None:
    for name, count in report.counts().items():
        click.echo(f"{name:<10} {count:>9}")
    for warning, count in report.warnings.most_common():
        click.echo(f"warning    {count:>9}  {warning}")
    for row, reason in report.rejected[:MOST_SHOWN]:
        click.echo(f"  row {row}: {reason}")
    if (left := report.rejected_total - MOST_SHOWN) > 0:
        click.echo(f"  and {left} rows more")
    if not report.changed:
        click.echo("Nothing was changed.")


def _actor() -> Actor:
    return Actor(getpass.getuser(), Role.SYSTEM, channel="import")


COMMANDS = (import_,)
