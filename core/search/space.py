"""How well names answer a question, in one kind of symbols (characters or syllables): how much of it they cover.

A symbol counts as covered where a name has it beside the same neighbour as the question or a synonym does. So the
score needs no word borders, a wrong character costs only itself, and it means the same for every question.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from core.search.words import Symbols, is_latin, split

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]
Owners = npt.NDArray[np.int32]

# What it is worth to be found in: the name, the English name, the parent's name or topic, the department's name.
NAME, NAME_EN, OTHER, FAINT = 1.0, 0.95, 0.6, 0.3
EXAMINED = 1500  # of many names only the most promising are looked at closely
UNKNOWN_WEIGHT = 0.8
LEAST_WEIGHT = 0.12
BREVITY = 0.3  # how much a name suffers from what nobody asked for
SHIFT = 32  # a pair of neighbours is one number: the left symbol's id above these bits


@dataclass(frozen=True, slots=True)
class Document:
    """The fields of one item, each with its worth, the worthiest first, and the bits of the intents its name serves."""

    fields: tuple[tuple[Symbols, float], ...]
    intents: int


@dataclass(frozen=True, slots=True)
class Meaning:
    """Official words that may be meant at some places of the question."""

    places: tuple[int, ...]
    words: Symbols
    strength: float


@dataclass(frozen=True, slots=True)
class Question:
    """`stress` weighs each symbol: 0 for filler; `intents` are bits, `strict` if the citizen named them."""

    symbols: Symbols
    stress: tuple[float, ...]
    meanings: tuple[Meaning, ...]
    intents: int
    strict: bool


class Space:
    """An inverted index of symbols and of neighbouring pairs of symbols."""

    def __init__(self, documents: Iterable[Document], lone_worth: float, latin_worth: float) -> None:
        self._lone_worth, self._latin_worth = lone_worth, latin_worth
        self._ids: dict[str, int] = {}
        intents = array("q")
        keys, self._owners, self._worths = self._postings(documents, intents)
        self._count = len(intents)
        self._intents = np.array(intents, dtype=np.int64)
        self._terms, starts = np.unique(keys, return_index=True)
        self._starts = np.append(starts, len(keys))
        self._weights = self._rarity()
        self._masses = self._name_masses()

    def _postings(self, documents: Iterable[Document], intents: array[int]) -> tuple[Ints, Owners, Floats]:
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
        weights[self._terms[alone]] = np.log(1 + self._count / spread) / np.log(1 + self._count)
        return np.maximum(weights, LEAST_WEIGHT)

    def _pair_weights(self, terms: Ints) -> Floats:
        pairs = (self._weights[terms >> SHIFT] + self._weights[terms & ((1 << SHIFT) - 1)]) / 2
        return np.where(terms >= (1 << SHIFT), pairs, 0).astype(np.float32)

    def _name_masses(self) -> Floats:
        """For each document the weight of all pairs in its name."""
        each = np.repeat(self._pair_weights(self._terms), np.diff(self._starts))
        named = self._worths == NAME
        masses = np.bincount(self._owners[named], weights=each[named], minlength=self._count)
        return np.maximum(masses, 0.2).astype(np.float32)

    def known_words(self, pieces: Symbols, words: Iterable[str]) -> set[int]:
        """The places of the words, of two symbols and more, that names have; `words` spell out `pieces`."""
        known: set[int] = set()
        start = 0
        for word in words:
            length = len(split(word))
            ids = [self._ids.get(piece, 0) for piece in pieces[start : start + length]]
            pairs = [(left << SHIFT) | right for left, right in pairwise(ids)]
            latin = length == 1 and is_latin(pieces[start])
            if all(ids) and (latin or pairs) and (self._rows(np.array(pairs, dtype=np.int64)) >= 0).all():
                known |= set(range(start, start + length))
            start += length
        return known

    def rate(self, question: Question) -> list[tuple[int, float]]:
        """Documents with their scores 0..1, in no order; at most EXAMINED of them."""
        phrases = [question.symbols, *dict.fromkeys(m.words for m in question.meanings)]
        ids = [np.array([self._ids.get(s, -1) if s else 0 for s in p], dtype=np.int64) for p in phrases]
        lone, left, right = _flatten(ids)
        terms = np.unique(np.concatenate([lone, left, right]))
        rows = self._rows(terms)
        terms, rows = terms[rows >= 0], rows[rows >= 0]
        if not len(terms) or not sum(question.stress):
            return []
        chosen = self._promising(terms, rows)
        found = self._found(rows, chosen)
        covered = self._covered(phrases, found, *(_places(terms, keys) for keys in (lone, left, right)))
        coverage = self._coverage(question, phrases, ids, covered)
        share = np.minimum(1, (self._pair_weights(terms) @ (found[:-1] >= NAME)) / self._masses[chosen])
        scores = coverage * (1 - BREVITY * (1 - share)) * self._fit(question, chosen)
        return list(zip(chosen.tolist(), scores.tolist(), strict=True))

    def _rows(self, terms: Ints) -> Ints:
        rows = np.minimum(np.searchsorted(self._terms, terms), len(self._terms) - 1)
        if not len(self._terms):
            return np.full(len(terms), -1, dtype=np.int64)
        found: Ints = np.where(self._terms[rows] == terms, rows, -1)
        return found

    def _promising(self, terms: Ints, rows: Ints) -> Ints:
        if self._count <= EXAMINED:
            return np.arange(self._count)
        weights = self._pair_weights(terms) + 0.05
        rough = np.zeros(self._count, dtype=np.float32)
        for row, weight in zip(rows.tolist(), weights.tolist(), strict=True):
            span = slice(self._starts[row], self._starts[row + 1])
            rough[self._owners[span]] += weight * self._worths[span]
        rough /= self._masses + 4
        return np.sort(np.argpartition(rough, -EXAMINED)[-EXAMINED:])

    def _found(self, rows: Ints, chosen: Ints) -> Floats:
        """The worth of each term (a row; the last row stands for no term) in each chosen document."""
        column = np.full(self._count, -1, dtype=np.int64)
        column[chosen] = np.arange(len(chosen))
        found = np.zeros((len(rows) + 1, len(chosen)), dtype=np.float32)
        for line, row in enumerate(rows.tolist()):
            span = slice(self._starts[row], self._starts[row + 1])
            columns = column[self._owners[span]]
            inside = columns >= 0
            found[line, columns[inside]] = self._worths[span][inside]
        return found

    def _covered(self, phrases: list[Symbols], found: Floats, lone: Ints, left: Ints, right: Ints) -> Floats:
        """How well each symbol of each phrase (a row) is covered by each document."""
        latin, other = self._latin_worth, self._lone_worth
        worth = [latin if is_latin(s) or s.isdigit() else other for phrase in phrases for s in phrase]
        covered = np.maximum(found[left], found[right])
        alone: Floats = found[lone] * np.array(worth, dtype=np.float32)[:, None]
        return np.maximum(covered, alone, out=alone)

    def _weigh(self, ids: Ints) -> Floats:
        weights: Floats = np.where(ids < 0, np.float32(UNKNOWN_WEIGHT), self._weights[ids])
        weights[ids == 0] = 0
        return weights

    def _coverage(self, question: Question, phrases: list[Symbols], ids: list[Ints], covered: Floats) -> Floats:
        """For each document the share of the question that it covers, itself or by synonyms."""
        starts = np.cumsum([0, *map(len, phrases)])
        best = covered[: starts[1]].copy()
        met = {
            phrase: _average(self._weigh(own), covered[start : start + len(phrase)]) ** 2
            for phrase, own, start in zip(phrases[1:], ids[1:], starts[1:].tolist(), strict=False)
        }
        for meaning in question.meanings:
            gain = meaning.strength * met[meaning.words]
            for place in meaning.places:
                np.maximum(best[place], gain, out=best[place])
        return _average(self._weigh(ids[0]) * np.array(question.stress, dtype=np.float32), best)

    def _fit(self, question: Question, chosen: Ints) -> Floats:
        """1 for items that do what is wanted, less for those that do nothing named, least for those that do else."""
        own = self._intents[chosen]
        silent, other = (0.85, 0.7) if question.strict else (0.98, 0.88)
        fit = np.where((own & question.intents) > 0, 1.0, np.where(own == 0, silent, other))
        return fit.astype(np.float32)


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


def _flatten(ids: Iterable[Ints]) -> tuple[Ints, Ints, Ints]:
    """For each symbol of all phrases the terms: itself, with its left and with its right neighbour; -1 for none."""
    parts = []
    for own in ids:
        pairs = np.where((own[:-1] > 0) & (own[1:] > 0), (own[:-1] << SHIFT) | own[1:], -1)
        parts.append((np.where(own > 0, own, -1), np.append(-1, pairs)[: len(own)], np.append(pairs, -1)[: len(own)]))
    lone, left, right = (np.concatenate(column) for column in zip(*parts, strict=True))
    return lone, left, right


def _places(terms: Ints, keys: Ints) -> Ints:
    """Where in `terms` each key is; -1, the last row, if nowhere."""
    places = np.minimum(np.searchsorted(terms, keys), len(terms) - 1)
    return np.where(terms[places] == keys, places, -1)


def _average(weights: Floats, values: Floats) -> Floats:
    total = float(weights.sum())
    mean: Floats = (weights @ values) / total if total else np.zeros(values.shape[1], dtype=np.float32)
    return mean
