"""How many items a second an import takes in: full ones with materials and fees, as JSON, and plain ones, as CSV."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Callable, Sequence
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import orjson

from bench.commands import run
from bench.databases import ITEMS
from bench.postgres import postgres
from bench.results import Result, Table
from bench.sizes import Size

FEW = 100
LEAST_A_SECOND = 2_000
TURNS = "each once, one after the other."
ABOUT = """\
`haoban import items` of {count:,} items that are not known yet, the start of the command not counted: plain ones as CSV
(department, name, code, kind), and full ones as JSON, the demonstration's with materials, fees and legal bases."""
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


def rate(url: str, folder: Path, path: Path, write: Write, count: int) -> float:
    """Items a second, the start of the command not counted: that is what an import of few takes."""
    took_s = []
    for rows in (FEW, count + FEW):
        write(path, rows)
        took_s.append(run(url, folder, "import", "items", str(path))[0])
    return count / (took_s[1] - took_s[0])


def imported(url: str, folder: Path, count: int, database: str) -> list[Result]:
    run(url, folder, "migrate")
    lists: list[tuple[str, str, Write]] = [("plain", "plain.csv", write_csv), ("full", "full.json", write_json)]
    return [
        Result(
            f"Import of {count:,} {what} items into {database}",
            rate(url, folder, folder / name, write, count),
            "a second",
            least=LEAST_A_SECOND,
        )
        for what, name, write in lists
    ]


def measure(size: Size) -> Sequence[Table]:
    count = size.of(500, 5_000, 20_000)
    with postgres() as url, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        results = imported(f"sqlite://{folder / 'haoban.db'}", folder, count, "SQLite")
        results += imported(url, folder, count, "PostgreSQL")
    return [Table("Import of items", ABOUT.format(count=count), results=results, turns=TURNS)]
