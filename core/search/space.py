"""How well names answer a question, in one kind of symbols (characters or syllables): how much of it they cover.

A symbol counts as covered where a name has it beside the same neighbour as the question or a synonym does. So the
score needs no word borders, a wrong character costs only itself, and it means the same for every question.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain, pairwise

import numpy as np

from core.search.postings import NAME, SHIFT, Document, Floats, Gathered, Ints, Postings
from core.search.words import Symbols, is_latin, split

EXAMINED = 1500  # of many names only the most promising are looked at closely,
CELLS = 30_000  # and the fewer the more there is to look for: names times symbols
FIRM = 0.45  # the least share for an item that answers a firm phrase, whatever else was said
BREVITY = 0.2  # how much a name suffers from what nobody asked for


@dataclass(frozen=True, slots=True)
class Meaning:
    """Official words that may be meant at some places of the question."""

    places: tuple[int, ...]
    words: Symbols
    strength: float
    firm: float = 0.0  # how far it stands for itself, whatever else was said


@dataclass(frozen=True, slots=True)
class Question:
    """`stress` weighs each symbol: 0 for filler; `intents` are bits, `strict` if the citizen named them."""

    symbols: Symbols
    stress: tuple[float, ...]
    meanings: tuple[Meaning, ...]
    intents: int
    strict: bool


class Space:
    """All documents in one kind of symbols. A character without its neighbour is worth `lone_worth`."""

    def __init__(self, documents: Iterable[Document], lone_worth: float, latin_worth: float) -> None:
        self._lone_worth, self._latin_worth = lone_worth, latin_worth
        self._postings = Postings(documents)

    def known_words(self, pieces: Symbols, words: Iterable[str]) -> set[int]:
        """The places of the words, of two symbols and more, that names have; `words` spell out `pieces`."""
        ids = np.maximum(self._postings.ids_of(pieces), 0)
        paired = (self._postings.rows_of((ids[:-1] << SHIFT) | ids[1:]) >= 0).tolist()
        known: set[int] = set()
        start = 0
        for word in words:
            end = start + len(split(word))
            if end > len(pieces):  # words of odd scripts fall apart where the text as a whole doesn't
                break
            latin = end - start == 1 and is_latin(pieces[start])
            if ids[start:end].all() and (latin or (end - start > 1 and all(paired[start : end - 1]))):
                known |= set(range(start, end))
            start = end
        return known

    def rate(self, question: Question) -> list[tuple[int, float]]:
        """Documents with their scores 0..1, in no order; at most EXAMINED of them."""
        phrases = [question.symbols, *dict.fromkeys(m.words for m in question.meanings)]
        ids = self._postings.ids_of(tuple(chain.from_iterable(phrases)))
        borders = np.cumsum([0, *map(len, phrases)])
        lone, left, right = _neighbours(ids, borders)
        terms = np.unique(np.concatenate([lone, left, right]))
        rows = self._postings.rows_of(terms)
        terms, rows = terms[rows >= 0], rows[rows >= 0]
        if not len(terms) or not sum(question.stress):
            return []
        gathered = self._postings.gather(rows)
        chosen = self._promising(terms, gathered, len(ids))
        found = self._found(len(rows), gathered, chosen)
        covered = self._covered(phrases, found, *(_places(terms, keys) for keys in (lone, left, right)))
        coverage = self._coverage(question, phrases, self._postings.weigh(ids), borders, covered)
        share = np.minimum(
            1, (self._postings.pair_weights(terms) @ (found[:-1] >= NAME)) / self._postings.masses[chosen]
        )
        scores = coverage * (1 - BREVITY * (1 - share)) * self._fit(question, chosen)
        return list(zip(chosen.tolist(), scores.tolist(), strict=True))

    def _promising(self, terms: Ints, gathered: Gathered, symbols: int) -> Ints:
        known = self._postings
        examined = min(EXAMINED, CELLS // symbols)
        if len(known) <= examined:
            return np.arange(len(known))
        lines, places = gathered
        weights = (known.pair_weights(terms) + 0.05)[lines] * known.worths[places]
        rough = np.bincount(known.owners[places], weights=weights, minlength=len(known)) / (known.masses + 4)
        return np.sort(np.argpartition(rough, -examined)[-examined:])

    def _found(self, count: int, gathered: Gathered, chosen: Ints) -> Floats:
        """The worth of each of `count` terms (a row; the last row stands for no term) in each chosen document."""
        lines, places = gathered
        column = np.full(len(self._postings), -1, dtype=np.int64)
        column[chosen] = np.arange(len(chosen))
        columns = column[self._postings.owners[places]]
        inside = columns >= 0
        found = np.zeros((count + 1, len(chosen)), dtype=np.float32)
        found[lines[inside], columns[inside]] = self._postings.worths[places[inside]]
        return found

    def _covered(self, phrases: list[Symbols], found: Floats, lone: Ints, left: Ints, right: Ints) -> Floats:
        """How well each symbol of each phrase (a row) is covered by each document."""
        latin, other = self._latin_worth, self._lone_worth
        worth = [latin if is_latin(s) or s.isdigit() else other for phrase in phrases for s in phrase]
        covered = np.maximum(found[left], found[right])
        alone: Floats = found[lone] * np.array(worth, dtype=np.float32)[:, None]
        return np.maximum(covered, alone, out=alone)

    def _coverage(
        self, question: Question, phrases: list[Symbols], weights: Floats, borders: Ints, covered: Floats
    ) -> Floats:
        """For each document the share of the question that it covers, itself or by synonyms."""
        spans = [slice(start, end) for start, end in pairwise(borders.tolist())]
        best = covered[spans[0]].copy()
        met = {
            phrase: _average(weights[span], covered[span]) ** 2
            for phrase, span in zip(phrases[1:], spans[1:], strict=True)
        }
        told = np.zeros(covered.shape[1], dtype=np.float32)
        for meaning in question.meanings:
            gain = meaning.strength * met[meaning.words]
            if meaning.firm:
                np.maximum(told, gain * meaning.firm, out=told)
            places = list(meaning.places)
            best[places] = np.maximum(best[places], gain)
        share = _average(weights[spans[0]] * np.array(question.stress, dtype=np.float32), best)
        return np.maximum(share, told * (FIRM + (1 - FIRM) * share))

    def _fit(self, question: Question, chosen: Ints) -> Floats:
        """1 for items that do what is wanted, less for those that do nothing named, least for those that do else."""
        own = self._postings.intents[chosen]
        silent, other = (0.85, 0.7) if question.strict else (0.98, 0.88)
        fit = np.where((own & question.intents) > 0, 1.0, np.where(own == 0, silent, other))
        return fit.astype(np.float32)


def _neighbours(ids: Ints, borders: Ints) -> tuple[Ints, Ints, Ints]:
    """For each symbol of all phrases the terms: itself, with its left and with its right neighbour; -1 for none."""
    pairs = np.where((ids[:-1] > 0) & (ids[1:] > 0), (ids[:-1] << SHIFT) | ids[1:], -1)
    pairs[borders[1:-1] - 1] = -1
    return np.where(ids > 0, ids, -1), np.append(-1, pairs), np.append(pairs, -1)


def _places(terms: Ints, keys: Ints) -> Ints:
    """Where in `terms` each key is; -1, the last row, if nowhere."""
    places = np.minimum(np.searchsorted(terms, keys), len(terms) - 1)
    return np.where(terms[places] == keys, places, -1)


def _average(weights: Floats, values: Floats) -> Floats:
    total = float(weights.sum())
    mean: Floats = (weights @ values) / total if total else np.zeros(values.shape[1], dtype=np.float32)
    return mean
