"""What initials may stand for: sfz for 身份证."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from itertools import islice

from core.search.pinyin import initials
from core.search.words import BREAK, cut

SHORTEST_WORD = 3
SHORTEST_RUN = 4  # fewer initials fit too many runs of words by chance
LONGEST_RUN = 10
MOST_WORDS = 5
TAIL = 2  # letters at the end may tell what is to be done: sfzgs, 身份证挂失
MOST = 8
MOST_NAMES = 5000  # a longer list repeats its words, and would only cost memory


class Shorthand:
    """The initials of all phrases, and of all runs of words in the names."""

    def __init__(self, phrases: Iterable[str], names: Iterable[str], tails: Iterable[str]) -> None:
        self._known: defaultdict[str, list[str]] = defaultdict(list)
        for phrase in dict.fromkeys(phrases):
            self._known["".join(initials(phrase))].append(phrase)
        self._tails = {"".join(initials(tail)): tail for tail in tails}
        runs = Counter(run for name in islice(dict.fromkeys(names), MOST_NAMES) for run in _runs(name))
        for (letters, run), _ in runs.most_common():
            if len(self._known[letters]) < MOST and run not in self._known[letters]:
                self._known[letters].append(run)

    def expand(self, letters: str) -> tuple[str, ...]:
        """The Chinese words that the letters may stand for, the likeliest first."""
        whole = self._known.get(letters)
        tail = self._tails.get(letters[-TAIL:], "")
        parts = self._known.get(letters[:-TAIL], ()) if tail else ()
        return tuple(whole or (part + tail for part in parts))[:MOST]


def _runs(name: str) -> Iterator[tuple[str, str]]:
    """Runs of whole words with their initials."""
    words, letters = cut(name), initials(name)
    for start in range(len(words)):
        short = long = ""
        for word, part in zip(words[start : start + MOST_WORDS], letters[start:], strict=False):
            if part == BREAK or len(short) + len(part) > LONGEST_RUN:
                break
            long += word
            short += part
            if len(short) >= (SHORTEST_WORD if long == word else SHORTEST_RUN):
                yield short, long
