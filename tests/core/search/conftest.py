"""A small list of items, so that the behaviour of the search is tested without anybody's real data."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from core.search import Entry, Synonyms, build_index
from core.search.index import ItemIndex

Names = Callable[[str], list[str]]


@pytest.fixture(scope="session")
def entries() -> list[Entry]:
    with Path(__file__).with_name("small_items.csv").open(encoding="utf-8") as file:
        return [Entry(**row) for row in csv.DictReader(file)]


@pytest.fixture(scope="session")
def index(entries: list[Entry]) -> ItemIndex:
    return build_index(entries, Synonyms.load())


@pytest.fixture(scope="session")
def found(entries: list[Entry], index: ItemIndex) -> Names:
    """The names of what is found for some words."""
    names = {entry.code: entry.name for entry in entries}
    return lambda words: [names[hit.code] for hit in index.find(words)]
