"""Finding a service item by everyday words, so that nobody must know its official name.

Importing this package is cheap; the libraries of the search are imported when an index is built.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from core.search.synonyms import Synonyms
from core.search.values import Entry, Hit, is_clear

if TYPE_CHECKING:
    from core.search.index import ItemIndex

__all__ = ["Entry", "Hit", "Synonyms", "build_index", "initial", "is_clear"]


def build_index(entries: Sequence[Entry], synonyms: Synonyms | None = None) -> ItemIndex:
    """An index over `entries`; without `synonyms` it uses those that are shipped."""
    from core.search.index import ItemIndex

    return ItemIndex(entries, Synonyms.load() if synonyms is None else synonyms)


def initial(name: str) -> str:
    """The letter under which a name is looked up: of its first syllable or Latin letter; "#" where it has none."""
    from core.search import pinyin

    return pinyin.initial(name)
