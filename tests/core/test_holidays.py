"""The library's years arrive whole, and 2026 is as the State Council announced it."""

from __future__ import annotations

from datetime import date

import pytest

from core.calendar import WorkCalendar
from core.holidays import FIRST_YEAR, published_years

YEARS = published_years()


@pytest.fixture(scope="module")
def calendar() -> WorkCalendar:
    days = {day: worked for exceptions in YEARS.values() for day, worked in exceptions.items()}
    return WorkCalendar(frozenset(YEARS), days)


def test_the_years_run_without_a_gap_from_2004_to_at_least_2026() -> None:
    assert list(YEARS) == list(range(FIRST_YEAR, max(YEARS) + 1))
    assert max(YEARS) >= 2026


def test_every_exception_lies_in_its_year_and_differs_from_monday_to_friday() -> None:
    for year, exceptions in YEARS.items():
        assert all(day.year == year and worked == (day.weekday() >= 5) for day, worked in exceptions.items())


@pytest.mark.parametrize("month, day", [(1, 4), (2, 14), (2, 28), (5, 9), (9, 20), (10, 10)])
def test_the_swap_workdays_of_2026_are_worked(calendar: WorkCalendar, month: int, day: int) -> None:
    assert date(2026, month, day).weekday() >= 5
    assert calendar.is_workday(date(2026, month, day))


def test_2026_has_no_other_swap_workday() -> None:
    assert sum(YEARS[2026].values()) == 6


@pytest.mark.parametrize(
    "holiday, first, last",
    [
        ("元旦", date(2026, 1, 1), date(2026, 1, 3)),
        ("春节", date(2026, 2, 15), date(2026, 2, 23)),
        ("清明节", date(2026, 4, 4), date(2026, 4, 6)),
        ("劳动节", date(2026, 5, 1), date(2026, 5, 5)),
        ("端午节", date(2026, 6, 19), date(2026, 6, 21)),
        ("中秋节", date(2026, 9, 25), date(2026, 9, 27)),
        ("国庆节", date(2026, 10, 1), date(2026, 10, 7)),
    ],
)
def test_the_holidays_of_2026_are_off(calendar: WorkCalendar, holiday: str, first: date, last: date) -> None:
    days = [date.fromordinal(n) for n in range(first.toordinal(), last.toordinal() + 1)]
    assert not any(map(calendar.is_workday, days)), holiday


def test_2025_and_2026_have_248_working_days_each(calendar: WorkCalendar) -> None:
    assert calendar.workdays_between(date(2024, 12, 31), date(2025, 12, 31)) == 248
    assert calendar.workdays_between(date(2025, 12, 31), date(2026, 12, 31)) == 248
