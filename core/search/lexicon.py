"""Reading a question: which known phrases stand where in it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain

from core.search.synonyms import PLAIN, Synonyms, group_of
from core.search.words import Symbols

FILLER, ACTOR, ELSEWHERE, INTENT, ROW, HINT = "filler", "actor", "elsewhere", "intent", "row", "hint"
LONGEST_PHRASE = 14

Run = tuple[Sequence[int], list[int]]  # the places of a piece of the question, and the parts that it is
Spots = dict[int, set[int]]  # the places of each part that was found


@dataclass(frozen=True, slots=True)
class Saying:
    """One phrase of the data: `target` is the number of its row or intent, `parts` those of what it consists of."""

    kind: str
    target: int
    parts: tuple[int, ...]


@dataclass(slots=True)
class Reading:
    """What a question was found to say; places are counted in symbols."""

    filler: set[int] = field(default_factory=set)
    actors: set[int] = field(default_factory=set)
    backdrop: set[int] = field(default_factory=set)  # actors, filler and what is to be done
    elsewhere: set[int] = field(default_factory=set)
    intents: list[tuple[frozenset[int], int]] = field(default_factory=list)
    rows: list[tuple[frozenset[int], int]] = field(default_factory=list)
    hints: list[tuple[frozenset[int], int]] = field(default_factory=list)
    foreign: list[frozenset[int]] = field(default_factory=list)  # the phrases of what is elsewhere
    scattered: set[frozenset[int]] = field(default_factory=set)  # the places of phrases in several parts

    def is_aside(self, places: frozenset[int]) -> bool:
        """Whether a phrase says who asks, and no more but filler and what is to be done: it leaves the matter open."""
        return places <= self.backdrop and not self.actors.isdisjoint(places)


class Lexicon:
    """The phrases of the data in one kind of symbols: characters or syllables.

    `shortest` is the least number of symbols of a phrase that stands for itself; in syllables one is no evidence.
    """

    def __init__(self, synonyms: Synonyms, symbols: Callable[[str], Symbols], shortest: int = 1) -> None:
        self._symbols, self._shortest = symbols, shortest
        self._parts_of: defaultdict[Symbols, list[int]] = defaultdict(list)  # a piece may be a part of many phrases
        self._part: dict[str, int] = {}
        self._groups = synonyms.groups
        self._sayings: list[Saying] = []
        self._shields: set[int] = set()  # parts within which no single symbol is looked for: 关 in 关于
        for kind, target, phrase in _phrases(synonyms):
            self._add(kind, target, phrase)
        self._add_shields(synonyms)
        self._by_rarest = self._sort_by_rarest()
        self._particles = {piece for f in synonyms.filler if len(piece := symbols(f)) == 1 and shortest == 1}
        self._reach: dict[str, int] = {}  # the length of the longest piece that begins with a symbol
        for piece in self._parts_of:
            self._reach[piece[0]] = max(self._reach.get(piece[0], 0), min(LONGEST_PHRASE, len(piece)))

    def _add(self, kind: str, target: int, phrase: str) -> None:
        parts = tuple(dict.fromkeys(phrase.split()))
        length = sum(1 if group_of(part) else len(self._symbols(part)) for part in parts)
        if length >= self._shortest:
            self._sayings.append(Saying(kind, target, tuple(map(self._number, parts))))

    def _number(self, part: str) -> int:
        """The number of a part, a new one if it was not met before; all words of a group are one part."""
        if part not in self._part:
            number = self._part[part] = len(self._part)
            for word in self._groups.get(group_of(part), (part,)):
                piece = self._symbols(word)
                if len(piece) >= self._shortest or not group_of(part):
                    self._parts_of[piece].append(number)
        return self._part[part]

    def _add_shields(self, synonyms: Synonyms) -> None:
        plain = (phrase for intent in synonyms.intents if intent.name == PLAIN for phrase in intent.say)
        for phrase in (*synonyms.filler, *plain):
            if len(self._symbols(phrase)) > 1 and phrase in self._part:
                self._shields.add(self._part[phrase])

    def _sort_by_rarest(self) -> list[list[int]]:
        """For each part the phrases of which it is the part that the fewest phrases have: one look finds each."""
        uses = Counter(part for saying in self._sayings for part in saying.parts)
        numbers: list[list[int]] = [[] for _ in self._part]
        for number, saying in enumerate(self._sayings):
            numbers[min(saying.parts, key=uses.__getitem__)].append(number)
        return numbers

    def vocabulary(self) -> frozenset[str]:
        return frozenset(symbol for piece in self._parts_of for symbol in piece)

    def read(self, question: Symbols, lone: frozenset[int] | None = None) -> Reading:
        """`lone` are the places where one character may tell an intent; None: everywhere."""
        reading = Reading()
        spots = self._spots(self._runs(question, lone))
        for number in self._whole(spots):
            saying = self._sayings[number]
            parts = [spots[part] for part in saying.parts]
            if len(parts) == 1 or not _overlap(parts):
                places = frozenset().union(*parts)
                sure = lone is None or not lone.isdisjoint(places) or _is_long(question, parts[0])
                _note(reading, saying, places, sure)
        reading.intents = [(p, n) for p, n in reading.intents if not _inside(p, [q for q, _ in reading.intents])]
        reading.rows = [row for row in reading.rows if not _within(row[0], reading.foreign)]
        reading.hints = [hint for hint in reading.hints if not _within(hint[0], reading.foreign)]
        covered = {place for places, _ in reading.rows + reading.hints for place in places}
        reading.backdrop = reading.actors | reading.filler.union(*(places for places, _ in reading.intents))
        reading.filler -= covered
        reading.elsewhere = {place for places in reading.foreign for place in places} - covered
        return reading

    def _runs(self, question: Symbols, lone: frozenset[int] | None) -> list[Run]:
        """Every known piece with its places, also where particles stand inside of it: 换了法人 has 换法人."""
        runs = list(self._pieces(question, range(len(question))))
        kept = [n for n, s in enumerate(question) if (s,) not in self._particles or (lone and n not in lone)]
        if len(kept) < len(question):
            bare = self._pieces(tuple(question[n] for n in kept), kept)
            runs += ((places, parts) for places, parts in bare if places[-1] - places[0] >= len(places))
        return runs

    def _pieces(self, question: Symbols, origin: Sequence[int]) -> Iterator[Run]:
        """`origin` says where each symbol stood before particles were left out."""
        for start in range(len(question)):
            reach = self._reach.get(question[start], 0)
            for end in range(start + 1, min(start + reach, len(question)) + 1):
                parts = self._parts_of.get(question[start:end])
                if parts:
                    yield origin[start:end], parts

    def _spots(self, runs: list[Run]) -> Spots:
        shields = (places for places, parts in runs if len(places) > 1 and self._shields.intersection(parts))
        shielded = set(chain.from_iterable(shields))
        spots: defaultdict[int, set[int]] = defaultdict(set)
        for places, parts in runs:
            if len(places) > 1 or places[0] not in shielded:
                for part in parts:
                    spots[part].update(places)
        return spots

    def _whole(self, spots: Spots) -> Iterator[int]:
        """The phrases of which all parts were found."""
        for part in spots:
            for number in self._by_rarest[part]:
                if all(other in spots for other in self._sayings[number].parts):
                    yield number


def _phrases(synonyms: Synonyms) -> Iterable[tuple[str, int, str]]:
    yield from ((FILLER, 0, phrase) for phrase in synonyms.filler)
    yield from ((ACTOR, 0, phrase) for phrase in synonyms.actors)
    yield from ((ELSEWHERE, 0, phrase) for phrase in synonyms.elsewhere)
    yield from ((INTENT, number, phrase) for number, i in enumerate(synonyms.intents) for phrase in i.say)
    yield from ((ROW, number, phrase) for number, row in enumerate(synonyms.rows) for phrase in row.say)
    yield from ((HINT, number, phrase) for number, row in enumerate(synonyms.hints) for phrase in row.say)


def _overlap(parts: list[set[int]]) -> bool:
    """Whether a part stands only within the others: 车 in 网约车 is no second word."""
    return any(part <= set().union(*parts[:n], *parts[n + 1 :]) for n, part in enumerate(parts))


def _is_long(question: Symbols, places: set[int]) -> bool:
    """Whether it is no single Chinese character, which may be part of any word."""
    return len(places) > 1 or any(len(question[n]) > 1 for n in places)


def _note(reading: Reading, saying: Saying, places: frozenset[int], sure: bool) -> None:
    if saying.kind == FILLER:
        reading.filler |= places
    elif saying.kind == ACTOR:
        reading.actors |= places
    elif saying.kind == ELSEWHERE:
        reading.foreign.append(places)
    elif saying.kind == ROW:
        reading.rows.append((places, saying.target))
        if len(saying.parts) > 1:
            reading.scattered.add(places)
    elif sure:
        (reading.hints if saying.kind == HINT else reading.intents).append((places, saying.target))


def _inside(places: frozenset[int], others: Iterable[frozenset[int]]) -> bool:
    """Whether a longer phrase was found around this one."""
    return any(places < other for other in others)


def _within(places: frozenset[int], others: Iterable[frozenset[int]]) -> bool:
    return any(places <= other for other in others)
