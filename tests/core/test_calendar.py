"""Working days are counted as a person with a wall calendar would count them, only faster."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.calendar import FIXED_HOLIDAYS, WorkCalendar

SPRING_2026 = WorkCalendar(
    frozenset({2026}),
    {date(2026, 2, 14): True, date(2026, 2, 28): True}
    | {date(2026, 2, day): False for day in (16, 17, 18, 19, 20, 23)},
)
A_DAY = timedelta(days=1)

days = st.dates(date(2024, 1, 1), date(2030, 12, 31))
calendars = st.builds(
    lambda years, exceptions: WorkCalendar(years, {day: on for day, on in exceptions.items() if day.year in years}),
    st.frozensets(st.integers(2024, 2030)),
    st.dictionaries(days, st.booleans(), max_size=60),
)
unhurried = settings(deadline=None)


@pytest.mark.parametrize(
    "day, worked, why",
    [
        (date(2026, 2, 13), True, "a Friday"),
        (date(2026, 2, 14), True, "a Saturday swapped in"),
        (date(2026, 2, 15), False, "a Sunday"),
        (date(2026, 2, 16), False, "a Monday off"),
        (date(2026, 5, 1), True, "a published year has only the holidays it names"),
        (date(2027, 1, 1), False, "New Year in a year not published"),
        (date(2027, 1, 4), True, "a Monday in a year not published"),
        (date(2027, 2, 8), True, "a Spring Festival nobody has announced yet"),
        (date(2028, 5, 1), False, "Labour Day, a Monday, in a year not published"),
        (date(2028, 5, 2), False, "the day after it, off since 2025"),
        (date(2027, 10, 1), False, "National Day in a year not published"),
        (date(2027, 10, 4), True, "the fourth of October, not fixed by law"),
    ],
)
def test_is_workday(day: date, worked: bool, why: str) -> None:
    assert SPRING_2026.is_workday(day) is worked, why


def test_a_year_is_published_by_its_number_or_any_of_its_days() -> None:
    assert SPRING_2026.is_published(2026)
    assert SPRING_2026.is_published(date(2026, 12, 31))
    assert not SPRING_2026.is_published(2027)
    assert not SPRING_2026.is_published(date(2027, 1, 1))


@pytest.mark.parametrize(
    "day, expected",
    [
        (date(2026, 2, 14), date(2026, 2, 14)),
        (date(2026, 2, 15), date(2026, 2, 24)),
        (date(2026, 12, 31), date(2026, 12, 31)),
        (date(2027, 1, 1), date(2027, 1, 4)),
        (date(2028, 12, 31), date(2029, 1, 2)),
    ],
)
def test_next_workday(day: date, expected: date) -> None:
    assert SPRING_2026.next_workday(day) == expected


@pytest.mark.parametrize(
    "day, n, expected",
    [
        (date(2026, 2, 15), 0, date(2026, 2, 15)),
        (date(2026, 2, 13), 1, date(2026, 2, 14)),
        (date(2026, 2, 13), 2, date(2026, 2, 24)),
        (date(2026, 2, 15), 1, date(2026, 2, 24)),
        (date(2026, 12, 30), 2, date(2027, 1, 4)),
        (date(2026, 12, 31), 259 + 256, date(2028, 12, 29)),
    ],
)
def test_add_workdays(day: date, n: int, expected: date) -> None:
    assert SPRING_2026.add_workdays(day, n) == expected


@pytest.mark.parametrize(
    "a, b, expected",
    [
        (date(2026, 2, 13), date(2026, 2, 13), 0),
        (date(2026, 2, 13), date(2026, 2, 24), 2),
        (date(2026, 2, 24), date(2026, 2, 13), -2),
        (date(2026, 2, 14), date(2026, 2, 23), 0),
        (date(2026, 12, 31), date(2028, 12, 31), 259 + 256),
    ],
)
def test_workdays_between(a: date, b: date, expected: int) -> None:
    assert SPRING_2026.workdays_between(a, b) == expected


def test_a_negative_number_of_working_days_is_refused() -> None:
    with pytest.raises(ValueError, match="-1"):
        SPRING_2026.add_workdays(date(2026, 2, 13), -1)


def test_counting_past_the_last_year_overflows() -> None:
    with pytest.raises(OverflowError, match="10000"):
        SPRING_2026.add_workdays(date(9999, 12, 1), 40)


def test_a_datetime_is_not_taken_for_a_day() -> None:
    with pytest.raises(TypeError):
        SPRING_2026.is_workday(datetime(2026, 2, 14, 9))  # noqa: DTZ001 - any datetime is refused


def test_exceptions_wait_until_their_year_is_published() -> None:
    drafted = {date(2027, 2, 8): False}
    assert WorkCalendar(frozenset(), drafted).is_workday(date(2027, 2, 8))
    assert not WorkCalendar(frozenset({2027}), drafted).is_workday(date(2027, 2, 8))


def test_it_is_a_value_that_no_one_can_change_from_outside() -> None:
    exceptions = {date(2026, 2, 14): True}
    calendar = WorkCalendar(frozenset({2026}), exceptions)
    same = WorkCalendar(frozenset({2026}), dict(exceptions))
    exceptions.clear()
    assert calendar.is_workday(date(2026, 2, 14))
    assert calendar == same
    assert hash(calendar) == hash(same)


@unhurried
@given(calendars, days)
def test_is_workday_follows_the_rule_of_its_year(calendar: WorkCalendar, day: date) -> None:
    monday_to_friday = day.weekday() < 5
    by_notice = calendar.exceptions.get(day, monday_to_friday)
    by_law = monday_to_friday and (day.month, day.day) not in FIXED_HOLIDAYS
    assert calendar.is_workday(day) is (by_notice if calendar.is_published(day) else by_law)


@unhurried
@given(calendars, days, st.integers(0, 400))
def test_add_workdays_counts_like_a_walk_through_the_days(calendar: WorkCalendar, day: date, n: int) -> None:
    walked, counted = day, 0
    while counted < n:
        walked += A_DAY
        counted += calendar.is_workday(walked)
    assert calendar.add_workdays(day, n) == walked


@unhurried
@given(calendars, days, days)
def test_workdays_between_counts_like_a_walk_through_the_days(calendar: WorkCalendar, a: date, b: date) -> None:
    low, high = sorted((a, b))
    walked = sum(calendar.is_workday(date.fromordinal(n)) for n in range(low.toordinal() + 1, high.toordinal() + 1))
    assert calendar.workdays_between(a, b) == (walked if a <= b else -walked)


@unhurried
@given(calendars, days, st.integers(0, 400))
def test_workdays_between_undoes_add_workdays(calendar: WorkCalendar, day: date, n: int) -> None:
    assert calendar.workdays_between(day, calendar.add_workdays(day, n)) == n


@unhurried
@given(calendars, days, st.integers(0, 60), st.integers(0, 400))
def test_a_later_start_or_more_days_never_end_earlier(calendar: WorkCalendar, day: date, later: int, n: int) -> None:
    end = calendar.add_workdays(day, n)
    assert calendar.add_workdays(day, n + 1) > end
    assert calendar.add_workdays(day + timedelta(days=later), n) >= end


@unhurried
@given(calendars, days)
def test_next_workday_is_the_first_worked_day_from_here(calendar: WorkCalendar, day: date) -> None:
    found = calendar.next_workday(day)
    assert calendar.is_workday(found)
    assert not any(calendar.is_workday(date.fromordinal(n)) for n in range(day.toordinal(), found.toordinal()))
