"""Query numbers 查询号: short enough for a phone's keypad, with a check digit that catches a slip at once.

Twelve digits: the day as YYMMDD, a serial of five, and a check digit by ISO/IEC 7064 MOD 11,10.
"""

from __future__ import annotations

import unicodedata
from datetime import date

from stdnum.iso7064 import mod_11_10

LENGTH = 12
PIN_LENGTH = 6
SERIALS_A_DAY = 99_999
# Each number that anybody sends is checked several times on its way, so all steps are worked out once: the check of
# some digits, and one digit more, make `_NEXT[check][digit]`. Source: ISO/IEC 7064, hybrid system MOD 11,10.
_BEGUN, _RIGHT = 5, 1
_NEXT = [{str(digit): ((check or 10) * 2 % 11 + digit) % 10 for digit in range(10)} for check in range(10)]


def query_number(day: date, serial: int) -> str:
    """The query number of the `serial`-th case of a day. Raises ValueError beyond 99,999 a day."""
    if not 1 <= serial <= SERIALS_A_DAY:
        raise ValueError(f"serial {serial} of {day} is not between 1 and {SERIALS_A_DAY}")
    body = f"{day:%y%m%d}{serial:05d}"
    return body + str(mod_11_10.calc_check_digit(body))


def is_query_number(digits: str) -> bool:
    """Whether these are twelve ASCII digits with the right check digit."""
    return len(digits) == LENGTH and digits.isascii() and digits.isdigit() and _is_checked(digits)


def _is_checked(digits: str) -> bool:
    check = _BEGUN
    for digit in digits:
        check = _NEXT[check][digit]
    return check == _RIGHT


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
