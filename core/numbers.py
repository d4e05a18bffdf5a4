"""Query numbers 查询号: short enough for a phone's keypad, with a check digit that catches a slip at once.

Twelve digits: the day as YYMMDD, a serial of five, and a check digit by ISO/IEC 7064 MOD 11,10.
"""

from __future__ import annotations

import unicodedata
from datetime import date
from itertools import product

from stdnum.iso7064 import mod_11_10

LENGTH = 12
PIN_LENGTH = 6
SERIALS_A_DAY = 99_999


def query_number(day: date, serial: int) -> str:
    """The query number of the `serial`-th case of a day. Raises ValueError beyond 99,999 a day."""
    if not 1 <= serial <= SERIALS_A_DAY:
        raise ValueError(f"serial {serial} of {day} is not between 1 and {SERIALS_A_DAY}")
    body = f"{day:%y%m%d}{serial:05d}"
    return body + str(mod_11_10.calc_check_digit(body))


def _next(check: int, digit: int) -> int:
    """The check of some digits and one more. Source: ISO/IEC 7064, hybrid system MOD 11,10."""
    return ((check or 10) * 2 % 11 + digit) % 10


# Each number that anybody sends is checked several times on its way, so the steps are worked out once, three digits at
# a time: the check of some digits, and three more, make `_THREE[digits][check]` (bytes are the smallest table).
_BEGUN, _RIGHT = 5, 1
_PARTS = tuple(slice(at, at + 3) for at in range(0, LENGTH, 3))
_THREE = {
    f"{first}{second}{third}": bytes(_next(_next(_next(check, first), second), third) for check in range(10))
    for first, second, third in product(range(10), repeat=3)
}


def is_query_number(digits: str) -> bool:
    """Whether these are twelve ASCII digits with the right check digit."""
    check = _BEGUN
    try:
        for part in _PARTS:
            check = _THREE[digits[part]][check]
    except KeyError:
        return False  # something else than digits, or too few of them
    return check == _RIGHT and len(digits) == LENGTH  # and not too many


def is_pin(digits: str) -> bool:
    return len(digits) == PIN_LENGTH and digits.isascii() and digits.isdigit()


def plain_digits(typed: str) -> str:
    """What was typed, full-width digits made plain, spaces, dots and hyphens taken out; other characters stay."""
    if typed.isascii() and typed.isdigit():
        return typed
    return "".join(c for c in unicodedata.normalize("NFKC", typed) if not c.isspace() and c not in "-‐‑‒–—−.·")


def grouped(number: str) -> str:
    """A query number in groups of four, as people read it aloud: 2611 2300 0018."""
    return " ".join(number[i : i + 4] for i in range(0, len(number), 4))
