"""What the State Council has published about holidays, taken from the one library that knows it."""

from __future__ import annotations

from datetime import date
from itertools import count, takewhile

from chinese_calendar import holidays, workdays

from core.calendar import SATURDAY

FIRST_YEAR = 2004


def published_years() -> dict[int, dict[date, bool]]:
    """For each year that the library covers in full, the dates that differ from Monday to Friday: is it worked?

    From `FIRST_YEAR` without a gap to the library's last year; the keys are what `WorkCalendar` calls published.
    Source: the yearly 国务院办公厅关于部分节假日安排的通知, as `chinesecalendar` has them.
    """
    return {year: _exceptions(year) for year in takewhile(_is_covered, count(FIRST_YEAR))}


def _is_covered(year: int) -> bool:
    # The library's own functions raise outside its years, yet take a year as covered from its first known day on. A
    # year that has both its first and its last holiday is whole.
    return date(year, 1, 1) in holidays and date(year, 10, 1) in holidays


def _exceptions(year: int) -> dict[date, bool]:
    off = {day: False for day in holidays if day.year == year and day.weekday() < SATURDAY}
    swapped = {day: True for day in workdays if day.year == year and day.weekday() >= SATURDAY}
    return dict(sorted((off | swapped).items()))
