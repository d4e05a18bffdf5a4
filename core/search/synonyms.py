"""The words that citizens say for official words: data, so that a centre can add its own without touching code."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any, Self

from core.errors import SettingsError

SHIPPED = Path(__file__).with_name("synonyms.toml")
LISTS = ("filler", "actors", "elsewhere", "noise")
ROWS = ("rows", "hints", "others")
PLAIN = "plain"  # the intent that is none: words that only look like one
GROUP = re.compile("<([^<>]+)>")


@dataclass(frozen=True, slots=True)
class Row:
    """Whoever says one of `say` may mean any of `means`.

    The parts of a phrase that are set apart by blanks may stand anywhere in the question, in any order; a part
    <name> stands for any word of that group.
    """

    say: tuple[str, ...]
    means: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Intent:
    """What a citizen wants done: the words that tell it, and the `marks` of it in an item's name."""

    name: str
    say: tuple[str, ...]
    marks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Synonyms:
    """All that the search knows of everyday language.

    `hints` are rows of general words that only help others; `groups` are words of one sense, by their names; `filler`
    says nothing about the matter, `actors` say who asks or where and step back behind a matter, `elsewhere` names
    matters that no administration handles, `others` those that another one may handle, `noise` are regular expressions
    for what an official name has beside it.
    """

    rows: tuple[Row, ...] = ()
    hints: tuple[Row, ...] = ()
    others: tuple[Row, ...] = ()
    intents: tuple[Intent, ...] = ()
    groups: dict[str, tuple[str, ...]] = field(default_factory=dict)
    filler: tuple[str, ...] = ()
    actors: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()
    noise: tuple[str, ...] = ()

    @staticmethod
    def load(*paths: Path) -> Synonyms:
        """The shipped words and those of `paths`, together; raises SettingsError naming every mistake of the paths."""
        return _shipped()._with_files(paths) if paths else _shipped()

    def _with_files(self, paths: Iterable[Path]) -> Self:
        problems: list[str] = []
        parts = [_read(path, problems) for path in paths]
        if not problems:
            problems += _unknown_groups(parts, self.groups)
        if problems:
            raise SettingsError(problems)
        return replace(
            self,
            groups=_gather((self.groups, *(part.get("groups", {}) for part in parts))),
            intents=_merge(self.intents, (table for part in parts for table in part.get("intents", ()))),
            **{key: (*getattr(self, key), *_rows(parts, key)) for key in ROWS},
            **{key: (*getattr(self, key), *(word for part in parts for word in part.get(key, ()))) for key in LISTS},
        )

    def with_rows(self, said: Iterable[tuple[str, str]]) -> Self:
        """The same with further rows: what is said and what it means, each several words with commas between."""
        rows = (Row(words_of(say), words_of(means)) for say, means in said)
        return replace(self, rows=(*self.rows, *(row for row in rows if row.say and row.means)))

    def settle(self, names: Iterable[str]) -> Self:
        """The same for a list of items: of `others` what some name has is a row, and what none has is elsewhere."""
        text = "\n".join(names)
        here = [row for row in self.others if any(words in text for words in row.means)]
        away = (phrase for row in self.others if row not in here for phrase in row.say)
        return replace(self, others=(), rows=(*self.rows, *here), elsewhere=(*self.elsewhere, *away))


def words_of(text: str) -> tuple[str, ...]:
    """The words of a text that has commas between them, Chinese or not."""
    return tuple(word.strip() for word in re.split("[,，、;；\n]", text) if word.strip())


def group_of(part: str) -> str:
    """The name of the group that a part of a phrase stands for; empty if it stands for itself."""
    match = GROUP.fullmatch(part)
    return match[1] if match else ""


def _gather(tables: Iterable[Mapping[str, Iterable[str]]]) -> dict[str, tuple[str, ...]]:
    groups: dict[str, tuple[str, ...]] = {}
    for name, words in chain.from_iterable(table.items() for table in tables):
        groups[name] = groups.get(name, ()) + tuple(words)
    return groups


def _unknown_groups(parts: list[dict[str, Any]], known_before: Iterable[str]) -> Iterator[str]:
    known = {*known_before, *(name for part in parts for name in part.get("groups", ()))}
    rows = (row for part in parts for key in (*ROWS, "intents") for row in part.get(key, ()))
    named = {group_of(piece) for row in rows for say in row.get("say", ()) for piece in say.split()}
    yield from (f"<{name}> is no group" for name in sorted(named - known - {""}))


def _rows(parts: Iterable[dict[str, Any]], key: str) -> Iterator[Row]:
    for part in parts:
        yield from (Row(_strings(table["say"]), _strings(table["means"])) for table in part.get(key, ()))


def _strings(value: list[str]) -> tuple[str, ...]:
    return tuple(value)


def _merge(known: Iterable[Intent], tables: Iterable[dict[str, Any]]) -> tuple[Intent, ...]:
    found = {intent.name: intent for intent in known}
    for table in tables:
        old = found.get(table["name"], Intent(table["name"], (), ()))
        say, marks = _strings(table.get("say", [])), _strings(table.get("marks", []))
        found[old.name] = Intent(old.name, old.say + say, old.marks + marks)
    return tuple(found.values())


@cache
def _shipped() -> Synonyms:
    """Read once by a process: that takes a twentieth of a second."""
    return Synonyms()._with_files([SHIPPED])


def _read(path: Path, problems: list[str]) -> dict[str, Any]:
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        problems.append(f"{path}: {error}")
        return {}
    problems += [f"{path}: {problem}" for problem in _mistakes(data)]
    return data


def _mistakes(data: dict[str, Any]) -> Iterator[str]:
    for key in data.keys() - {*ROWS, "intents", "groups", *LISTS}:
        yield f"unknown key {key}"
    groups = data.get("groups", {})
    if not isinstance(groups, dict) or not all(words and _is_strings(words) for words in groups.values()):
        yield "groups must be a table of lists of strings"
    for key in LISTS:
        if not _is_strings(data.get(key, [])):
            yield f"{key} must be a list of strings"
        elif key == "noise":
            yield from _bad_patterns(data.get(key, []))
    for key in ROWS:
        yield from _bad_tables(data, key, needed=("say", "means"))
    yield from _bad_tables(data, "intents", needed=("name",), lists=("say", "marks"))


def _bad_tables(data: dict[str, Any], key: str, needed: tuple[str, ...], lists: tuple[str, ...] = ()) -> Iterator[str]:
    tables = data.get(key, [])
    if not isinstance(tables, list):
        yield f"{key} must be a list of tables"
        return
    for number, table in enumerate(tables, 1):
        place = f"{key}, number {number}"
        if not isinstance(table, dict) or table.keys() - {*needed, *lists} or not table.keys() >= set(needed):
            yield f"{place}: must be a table with {', '.join(needed + lists)}"
        else:
            yield from (f"{place}: {name} {wrong}" for name in table if (wrong := _wrong_value(name, table[name])))


def _wrong_value(name: str, value: object) -> str:
    if name == "name":
        return "" if isinstance(value, str) and value else "must be a word"
    return "" if _is_strings(value) and value else "must be a list of strings that are not empty"


def _is_strings(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) and item.strip() for item in value)


def _bad_patterns(patterns: list[str]) -> Iterator[str]:
    for pattern in patterns:
        try:
            re.compile(pattern)
        except re.error as error:
            yield f"noise: {pattern}: {error}"
