"""The item search: reads a question every way it may be meant and keeps the items that answer it best."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, partial
from itertools import accumulate, chain

from core.search.asking import Means
from core.search.homophones import Homophones
from core.search.lexicon import Lexicon
from core.search.pinyin import Syllables, borders, sounds
from core.search.postings import NAME, Document
from core.search.shorthand import Shorthand
from core.search.space import Space
from core.search.spelling import mend
from core.search.synonyms import Synonyms
from core.search.values import Entry, Hit
from core.search.words import (
    BREAK,
    LONGEST,
    Symbols,
    cut,
    is_han,
    is_latin,
    lone_characters,
    normalise,
    split,
    stem,
    strip_noise,
)
from core.search.words import symbols as characters

# What it is worth to be found in the English name, the parent's name or topic, the department's name.
NAME_EN, OTHER, FAINT = 0.95, 0.6, 0.3
PLAUSIBLE = 0.38  # calibrated with the tests' questions and nonsense
NEAR = 0.6  # what is offered beside the best has at least this share of its score
SURE = 0.85  # no other reading is tried for a score like this
MENDED = 60  # of a longer text enough is written right
MOST_SHORT = 2  # more unknown words are no initials
SOUND_TRUST, INITIALS_TRUST, LATER_TRUST = 0.92, 0.95, 0.02
LONE = 0.12  # what a character without its neighbour is worth

Scores = dict[int, float]


class ItemIndex:
    """Finds items by everyday words, official words, pinyin, initials or English."""

    def __init__(self, entries: Sequence[Entry], synonyms: Synonyms) -> None:
        self._codes = tuple(entry.code for entry in entries)
        self._exact: dict[str, list[int]] = {}
        noise = re.compile("|".join(synonyms.noise)) if synonyms.noise else None
        names = [strip_noise(entry.name, noise) for entry in entries]
        parents = [strip_noise(entry.parent_name, noise) for entry in entries]
        synonyms = synonyms.settle(chain(names, parents))
        for number, (entry, name) in enumerate(zip(entries, names, strict=True)):
            for form in {_compact(entry.name), _compact(name)}:
                self._exact.setdefault(form, []).append(number)
        self._build_readers(synonyms, names, parents)
        self._build_spaces(entries, synonyms, names, parents)

    def _build_readers(self, synonyms: Synonyms, names: list[str], parents: list[str]) -> None:
        self._text, self._sound = Lexicon(synonyms, characters), Lexicon(synonyms, sounds, shortest=2)
        self._means = Means(synonyms, characters)
        self._spoken_means = Means(synonyms, sounds)
        sayings = chain.from_iterable(row.say for row in (*synonyms.rows, *synonyms.hints))
        phrases = [part for say in sayings for part in say.split() if len(part) > 1 and is_han(part[0])]
        grouped = [word for words in synonyms.groups.values() for word in words if is_han(word[0])]
        tells = [word for i in synonyms.intents for word in i.say + i.marks if is_han(word[0])]
        known = [*phrases, *grouped, *tells, *(f for f in synonyms.filler if is_han(f[0]))]
        titles = tuple(dict.fromkeys((*names, *parents)))
        self._shorthand = Shorthand(phrases, titles, [t for t in tells if len(t) == 2])
        self._homophones = Homophones([*known, *synonyms.elsewhere], titles)
        texts = dict.fromkeys((*titles, *known))
        self._syllables = Syllables(map(sounds, texts), texts)

    def _build_spaces(self, entries: Sequence[Entry], synonyms: Synonyms, names: list[str], parents: list[str]) -> None:
        marks = [
            (re.compile("|".join(map(re.escape, intent.marks))), 1 << number)
            for number, intent in enumerate(synonyms.intents)
            if intent.marks
        ]
        intents = [sum(bit for mark, bit in marks if mark.search(name)) for name in names]
        read_all = partial(_documents, entries, names, parents, intents)
        self._text_space = Space(read_all(characters), lone_worth=LONE, latin_worth=1.0)
        self._sound_space = Space(read_all(sounds), lone_worth=LONE, latin_worth=LONE)
        latin = {s for e in entries for s in characters(normalise(f"{e.name} {e.name_en}")) if is_latin(s)}
        self._english = frozenset(latin | {s for s in self._text.vocabulary() if is_latin(s)})

    def find(self, words: str, limit: int = 5) -> tuple[Hit, ...]:
        """The items that `words` may mean, best first, at most `limit`; () when nothing is plausible."""
        text = normalise(words[:LONGEST])[:LONGEST]
        pieces = split(text)
        scores: Scores = dict.fromkeys(self._exact.get("".join(pieces), ()), 1.0)
        unknown = {p for p in pieces if is_latin(p) and stem(p) not in self._english}
        if unknown:
            self._read_latin(pieces, unknown, scores)
        else:
            self._read_text(text, scores)
            if len(pieces) <= MENDED and any(map(is_han, pieces)) and max(scores.values(), default=0) < SURE:
                self._read_mended(text, scores)
        return self._best(scores, limit)

    def _read_text(self, text: str, scores: Scores, trust: float = 1.0) -> None:
        pieces = characters(text)
        reading = self._text.read(pieces, lone_characters(text))
        known = self._text_space.known_words(pieces, cut(text))
        question = self._means.ask(pieces, reading, known)
        _keep(scores, self._text_space.rate(question), trust)

    def _read_mended(self, text: str, scores: Scores) -> None:
        pieces = characters(text)
        mended = self._homophones.mend(pieces, sounds(text), borders(text))
        if mended != pieces:
            self._read_text(_join(mended), scores, SOUND_TRUST)

    def _read_latin(self, pieces: list[str], unknown: set[str], scores: Scores) -> None:
        """Latin letters that are no English word: pinyin, or misspelt English, or initials."""
        spoken = {p: self._syllables.split(p) for p in pieces if is_latin(p)}
        if all(spoken[p] for p in unknown):
            self._read_spoken([spoken.get(p) or sounds(p) or (BREAK,) for p in pieces], scores)
        mended = {p: mend(p, self._english) for p in unknown}
        self._read_text(_join(mended.get(p, p) for p in pieces), scores)
        for letters in unknown if len(unknown) <= MOST_SHORT else ():
            for rank, meant in enumerate(self._shorthand.expand(letters)):
                text = _join(meant if p == letters else p for p in pieces)
                self._read_text(text, scores, INITIALS_TRUST - rank * LATER_TRUST)

    def _read_spoken(self, runs: list[Symbols], scores: Scores) -> None:
        spoken = tuple(syllable for run in runs for syllable in run)
        starts = frozenset(accumulate(map(len, runs), initial=0))
        heard = self._sound.read(spoken, starts)
        question = self._spoken_means.ask(spoken, heard, set(range(len(spoken))))
        _keep(scores, self._sound_space.rate(question), SOUND_TRUST)

    def _best(self, scores: Scores, limit: int) -> tuple[Hit, ...]:
        top = max(scores.values(), default=0.0)
        least = max(PLAUSIBLE, top * NEAR)
        kept = sorted((-score, number) for number, score in scores.items() if score >= least)
        return tuple(Hit(self._codes[number], round(-score, 4)) for score, number in kept[: max(0, limit)])


def _compact(text: str) -> str:
    return "".join(split(normalise(text)))


def _documents(
    entries: Sequence[Entry],
    names: list[str],
    parents: list[str],
    intents: list[int],
    read: Callable[[str], Symbols],
) -> Iterator[Document]:
    field = cache(partial(_field, read))
    for entry, name, parent, intent in zip(entries, names, parents, intents, strict=True):
        fields = (
            (read(name), NAME),
            (characters(normalise(entry.name_en)), NAME_EN),
            (field(parent), OTHER),
            (field(entry.topic), OTHER),
            (field(entry.department), FAINT),
        )
        yield Document(fields, intent)


def _field(read: Callable[[str], Symbols], text: str) -> Symbols:
    return read(normalise(text))


def _join(pieces: Iterable[str]) -> str:
    """Text from its pieces; words of Latin letters keep their distance."""
    return "".join(f" {p} " if is_latin(p) or p.isdigit() else p or "," for p in pieces)


def _keep(scores: Scores, found: Iterable[tuple[int, float]], trust: float) -> None:
    for number, score in found:
        scores[number] = max(scores.get(number, 0.0), min(score * trust, 0.99))
