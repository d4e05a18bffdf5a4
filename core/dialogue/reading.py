"""Reading what a citizen wrote, tolerantly: a number and a PIN in any order and any spelling, a command, or words."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from itertools import accumulate

from core.dialogue.commands import COMMANDS, Command
from core.numbers import LENGTH, PIN_LENGTH, is_query_number

MOST_CHARS = 1600
_STATUS_WORDS = ("查询进度", "查进度", "查询", "查办件", "查", "进度", "cx", "status", "query", "check", "case")
_NUMBER_LABEL = "查询号"  # begins with a status word, but names what follows
_LABELS = re.compile(
    r"(查询号|办件号|编号|号码|受理号|查询密码|密码|pin|no\.?|number|password|and|和|是|为|[:,;，。；：、/|#*()（）\[\]【】<>])",
    re.IGNORECASE,
)
_GAPS = re.compile(r"(?<=\d)[\s\-‐‑‒–—−.·_]+(?=\d)")
_DIGITS = re.compile(r"\d+")
_GROUP = re.compile(r"\d(?:[\s\-‐‑‒–—−.·_]*\d)*")


_ORDINAL = re.compile(
    r"(?:选|选择|按|回复|第|no\.?|number|option|press|choose)?\s*(\d{1,2})\s*(?:个|项|号|条)?(?:吧|。|\.|\))?$"
)
_ORDINAL_WORDS = {"first": "1", "second": "2", "third": "3", "fourth": "4", "fifth": "5"}
_ORDINAL_HAN = re.compile(r"(?:选|选择|按|第)([一二三四五六七八九])(?:个|项|号|条)?$|^([一二三四五六七八九])$")


@dataclass(frozen=True, slots=True)
class StatusAsked:
    """A case is asked for: `number` as typed, `pin` empty when it isn't given yet."""

    number: str
    pin: str


@dataclass(frozen=True, slots=True)
class PinGiven:
    """Six digits alone: a PIN when one was asked for."""

    pin: str


@dataclass(frozen=True, slots=True)
class Chosen:
    """A number from a list of choices, from 1."""

    n: int


@dataclass(frozen=True, slots=True)
class StatusWanted:
    """Somebody wants to know where a case stands and didn't say which."""


@dataclass(frozen=True, slots=True)
class Words:
    """Anything else: everyday words."""

    words: str


@dataclass(frozen=True, slots=True)
class Token:
    """A receipt's QR code was read."""

    token: str


@dataclass(frozen=True, slots=True)
class Missed:
    """No answer that could be made use of; `silent` when there was none at all."""

    silent: bool = False


Read = StatusAsked | PinGiven | Chosen | StatusWanted | Command | Token | Missed | Words


def read(message: str) -> Read:
    """What a message says; never raises. What lies beyond 1,600 characters is not read."""
    text = plain_text(message)
    if command := COMMANDS.get(text.rstrip("!！。.~") or text):
        return command
    rest, asked = _without_status_word(text)
    digits = only_digits(rest)
    if digits is not None and (found := digits_meant(digits)):
        return found
    if asked and not rest:
        return StatusWanted()
    return _ordinal(text) or _within_words(text) or (Words(text) if any(c.isalnum() for c in text) else Missed())


def _within_words(text: str) -> Read | None:
    """A query number amid a sentence, with its PIN or without: no item's name holds so many digits."""
    groups = [_DIGITS.findall(group) for group in _GROUP.findall(text)]
    meant = [runs for runs in groups if _is_number_or_pin(runs)]
    runs = [run for group in meant for run in group]
    return digits_meant(runs) if len("".join(runs)) in (LENGTH, LENGTH + PIN_LENGTH) else None


def _is_number_or_pin(runs: list[str]) -> bool:
    """Eighteen digits without a gap are an identity number rather."""
    digits = len("".join(runs))
    return digits in (LENGTH, PIN_LENGTH) or (digits == LENGTH + PIN_LENGTH and len(runs) > 1)


def _ordinal(text: str) -> Chosen | None:
    """「第二个」, "option 2": which of the choices is meant."""
    if found := _ORDINAL.match(_ORDINAL_WORDS.get(text, text)):
        return Chosen(int(found[1]))
    if han := _ORDINAL_HAN.match(text):
        return Chosen("一二三四五六七八九".index(han[1] or han[2]) + 1)
    return None


def plain_text(message: str) -> str:
    """The first 1,600 characters, full-width forms made plain, control characters and odd spaces made one space."""
    text = unicodedata.normalize("NFKC", message[:MOST_CHARS])
    if not (text.isascii() and text.isprintable()):
        text = "".join(c if c.isprintable() and unicodedata.category(c) != "Cf" else " " for c in text)
    return " ".join(text.lower().split())


def _without_status_word(text: str) -> tuple[str, bool]:
    for word in _STATUS_WORDS:
        if text.startswith(word) and not text.startswith(_NUMBER_LABEL):
            return text[len(word) :].strip(" :,，。"), True
    return text, False


def only_digits(text: str) -> list[str] | None:
    """The runs of digits, when the text holds nothing else but labels and separators."""
    bare = _LABELS.sub(" ", text)
    if _DIGITS.sub("", _GAPS.sub("", bare)).strip(" -‐‑‒–—−.·_"):
        return None
    return _DIGITS.findall(bare)


def digits_meant(runs: list[str]) -> Read | None:
    """What runs of digits are by their lengths: number and PIN, one of them, or a choice."""
    joined = "".join(runs)
    if len(joined) == LENGTH + PIN_LENGTH:
        return _number_and_pin(runs, joined)
    if len(joined) == LENGTH:
        return StatusAsked(joined, "")
    if len(joined) == PIN_LENGTH:
        return PinGiven(joined)
    if len(runs) == 1 and len(joined) <= 2:
        return Chosen(int(joined))
    # Too many or too few digits for a number: let its check tell, it is surely no item's name.
    return StatusAsked(joined, "") if len(joined) > PIN_LENGTH else None


def _number_and_pin(runs: list[str], joined: str) -> StatusAsked:
    """Which comes first is told by the check digit, else by where the writer left a gap."""
    number_first = StatusAsked(joined[:LENGTH], joined[LENGTH:])
    pin_first = StatusAsked(joined[PIN_LENGTH:], joined[:PIN_LENGTH])
    ends = set(accumulate(map(len, runs)))
    likely, other = number_first, pin_first
    if PIN_LENGTH in ends and LENGTH not in ends:
        likely, other = pin_first, number_first
    return other if not is_query_number(likely.number) and is_query_number(other.number) else likely
