"""Resident identity numbers 公民身份号码, read as GB 11643 has them, those of old people too."""

from __future__ import annotations

import re
from datetime import date
from functools import cache, lru_cache

from stdnum import numdb
from stdnum.cn import ric

from core.local_time import now

LIKE_RESIDENT_ID = re.compile(r"[0-9]{17}[0-9X]")


def is_resident_id(number: str) -> bool:
    """GB 11643: a place, a day of birth and a check digit.

    Of the place only the province is asked. `ric.is_valid` wants a county that existed when the person was born, but
    numbers were first given out in the 1980s, with the codes of that time: it refuses most who are older than their
    county's code.
    """
    if not LIKE_RESIDENT_ID.fullmatch(number) or ric.calc_check_digit(number) != number[-1]:
        return False
    return _is_province(number[:2]) and _is_day(number[6:14])


@cache
def _is_province(place: str) -> bool:
    return any("province" in found for _, found in numdb.get("cn/loc").info(place))


@lru_cache(maxsize=65_536)
def _is_day(digits: str) -> bool:
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:])) <= now().date()
    except ValueError:
        return False
