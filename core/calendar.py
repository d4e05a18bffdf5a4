"""Which days are worked, so that a due day can be counted for a million cases without walking through days."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import MAXYEAR, date, timedelta
from types import MappingProxyType

SATURDAY = 5

# 全国年节及纪念日放假办法, as revised by 国务院令第795号, in force from 2025-01-01: New Year, Labour Day and National
# Day, which the solar calendar fixes. The lunar ones and 清明 wait for the year's notice of the State Council.
FIXED_HOLIDAYS = frozenset({(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)})


@dataclass(frozen=True)
class WorkCalendar:
    """Working days of the published years, and the best guess for all others.

    `published` are the years whose calendar is known; `exceptions` says for a date whether it is worked, where that
    differs from Monday to Friday. Exceptions in a year that isn't published don't count yet: such a year is Monday to
    Friday less `FIXED_HOLIDAYS`. Days are plain dates: a datetime raises TypeError. Beyond 9999 is OverflowError.
    """

    published: frozenset[int] = frozenset()
    exceptions: Mapping[date, bool] = field(default_factory=dict, hash=False)
    _tables: dict[int, tuple[date, ...]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "exceptions", MappingProxyType(dict(self.exceptions)))

    def is_published(self, day_or_year: date | int) -> bool:
        """Whether the calendar of the year, or of the day's year, is known."""
        year = day_or_year if isinstance(day_or_year, int) else day_or_year.year
        return year in self.published

    def is_workday(self, day: date) -> bool:
        """Whether the day is worked, swap workdays (调休) and holidays reckoned in."""
        return self.next_workday(day) == day

    def next_workday(self, day: date) -> date:
        """The day itself when it is worked, else the first one after it that is."""
        table = self._worked(day.year)
        at = bisect_left(table, day)
        return table[at] if at < len(table) else self._worked(day.year + 1)[0]

    def add_workdays(self, day: date, n: int) -> date:
        """The n-th working day after `day`; with n = 0 the day itself, worked or not; n < 0 raises ValueError."""
        if n < 0:
            raise ValueError(f"can't count {n} working days")
        if n == 0:
            return day
        year, table = day.year, self._worked(day.year)
        at = bisect_right(table, day) + n - 1
        while at >= len(table):
            at -= len(table)
            year, table = year + 1, self._worked(year + 1)
        return table[at]

    def workdays_between(self, a: date, b: date) -> int:
        """Working days in (a, b]: after `a`, up to and including `b`; minus those in (b, a] when `b` is earlier."""
        if b < a:
            return -self.workdays_between(b, a)
        whole_years = sum(len(self._worked(year)) for year in range(a.year, b.year))
        return whole_years + bisect_right(self._worked(b.year), b) - bisect_right(self._worked(a.year), a)

    def _worked(self, year: int) -> tuple[date, ...]:
        table = self._tables.get(year)
        if table is None:
            table = self._tables[year] = self._list_worked(year)
        return table

    def _list_worked(self, year: int) -> tuple[date, ...]:
        if year > MAXYEAR:
            raise OverflowError(f"no calendar reaches the year {year}")
        first = date(year, 1, 1)
        length = (date(year, 12, 31) - first).days + 1
        days = (first + timedelta(days=n) for n in range(length))
        return tuple(filter(self._by_exception if self.is_published(year) else _by_weekday_and_law, days))

    def _by_exception(self, day: date) -> bool:
        return self.exceptions.get(day, day.weekday() < SATURDAY)


def _by_weekday_and_law(day: date) -> bool:
    return day.weekday() < SATURDAY and (day.month, day.day) not in FIXED_HOLIDAYS
