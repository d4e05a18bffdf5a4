from __future__ import annotations

import csv
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.search import Entry, build_index

HERE = Path(__file__).parent
DATA = HERE.parents[3] / "shared" / "data" / "guangan-items.csv"
# What every set must reach: first, and among three.
LEAST_FIRST, LEAST_AMONG_THREE = 0.70, 0.90
SETS = (
    "questions.toml",
    "dev_questions.toml",
    "fresh_questions.toml",
    "plain_questions.toml",
    "story_questions.toml",
)

pytestmark = pytest.mark.skipif(not DATA.exists(), reason=f"the real list of items is not at {DATA}")


def items() -> Iterator[Entry]:
    with DATA.open(encoding="utf-8-sig") as file:
        for row in csv.DictReader(file):
            yield Entry(row["实施编码"], row["事项名称"], row["主项名称"], row["实施主体"])


@pytest.mark.parametrize("name", SETS)
def test_citizens_find_their_item(name):
    path = HERE / name
    entries = list(items())
    index = build_index(entries)
    names = {entry.code: entry.name for entry in entries}
    ranks: dict[str, list[int]] = {}
    wild = []
    for question in tomllib.loads(path.read_text(encoding="utf-8"))["question"]:
        found = [names[hit.code] for hit in index.find(question["words"])]
        if question["kind"] == "none":
            wild += [(question["words"], found)] if found else []
            continue
        rank = next((n for n, item in enumerate(found) if item in question["right"]), 99)
        ranks.setdefault(question["kind"], []).append(rank)
        if rank:
            print(f"{rank} {question['words']}: {found[:3]} for {question['right']}")  # noqa: T201
    for kind, got in ranks.items():
        print(kind, len(got), "first", sum(r == 0 for r in got), "among three", sum(r < 3 for r in got))  # noqa: T201
    every = [rank for got in ranks.values() for rank in got]
    assert wild == []
    assert sum(rank < 3 for rank in every) / len(every) >= LEAST_AMONG_THREE
    assert sum(rank == 0 for rank in every) / len(every) >= LEAST_FIRST


def test_what_no_administration_handles_finds_nothing():
    index = build_index(list(items()))
    asked = (HERE / "nonsense.txt").read_text(encoding="utf-8").splitlines()
    assert [words for words in asked if index.find(words)] == []
