"""How long importing cases takes, against copying the very rows that it wrote into the same indexed tables.

python -m bench.import_cases --rows 200000
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
import warnings
from pathlib import Path

import asyncpg

from bench.case_list import write_list
from bench.commands import run
from bench.postgres import postgres
from bench.results import Result, show
from core.cases import Actor, Role
from core.database import Database
from core.exchange import import_items

ROWS = 1_000_000
ITEMS = Path(__file__).parents[1] / "gateway" / "demo" / "items"
TABLES = ("approval_case", "case_event")


async def prepare(url: str) -> list[str]:
    """Put the demonstration's items into a migrated database; their codes."""
    database = Database(url)
    await database.open()
    try:
        for items in sorted(ITEMS.glob("*.json")):
            await import_items(database, items, Actor("bench", Role.SYSTEM, channel="import"))
        return [row["task_code"] for row in await database.rows("SELECT task_code FROM service_item ORDER BY 1", ())]
    finally:
        await database.close()


def fill(url: str, folder: Path, count: int) -> tuple[float, float]:
    """Import as many cases into an empty database; how many seconds that took, and its memory at most in MiB."""
    run(url, folder, "migrate")
    path = folder / "cases.csv"
    write_list(path, count, asyncio.run(prepare(url)))
    try:
        return run(url, folder, "import", "cases", str(path))
    finally:
        path.unlink()


async def copied(url: str, folder: Path) -> float:
    """Seconds that COPY from CSV takes for the same rows into the same tables, indexes and references in place."""
    connection = await asyncpg.connect(url)
    paths = {table: folder / f"{table}.csv" for table in TABLES}
    try:
        for table, path in paths.items():
            await connection.copy_from_table(table, output=path, format="csv")
        await connection.execute(f"TRUNCATE {', '.join(TABLES)} CASCADE")
        await connection.execute("CHECKPOINT")
        started = time.perf_counter()
        async with connection.transaction():
            for table, path in paths.items():
                await connection.copy_to_table(table, source=path, format="csv")
        return time.perf_counter() - started
    finally:
        await connection.close()
        for path in paths.values():
            path.unlink()


def measure(url: str, folder: Path, count: int) -> list[Result]:
    """Import and copy into an empty database, which is left with the cases in it."""
    took_s, peak_mib = fill(url, folder, count)
    copy_s = asyncio.run(copied(url, folder))
    each = f"{took_s / count * 1e6:.0f} µs a case, copied {copy_s / count * 1e6:.0f} µs"
    return [
        Result(f"Import of {count:,} cases / COPY of their rows", took_s / copy_s, "times", most=4, note=each),
        Result("  memory at most", peak_mib, "MiB", most=300),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    count = parser.parse_args().rows
    warnings.simplefilter("ignore")
    with postgres() as url, tempfile.TemporaryDirectory() as folder:
        show(measure(url, Path(folder), count))


if __name__ == "__main__":
    main()
