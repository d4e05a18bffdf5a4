"""How Chinese sounds, so that pinyin, initials and homophone typos find what was meant."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from itertools import pairwise

from pypinyin import pinyin
from pypinyin.phrases_dict import phrases_dict

from core.search.words import BREAK, Symbols, cut, is_han, is_latin, split, stem

# What southern speakers do not tell apart when they type.
BLURS = (("zh", "z"), ("ch", "c"), ("sh", "s"))


def blur(syllable: str) -> str:
    """Syllables that are often mixed up made one: zh/z, ch/c, sh/s, ang/an, eng/en, ing/in."""
    for sharp, flat in BLURS:
        if syllable.startswith(sharp):
            syllable = flat + syllable[2:]
    return syllable[:-1] if syllable.endswith(("ang", "eng", "ing")) else syllable


@lru_cache(maxsize=65536)
def _toneless(syllable: str) -> str:
    return "".join(letter for letter in unicodedata.normalize("NFD", syllable) if letter.isascii())


@lru_cache(maxsize=65536)
def _syllable(piece: str) -> str:
    """How a lone piece sounds; Latin words are stemmed."""
    return _toneless(pinyin(piece)[0][0]) if is_han(piece) else stem(piece) if is_latin(piece) else piece


@lru_cache(maxsize=65536)
def _sound(word: str) -> tuple[str, ...]:
    """The syllable of each piece of a word; the dictionary of phrases knows which reading is meant."""
    pieces = split(word)
    phrase = phrases_dict.get(word, ())
    if len(phrase) == len(pieces):
        return tuple(_toneless(readings[0]) for readings in phrase)
    return tuple(map(_syllable, pieces))


@lru_cache(maxsize=65536)
def _blurred(word: str) -> Symbols:
    return tuple(blur(s) if is_han(p) else s for p, s in zip(split(word), _sound(word), strict=True))


def initial(text: str) -> str:
    """The letter under which a text is looked up: of its first syllable or Latin letter; "#" where it has none."""
    for character in unicodedata.normalize("NFKC", text):
        if is_han(character):
            word = next(iter(cut(text[text.index(character) :]))) if character in text else character
            return _sound(word)[0][:1].upper() or "#"
        if character.isascii() and character.isalpha():
            return character.upper()
    return "#"


def sounds(text: str) -> Symbols:
    """The text as blurred syllables, one for each of its symbols."""
    return tuple(syllable for word in cut(text) for syllable in _blurred(word))


def borders(text: str) -> frozenset[int]:
    """Where, counted in pieces, the words that the dictionary knows begin and end, and all places outside of them."""
    places, start = {0}, 0
    for word in cut(text):
        end = start + len(split(word))
        places |= {end} if word in phrases_dict else set(range(start, end + 1))
        start = end
    return frozenset(places)


def initials(text: str) -> list[str]:
    """For each word its initials; an empty string breaks."""
    return ["".join(s[:1] for s in _sound(word)) if word[0].isalnum() else BREAK for word in cut(text)]


class Syllables:
    """Splits Latin letters into the syllables that the names and phrases use."""

    def __init__(self, known: Iterable[Symbols], texts: Iterable[str]) -> None:
        self._pairs = {pair for run in known for pair in pairwise(run)}
        self._known = {s for text in texts for word in cut(text) for s in _sound(word) if s.isascii() and s.isalpha()}

    def split(self, letters: str) -> Symbols:
        """The blurred syllables; () if the letters are no pinyin. Fewest first, known neighbours win."""
        letters = letters.replace("lv", "lu").replace("nv", "nu")
        best: list[tuple[int, Symbols] | None] = [(0, ()), *[None] * len(letters)]
        for end in range(1, len(letters) + 1):
            options = [o for start in range(max(0, end - 6), end) if (o := self._step(best[start], letters[start:end]))]
            best[end] = min(options, default=None)
        last = best[-1]
        return last[1] if last else ()

    def _step(self, before: tuple[int, Symbols] | None, letters: str) -> tuple[int, Symbols] | None:
        if before is None or letters not in self._known:
            return None
        cost, run = before
        syllable = blur(letters)
        known = bool(run) and (run[-1], syllable) in self._pairs
        return cost + 4 - 3 * known, (*run, syllable)
