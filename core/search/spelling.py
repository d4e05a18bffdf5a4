"""Mending English words: a letter too many or too few must not hide an item."""

from __future__ import annotations

from collections.abc import Collection

from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

SHORTEST = 5


def mend(word: str, known: Collection[str]) -> str:
    """The known word that is one slip away (two in a long word), else the word itself."""
    if word in known or len(word) < SHORTEST:
        return word
    slips = 1 if len(word) < 8 else 2
    near = process.extractOne(word, known, scorer=DamerauLevenshtein.distance, score_cutoff=slips)
    return near[0] if near else word
