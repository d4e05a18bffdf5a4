"""The inverted index of the search: which symbols, and which neighbouring pairs of symbols, stand in which document.

All of it is a few arrays, so that a list of a province stays small and a question costs a few array operations.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.search.words import Symbols

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]
Owners = npt.NDArray[np.int32]
Gathered = tuple[Ints, Ints]

NAME = 1.0  # what it is worth to be found in the name
UNKNOWN_WEIGHT = 0.8
LEAST_WEIGHT = 0.12
SHIFT = 32  # a pair of neighbours is one number: the left symbol's id above these bits


@dataclass(frozen=True, slots=True)
class Document:
    """The fields of one item, each with its worth, the worthiest first, and the bits of the intents its name serves."""

    fields: tuple[tuple[Symbols, float], ...]
    intents: int


class Postings:
    """Every term (a symbol's id, or a pair's number) with its documents and what it is worth there."""

    def __init__(self, documents: Iterable[Document]) -> None:
        self._ids: dict[str, int] = {}
        intents = array("q")
        keys, self.owners, self.worths = self._collect(documents, intents)
        self.intents = np.array(intents, dtype=np.int64)
        self._terms, starts = np.unique(keys, return_index=True)
        self._starts = np.append(starts, len(keys))
        self._weights = self._rarity()
        self.masses = self._name_masses()

    def __len__(self) -> int:
        return len(self.intents)

    def _collect(self, documents: Iterable[Document], intents: array[int]) -> tuple[Ints, Owners, Floats]:
        """Term, document and worth of every occurrence, the best worth of each pair only, sorted by term."""
        ids = self._ids
        flat, owners, lengths, worths = array("q"), array("i"), array("q"), array("f")
        for owner, document in enumerate(documents):
            intents.append(document.intents)
            for words, worth in document.fields:
                flat.extend(ids.setdefault(w, len(ids) + 1) if w else 0 for w in words)
                flat.append(0)
                owners.append(owner)
                lengths.append(len(words) + 1)
                worths.append(worth)
        counts = np.array(lengths, dtype=np.int64)
        every = np.repeat(np.array(owners, dtype=np.int32), counts)
        return _best_of(*_terms(np.array(flat, dtype=np.int64), every, np.repeat(np.array(worths, np.float32), counts)))

    def _rarity(self) -> Floats:
        """For each symbol, by its id, how much it tells: 0..1."""
        alone = self._terms < (1 << SHIFT)
        spread = np.diff(self._starts)[alone]
        weights = np.full(len(self._ids) + 1, UNKNOWN_WEIGHT, dtype=np.float32)
        weights[self._terms[alone]] = np.log(1 + len(self) / spread) / np.log(1 + len(self))
        return np.maximum(weights, LEAST_WEIGHT)

    def pair_weights(self, terms: Ints) -> Floats:
        pairs = (self._weights[terms >> SHIFT] + self._weights[terms & ((1 << SHIFT) - 1)]) / 2
        return np.where(terms >= (1 << SHIFT), pairs, 0).astype(np.float32)

    def _name_masses(self) -> Floats:
        """For each document the weight of all pairs in its name."""
        each = np.repeat(self.pair_weights(self._terms), np.diff(self._starts))
        named = self.worths == NAME
        masses = np.bincount(self.owners[named], weights=each[named], minlength=len(self))
        return np.maximum(masses, 0.2).astype(np.float32)

    def ids_of(self, symbols: Symbols) -> Ints:
        """The ids of symbols; 0 for a break, -1 for one that no document has."""
        return np.array([self._ids.get(s, -1) if s else 0 for s in symbols], dtype=np.int64)

    def weigh(self, ids: Ints) -> Floats:
        """How much symbols tell: the rarer, the more; a break tells nothing."""
        weights: Floats = np.where(ids < 0, np.float32(UNKNOWN_WEIGHT), self._weights[ids])
        weights[ids == 0] = 0
        return weights

    def rows_of(self, terms: Ints) -> Ints:
        """The row of each term; -1 if no document has it."""
        rows = np.minimum(np.searchsorted(self._terms, terms), len(self._terms) - 1)
        if not len(self._terms):
            return np.full(len(terms), -1, dtype=np.int64)
        found: Ints = np.where(self._terms[rows] == terms, rows, -1)
        return found

    def gather(self, rows: Ints) -> Gathered:
        """Where in `owners` and `worths` all postings of some terms (rows) are, each with the number of its term."""
        starts, counts = self._starts[rows], self._starts[rows + 1] - self._starts[rows]
        lines = np.repeat(np.arange(len(rows)), counts)
        return lines, np.arange(len(lines)) + np.repeat(starts - np.cumsum(counts) + counts, counts)


def _terms(flat: Ints, owners: Owners, worths: Floats) -> tuple[Ints, Owners, Floats]:
    both = (flat[:-1] > 0) & (flat[1:] > 0)
    keys = np.concatenate([flat[flat > 0], (flat[:-1][both] << SHIFT) | flat[1:][both]])
    return (
        keys,
        np.concatenate([owners[flat > 0], owners[:-1][both]]),
        np.concatenate([worths[flat > 0], worths[:-1][both]]),
    )


def _best_of(keys: Ints, owners: Owners, worths: Floats) -> tuple[Ints, Owners, Floats]:
    order = np.argsort(keys, kind="stable")  # documents stay in order, and the fields of each as well
    keys, owners, worths = keys[order], owners[order], worths[order]
    first = np.ones(len(keys), dtype=bool)
    first[1:] = (keys[1:] != keys[:-1]) | (owners[1:] != owners[:-1])
    return keys[first], owners[first], worths[first]
