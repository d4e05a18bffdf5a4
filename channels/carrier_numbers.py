"""Telephone numbers as carriers write them, whose gateways differ in what may stand in front of one."""

from __future__ import annotations

from typing import Literal

from core.notify.addresses import telephone

NumberStyle = Literal["plus", "international", "national"]
"""plus: +8613800005678, international: 8613800005678, national: 13800005678, and 0 in front of an area code."""

_CHINA = "+86"


def to_carrier(number: str, style: NumberStyle) -> str:
    """A number such as +8613800005678 as the carrier wants it; one of another country is national with 00 in front."""
    if style == "plus" or not number.startswith("+"):
        return number
    if style == "international":
        return number[1:]
    if not number.startswith(_CHINA):
        return f"00{number[1:]}"
    own = number.removeprefix(_CHINA)
    return own if own.startswith("1") and len(own) == 11 else f"0{own}"


def from_carrier(digits: str) -> str:
    """A number as it came, in full form: +8613800005678; what is none, such as 10086, stays as it is."""
    whole = f"+{digits}" if digits.startswith("86") else digits
    return telephone(whole) or digits
