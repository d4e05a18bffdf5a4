"""From what a question was found to say to what is asked of the names: which symbols matter and what they may mean."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from core.search.lexicon import Reading
from core.search.space import Meaning, Question
from core.search.synonyms import Synonyms
from core.search.words import Symbols

# How far to trust a synonym: one of several parts fits hardly by chance, one inside a longer one says less.
SCATTERED, NARROW, WIDE, VAGUE = 1.0, 0.95, 0.78, 0.9
SHORT = 0.3  # what a short phrase in several parts lacks: the longer the more it tells
LATER = 0.97  # the likelier meaning of a phrase stands first in the data
WORD = 0.9  # how firm a phrase in one part is
NOWHERE = "?"  # a symbol that no name has
FOREIGN, BESIDE, CHATTER, ASIDE = 4.0, 0.7, 0.3, 0.25
STORY = 1.0  # at most so much, in terms of what was understood, can be said beside it


class Means:
    """What is meant by the rows and hints of the data, in one kind of symbols."""

    def __init__(self, synonyms: Synonyms, symbols: Callable[[str], Symbols]) -> None:
        self._marked = [bool(intent.marks) for intent in synonyms.intents]
        self._default = sum(1 << n for n, intent in enumerate(synonyms.intents) if intent.name == "new")
        self._rows = [tuple(map(symbols, row.means)) for row in synonyms.rows]
        self._hints = [tuple(map(symbols, row.means)) for row in synonyms.hints]

    def ask(self, pieces: Symbols, reading: Reading, known: set[int]) -> Question:
        """`known` are the places of words that names have."""
        wanted = {n for _, n in reading.intents if self._marked[n] and self._default != 1 << n}
        bits = sum(1 << n for n in wanted) if wanted else self._default
        asked = tuple(NOWHERE if n in reading.elsewhere else piece for n, piece in enumerate(pieces))
        return Question(asked, _stress(pieces, reading, known), tuple(self._of(reading)), bits, bool(wanted))

    def _of(self, reading: Reading) -> Iterable[Meaning]:
        whole = {places for places, _ in reading.rows}
        parts = {places for places in whole if any(places < other for other in whole)}
        matter = any(not reading.is_aside(places) for places in whole)
        for places, row in dict.fromkeys(reading.rows):
            inside = places in parts
            scattered = places in reading.scattered
            strength = WIDE if inside else SCATTERED - SHORT / len(places) if scattered else NARROW
            weak = inside or bool(reading.elsewhere) or (matter and reading.is_aside(places))
            firm = 0.0 if weak else 1.0 if scattered else WORD if len(places) > 1 else 0.0
            yield from _meanings(places, self._rows[row], strength, firm)
        for places, hint in dict.fromkeys(reading.hints):
            yield from _meanings(places, self._hints[hint], VAGUE)


def _stress(pieces: Symbols, reading: Reading, known: set[int]) -> tuple[float, ...]:
    """How much each symbol matters: chatter little, once a phrase of the data was understood."""
    told = {place for places, _ in reading.intents for place in places}
    covered = {place for places, _ in reading.rows for place in places}
    hinted = {place for places, _ in reading.hints for place in places}
    leading = {place for places, _ in reading.rows if not reading.is_aside(places) for place in places}
    behind = reading.actors.union(*(places for places, _ in reading.rows if reading.is_aside(places)))
    aside = behind - leading if leading else set()

    def weigh(place: int) -> float:
        if place in reading.elsewhere:
            return FOREIGN
        if place in reading.filler or place in told - covered:
            return 0.0
        if place in aside:
            return ASIDE
        if place in covered:
            return 1.0
        if place in known or place in hinted:
            return BESIDE if covered else 1.0
        return CHATTER if covered else 1.0

    stress = [weigh(place) if pieces[place] else 0.0 for place in range(len(pieces))]
    if any(stress):
        return tuple(_quieten(stress, covered | reading.elsewhere))
    return tuple(1.0 if n in told else 0.0 for n in range(len(pieces)))


def _quieten(stress: list[float], covered: set[int]) -> list[float]:
    """However long the story around it is, what was understood keeps its share."""
    heard = sum(stress[n] for n in covered)
    rest = sum(stress) - heard
    quiet = min(1.0, STORY * heard / rest) if heard and rest else 1.0
    return [s if n in covered else s * quiet for n, s in enumerate(stress)]


def _meanings(
    places: frozenset[int], means: tuple[Symbols, ...], strength: float, firm: float = 0.0
) -> Iterable[Meaning]:
    for rank, words in enumerate(means):
        yield Meaning(tuple(sorted(places)), words, strength * LATER**rank, firm)
