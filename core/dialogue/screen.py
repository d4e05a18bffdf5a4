"""What a screen is: what to say, what may be answered, what goes with it, and where each answer leads.

Screens, choices and sentences are made by the dozen for each answer, and tuples are made several times as fast as
frozen classes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from types import MappingProxyType
from typing import NamedTuple

from core.dialogue.medium import EVERYWHERE, Medium
from core.numbers import LENGTH, PIN_LENGTH
from core.views import FormView


class Need(IntEnum):
    """How much a channel with little room needs a sentence."""

    MUST = 0
    SHOULD = 1
    MAY = 2


class Name(str):
    """A name that a channel with little room may shorten."""

    __slots__ = ()


class Digits(str):
    """Digits that are read out one by one: a query number, a telephone number."""

    __slots__ = ()


class Address(str):
    """A web address, which can be written but not spoken."""

    __slots__ = ()


_NO_VALUES: Mapping[str, object] = MappingProxyType({})


class Say(NamedTuple):
    """One sentence: a key of the catalogue with its values. An empty key says the value `text` as it stands.

    Values stay what they are (dates, limits, lists of names, `Digits` …): each renderer puts them into its own words.
    `brief` is what stands for the sentence where there is no room for all of it.
    """

    key: str
    values: Mapping[str, object] = _NO_VALUES
    need: Need = Need.MUST
    brief: Say | None = None


class Choice(NamedTuple):
    """One thing to choose, and the lead to the screen behind it.

    `key` is the digit that chooses it, else its place among the choices. `media` are the channels that can offer it,
    `language` the one that its label is in, where that is not the language of the conversation.
    """

    label: Say
    lead: str
    key: str = ""
    media: frozenset[Medium] = EVERYWHERE
    language: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """A list that may be cut between two entries, never inside one.

    `more` gives the lead to the rest when so many of `entries` were shown; `offset` is how many were shown before.
    """

    entries: tuple[Say, ...]
    more: Callable[[int], str]
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Awaits:
    """What may be answered beside the choices: so many digits, or words about the matter."""

    digits: int = 0
    words: bool = False


CHOICE, WORDS = Awaits(), Awaits(words=True)
NUMBER, PIN = Awaits(digits=LENGTH), Awaits(digits=PIN_LENGTH)


@dataclass(frozen=True, slots=True)
class Picture:
    """The QR code of an address."""

    address: str


Attachment = FormView | Picture


class Screen(NamedTuple):
    """What is said before the list, the list, what is said after it, the choices, and what else may be answered.

    `lead` opens it again, empty for one that is no step of its own. `more` leads to the rest of the choices; a channel
    with little room may leave the choices out unless they are a `MUST`. `missed` tells that the answer before was no
    use, `grant` is the token of the case whose PIN was given, `transfer` puts a caller through to a person, `ends` ends
    a call, `segments` is the room a text message gives.
    """

    says: tuple[Say, ...]
    listing: Listing | None = None
    after: tuple[Say, ...] = ()
    choices: tuple[Choice, ...] = ()
    choices_need: Need = Need.MUST
    more: str = ""
    lead: str = ""
    awaits: Awaits = CHOICE
    attachments: tuple[Attachment, ...] = ()
    missed: bool = False
    grant: str = ""
    transfer: bool = False
    ends: bool = False
    segments: int = 4
