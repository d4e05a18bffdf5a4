"""Mending Chinese typed by sound: 居民身份正 is written wrong, but sounds like words that are known."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from core.search.pinyin import sounds
from core.search.words import Symbols, cut, is_han, split

SHORTEST, LONGEST = 2, 6


class Homophones:
    """The known words by their sound."""

    def __init__(self, phrases: Iterable[str], names: Iterable[str]) -> None:
        self._known: set[Symbols] = set()
        self._by_sound: defaultdict[Symbols, list[Symbols]] = defaultdict(list)
        words = dict.fromkeys([*phrases, *(word for name in names for word in cut(name))])
        for word in words:
            pieces = tuple(split(word))
            if SHORTEST <= len(pieces) <= LONGEST and all(map(is_han, pieces)) and pieces not in self._known:
                self._known.add(pieces)
                self._by_sound[sounds(word)].append(pieces)

    def mend(self, pieces: Symbols, heard: Symbols, borders: frozenset[int]) -> Symbols:
        """The question with unknown words replaced by known ones of the same sound; half must be written right.

        `borders` are the places where a word begins or ends: a word is not torn apart to be mended (学吉他 is no 学籍).
        """
        mended, start = list(pieces), 0
        while start < len(pieces):
            for end in range(min(start + LONGEST, len(pieces)), start + 1, -1):
                torn = end - start == SHORTEST and not (start in borders and end in borders)
                if torn or pieces[end - 1 : end + 1] in self._known:
                    continue
                better = self._better(pieces[start:end], heard[start:end])
                if better:
                    mended[start:end] = better
                    start = end - 1
                    break
            start += 1
        return tuple(mended)

    def _better(self, written: Symbols, heard: Symbols) -> Symbols:
        """The known word nearest to what was written; the same if it is known itself; () if there is none."""
        if written in self._known:
            return written
        likeness = {w: sum(map(str.__eq__, w, written)) for w in self._by_sound.get(heard, ())}
        best = max(likeness, key=likeness.__getitem__, default=())
        return best if best and 2 * likeness[best] >= len(written) else ()
