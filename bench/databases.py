"""Databases filled for measuring: imported as a department's list is, and multiplied when many cases are wanted."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import asyncpg

from bench.case_list import write_list
from bench.commands import Ran, run
from core.cases import Actor, Role
from core.database import Database
from core.exchange import import_items
from core.numbers import query_number

ITEMS = Path(__file__).parents[1] / "gateway" / "demo" / "items"
DAYS, FIRST_DAY, FIRST_SERIAL = 900, date(2024, 1, 2), 20_000
AT_ONCE = 250_000
_OWN = ("id", "number", "project_no")
_COLUMNS = """
SELECT string_agg(format('%I', column_name), ', ') FROM information_schema.columns
WHERE table_schema = 'public' AND table_name = 'approval_case' AND column_name <> ALL($1::text[])
"""


async def put_items(url: str) -> list[str]:
    """Put the demonstration's items into a migrated database; their codes."""
    database = Database(url)
    await database.open()
    try:
        for items in sorted(ITEMS.glob("*.json")):
            await import_items(database, items, Actor("bench", Role.SYSTEM, channel="import"))
        return [row["task_code"] for row in await database.rows("SELECT task_code FROM service_item ORDER BY 1", ())]
    finally:
        await database.close()


def fill(url: str, folder: Path, count: int) -> Ran:
    """Import as many cases into an empty database; what the import took."""
    run(url, folder, "migrate")
    path = folder / "cases.csv"
    write_list(path, count, asyncio.run(put_items(url)))
    try:
        return run(url, folder, "import", "cases", str(path))
    finally:
        path.unlink()


async def grow(url: str, count: int) -> None:
    """Have so many more cases, copies of those there, under numbers of their own, day after day, without events."""
    connection = await asyncpg.connect(url)
    try:
        columns = await connection.fetchval(_COLUMNS, _OWN)
        known = await connection.fetchval("SELECT count(*) FROM approval_case")
        await connection.execute("CREATE TEMP TABLE grown (n BIGINT, number VARCHAR(12))")
        await connection.execute(
            "CREATE TEMP TABLE pattern AS SELECT *, row_number() OVER () - 1 AS n FROM approval_case"
        )
        for first in range(0, count, AT_ONCE):
            await connection.execute("TRUNCATE grown")
            numbers = list(_numbers(first, min(count, first + AT_ONCE), -(-count // DAYS)))
            await connection.copy_records_to_table("grown", records=numbers)
            await connection.execute(
                f"INSERT INTO approval_case (number, project_no, {columns}) "
                f"SELECT g.number, 'GROWN' || g.n, {_of_pattern(columns)} FROM grown g "
                f"JOIN pattern p ON p.n = g.n % {known}",
                timeout=3600,
            )
    finally:
        await connection.close()


def _of_pattern(columns: str) -> str:
    return ", ".join(f"p.{column}" for column in columns.split(", "))


def _numbers(first: int, end: int, a_day: int) -> Iterator[tuple[int, str]]:
    for n in range(first, end):
        day, nth = divmod(n, a_day)
        yield n, query_number(FIRST_DAY + timedelta(days=day), FIRST_SERIAL + nth)


async def copied(url: str, name: str) -> str:
    """The address of a copy of a database, to which nobody is connected, on the same server."""
    front, mark, parameters = url.partition("?")
    server, _, own = front.rpartition("/")
    connection = await asyncpg.connect(f"{server}/template1{mark}{parameters}")
    try:
        await connection.execute(f"CREATE DATABASE {name} TEMPLATE {own}", timeout=3600)
    finally:
        await connection.close()
    return f"{server}/{name}{mark}{parameters}"
