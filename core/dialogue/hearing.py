"""Reading what comes over the telephone: keys, and words that a recogniser wrote down."""

from __future__ import annotations

import re

from core.dialogue.commands import Command
from core.dialogue.reading import Missed, Read, digits_meant, only_digits, plain_text, read
from core.numbers import LENGTH, PIN_LENGTH

# Digits as they are said, and as a recogniser writes them down.
_DIGITS_SAID = {
    **{
        name: str(n)
        for n, names in enumerate(("零〇洞", "一幺妖", "二两", "三", "四", "五", "六", "七", "八", "九"))
        for name in names
    },
    **dict(
        zip(
            ("zero", "oh", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
            ("0", "0", *"123456789"),
            strict=True,
        )
    ),
}
_SPOKEN = re.compile("|".join(sorted(_DIGITS_SAID, key=len, reverse=True)), re.IGNORECASE)
_KEYS = {"0": Command.OPERATOR, "*": Command.BACK, "#": Command.END}
FEWEST_NAMED = 3


def read_spoken(heard: str, digits: int) -> Read:
    """What was said aloud. While so many `digits` are awaited, their names are taken for digits."""
    plain = plain_text(heard).strip("。.,，!！ ")
    if digits and len(found := _named_digits(plain)) >= min(digits, FEWEST_NAMED):
        return digits_meant([found]) or Missed()
    return read(plain) if plain else Missed()


def read_keys(keys: str, digits: int) -> Read:
    """What was keyed in, while so many `digits` are awaited, or none: 0 operator, * back, # end.

    A # after digits only says that they are all; a * after digits takes them back.
    """
    if (command := _KEYS.get(keys)) is not None:
        return command
    if keys.endswith("*"):
        return Command.BACK if not digits else Missed()
    bare = keys.rstrip("#")
    if not (bare.isascii() and bare.isdigit()):
        return Missed(silent=not keys)
    if digits and len(bare) != digits and len(bare) != LENGTH + PIN_LENGTH:
        return Missed()
    return digits_meant([bare]) or Missed()


def _named_digits(text: str) -> str:
    """The digits that a text names, when it names nothing else."""
    written = _SPOKEN.sub(lambda found: _DIGITS_SAID[found[0].lower()], text)
    runs = only_digits(written)
    return "".join(runs) if runs else ""
