"""How fast the item search answers: CPU time of one thread, for a county's list and for a province's."""

from __future__ import annotations

import csv
import itertools
import os
import resource
import statistics
import time
import tomllib
from collections.abc import Sequence
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from bench.results import Cell, Table
from bench.sizes import Size
from core.search import Entry, build_index
from core.search.index import ItemIndex

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT.parent / "shared" / "data" / "guangan-items.csv"
SMALL = ROOT / "tests" / "core" / "search" / "small_items.csv"
QUESTIONS = ROOT / "tests" / "core" / "search" / "dev_questions.toml"
LONGEST = [
    "公司注销变更换地址" * 22,
    "丢了补" * 66,
    " ".join("abcdefghij" * 10),
    "shen fen zheng hu kou " * 9,
    "qwert certficate licens " * 8,
]
PLACES = ["".join(parts) for parts in itertools.product("东南西北中上下", "山河湖城江", "镇乡县区")]


def items() -> list[Entry]:
    """The real list, or the small one where that is absent."""
    with (DATA if DATA.exists() else SMALL).open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    if DATA.exists():
        return [Entry(r["实施编码"], r["事项名称"], r["主项名称"], r["实施主体"]) for r in rows]
    return [Entry(**row) for row in rows]


def vary(entries: list[Entry], count: int) -> list[Entry]:
    """As many entries as wanted, those after the first round with the name of a place in front."""
    rounds = ("", *PLACES, *map("".join, itertools.product(PLACES, PLACES)))
    every = (
        Entry(f"{place}{e.code}", place + e.name, e.parent_name, e.department) for place in rounds for e in entries
    )
    return list(itertools.islice(every, count))


def memory_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


def took_ms(index: ItemIndex, words: str) -> float:
    start = time.process_time()
    index.find(words)
    return (time.process_time() - start) * 1000


def measured(entries: list[Entry], questions: list[str]) -> list[Cell]:
    before, start = memory_mb(), time.process_time()
    index = build_index(entries)
    built, used = time.process_time() - start, memory_mb() - before
    times = [took_ms(index, words) for words in questions]
    longest = [*LONGEST, "".join(entry.name for entry in entries[:30])]
    worst = max(min(took_ms(index, words) for _ in range(3)) for words in longest)
    late = statistics.quantiles(times, n=20)[-1]
    return [f"{len(entries):,} items", statistics.median(times), late, worst, built, used]


def asked() -> list[str]:
    """Everyday words, as citizens ask."""
    return [question["words"] for question in tomllib.loads(QUESTIONS.read_text(encoding="utf-8"))["question"]]


def measure(size: Size) -> Sequence[Table]:
    questions, entries = asked(), items()
    build_index(entries[:10]).find("热身")  # imports and dictionaries
    counts = (1_135, size.of(2_000, 50_000, 100_000))
    rows = [measured(vary(entries, count), questions) for count in counts]
    columns = ("", "median, ms", "95th percentile, ms", "longest questions, ms", "built in, s", "memory, MiB")
    about = f"CPU time of one thread, {len(questions)} questions in everyday words, over {entries_told()}."
    turns = "each list once; of the questions the median and the 95th percentile, of the longest the best of 3."
    return [Table("Search for items, in the process", about, columns, rows, turns=turns)]


def entries_told() -> str:
    return "a county's real list of items, multiplied" if DATA.exists() else "a small list of items, multiplied"
