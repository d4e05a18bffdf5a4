"""What a screen is: what to say, the choices it offers, and where each leads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum


class Need(IntEnum):
    """How much a channel with little room needs a sentence."""

    MUST = 0
    SHOULD = 1
    MAY = 2


class Name(str):
    """A name that a channel with little room may shorten."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Say:
    """One sentence: a key of the catalogue with its values. An empty key says the value `text` as it stands."""

    key: str
    values: Mapping[str, object] = field(default_factory=dict)
    need: Need = Need.MUST


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing to choose, and the lead to the screen behind it."""

    label: str
    lead: str


@dataclass(frozen=True, slots=True)
class Listing:
    """A list that may be cut between two entries, never inside one.

    `more` gives the lead to the rest when so many of `entries` were shown; `offset` is how many were shown before.
    """

    entries: tuple[Say, ...]
    more: Callable[[int], str]
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Screen:
    """What is said before the list, the list, what is said after it, and the choices.

    `awaits` is the query number whose PIN is asked for next; `segments` the room a text message gives it.
    """

    says: tuple[Say, ...]
    listing: Listing | None = None
    after: tuple[Say, ...] = ()
    choices: tuple[Choice, ...] = ()
    more: str = ""
    awaits: str = ""
    segments: int = 4
