"""How many items a second an import takes in: full ones with materials and fees, as JSON, and plain ones, as CSV."""

from __future__ import annotations

import asyncio
import csv
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from itertools import cycle, islice, product
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import orjson

from bench.commands import run
from bench.databases import ITEMS, copied
from bench.postgres import postgres
from bench.results import Result, Table
from bench.sizes import Size

FEW = 100
LEAST_A_SECOND = 2_000
ABOUT = """\
`haoban import items` of {count:,} items that are not known yet, the start of the command not counted: plain ones as CSV
(department, name, code, kind), and full ones as JSON, the demonstration's with materials, fees and legal bases. CPU
time is that of the command, without what PostgreSQL takes for it."""
PLAIN = {"实施主体": "department", "事项名称": "name", "实施编码": "task_code", "事项类型": "task_type"}

Write = Callable[[Path, int], None]


def items(count: int, prefix: str) -> list[dict[str, Any]]:
    """As many items as wanted: the demonstration's over and over, each under a code of its own."""
    known = [item for path in sorted(ITEMS.glob("*.json")) for item in orjson.loads(path.read_bytes())]
    return [item | {"task_code": f"{prefix}{at:08d}"} for at, item in enumerate(islice(cycle(known), count))]


def write_json(path: Path, count: int) -> None:
    path.write_bytes(orjson.dumps(items(count, "FULL")))


def write_csv(path: Path, count: int) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(PLAIN)
        writer.writerows([item[name] for name in PLAIN.values()] for item in items(count, "PLAIN"))


LISTS: Mapping[str, Write] = {"plain.csv": write_csv, "full.json": write_json}


class Rate(NamedTuple):
    """How many items a second an import takes in, and the CPU time of the command for each."""

    a_second: float
    cpu_us: float


def rate(url: str, path: Path, count: int) -> Rate:
    """Of so many items: how much longer an import of them and a few takes than one of few, which is the start of the
    command.
    """
    ran = []
    for rows in (FEW, count + FEW):
        LISTS[path.name](path, rows)
        ran.append(run(url, path.parent, "import", "items", str(path)))
    few, many = ran
    return Rate(count / (many.took_s - few.took_s), (many.cpu_s - few.cpu_s) / count * 1e6)


def measure(size: Size) -> Sequence[Table]:
    count, rounds = size.of(500, 5_000, 20_000), size.of(1, 3, 3)
    taken: dict[str, list[Rate]] = {}
    with postgres() as url, tempfile.TemporaryDirectory() as name:
        folder, empty = Path(name), Path(name) / "empty.db"
        run(url, folder, "migrate")
        run(f"sqlite://{empty}", folder, "migrate")
        for turn in range(rounds):
            file = shutil.copy(empty, folder / f"{turn}.db")
            databases = {"SQLite": f"sqlite://{file}", "PostgreSQL": asyncio.run(copied(url, f"turn_{turn}"))}
            for (database, at), path in product(databases.items(), map(folder.joinpath, LISTS)):
                rates = taken.setdefault(f"Import of {count:,} {path.stem} items into {database}", [])
                rates.append(rate(at, path, count))
    results = [
        Result(what, median(each.a_second for each in rates), "a second", least=LEAST_A_SECOND, note=cpu_told(rates))
        for what, rates in taken.items()
    ]
    told = f"all take turns, {rounds} each, each turn into new databases, the plain ones first; the median."
    return [Table("Import of items", ABOUT.format(count=count), results=results, turns=told)]


def cpu_told(rates: Sequence[Rate]) -> str:
    """The CPU time of an item, the median."""
    return f"{median(each.cpu_us for each in rates):,.0f} µs of CPU each"
