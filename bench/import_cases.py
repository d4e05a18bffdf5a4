"""How long importing cases takes, against copying the very rows that it wrote into the same indexed tables."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

import asyncpg

from bench.databases import copied, fill
from bench.postgres import postgres
from bench.results import Result, Table
from bench.sizes import Size

TABLES = ("approval_case", "case_event")
LONGER, MOST_MIB = 4, 300
ABOUT = """\
`haoban import cases` of a department's list as CSV ({count:,} cases, 15 columns in Chinese) into an empty PostgreSQL,
the whole command from start to end; against COPY of the rows it wrote, into the same tables with their indexes and
references in place. COPY checks nothing, derives nothing and knows the rows already."""


async def copying(url: str, folder: Path) -> float:
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


def measure(size: Size) -> Sequence[Table]:
    """Import and copy in turns, each into a database of its own."""
    count, rounds = size.of(2_000, 50_000, 1_000_000), size.of(1, 2, 3)
    turns: list[tuple[float, float, float]] = []
    with postgres() as server, tempfile.TemporaryDirectory() as folder:
        for n in range(rounds):
            url = asyncio.run(copied(server, f"round_{n}"))
            filled = fill(url, Path(folder), count)
            turns.append((filled.took_s, asyncio.run(copying(url, Path(folder))), filled.peak_mib))
    took_s, copy_s, peak_mib = map(median, zip(*turns, strict=True))
    times = median(took_s / copy_s for took_s, copy_s, _ in turns)
    rows = [
        ["Haoban", took_s / count * 1e6, count / took_s],
        ["COPY", copy_s / count * 1e6, count / copy_s],
    ]
    results = [
        Result(f"Import of {count:,} cases / COPY of their rows", times, "times", most=LONGER),
        Result("Import of cases: memory at most", peak_mib, "MiB", most=MOST_MIB),
    ]
    columns, told = ("", "a case, µs", "cases a second"), f"both take turns, {rounds} each; the median."
    return [Table("Import of cases", ABOUT.format(count=count), columns, rows, results=results, turns=told)]
