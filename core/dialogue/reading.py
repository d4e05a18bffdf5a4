"""Reading what a citizen wrote, tolerantly: a number and a PIN in any order and any spelling, a command, or words."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from itertools import accumulate

from core.numbers import LENGTH, PIN_LENGTH, is_query_number

MOST_CHARS = 1600
_STATUS_WORDS = ("查询进度", "查进度", "查询", "查办件", "查", "进度", "cx", "status", "query", "check", "case")
_LABELS = re.compile(
    r"(查询号|办件号|编号|号码|受理号|查询密码|密码|pin|no\.?|number|password|and|和|是|为|[:,;，。；：、/|#*()（）\[\]【】<>])",
    re.IGNORECASE,
)
_GAPS = re.compile(r"(?<=\d)[\s\-‐‑‒–—−.·_]+(?=\d)")
_DIGITS = re.compile(r"\d+")


class Command(StrEnum):
    """Words that mean the same wherever the conversation is."""

    MORE = "more"
    FORMS = "forms"
    HELP = "help"
    RESTART = "restart"
    OPT_OUT = "opt_out"
    CHINESE = "zh"
    ENGLISH = "en"


_COMMANDS: dict[str, Command] = {
    **dict.fromkeys(("更多", "更多内容", "下一页", "more", "next", "m"), Command.MORE),
    **dict.fromkeys(("表格", "下载表格", "空白表格", "form", "forms"), Command.FORMS),
    **dict.fromkeys(("帮助", "?", "help", "info", "h", "你好", "您好", "hi", "hello"), Command.HELP),
    **dict.fromkeys(("重来", "重新开始", "restart", "start over", "0"), Command.RESTART),
    **dict.fromkeys(("td", "t", "r", "退订", "stop", "unsubscribe"), Command.OPT_OUT),
    **dict.fromkeys(("中文", "chinese", "zhongwen"), Command.CHINESE),
    **dict.fromkeys(("english", "英文", "英语"), Command.ENGLISH),
}


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


Read = StatusAsked | PinGiven | Chosen | StatusWanted | Command | Words


def read(message: str) -> Read:
    """What a message says; never raises. What lies beyond 1,600 characters is not read."""
    text = _plain(message[:MOST_CHARS])
    if command := _COMMANDS.get(text.rstrip("!！。.~") or text):
        return command
    rest, asked = _without_status_word(text)
    digits = _only_digits(rest)
    if digits is not None and (found := _digits_meant(digits)):
        return found
    if asked and not rest:
        return StatusWanted()
    return Words(text)


def _plain(message: str) -> str:
    """Full-width forms made plain, control characters and odd spaces made one space."""
    text = unicodedata.normalize("NFKC", message)
    text = "".join(c if c.isprintable() and unicodedata.category(c) != "Cf" else " " for c in text)
    return " ".join(text.lower().split())


def _without_status_word(text: str) -> tuple[str, bool]:
    for word in _STATUS_WORDS:
        if text.startswith(word):
            return text[len(word) :].strip(" :,，。"), True
    return text, False


def _only_digits(text: str) -> list[str] | None:
    """The runs of digits, when the text holds nothing else but labels and separators."""
    bare = _LABELS.sub(" ", text)
    if _DIGITS.sub("", _GAPS.sub("", bare)).strip(" -‐‑‒–—−.·_"):
        return None
    return _DIGITS.findall(bare)


def _digits_meant(runs: list[str]) -> Read | None:
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
    fits = is_query_number(number_first.number), is_query_number(pin_first.number)
    if fits[0] != fits[1]:
        return number_first if fits[0] else pin_first
    ends = set(accumulate(map(len, runs)))
    return pin_first if PIN_LENGTH in ends and LENGTH not in ends else number_first
