"""Quiet hours put off what can wait, and never by more than they last."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.calendar import WorkCalendar
from core.local_time import ZONE
from core.notify.quiet import Quiet

NIGHT = Quiet()
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)).map(lambda at: at.replace(tzinfo=ZONE))  # noqa: DTZ001
CLOCKS = st.times().map(lambda clock: clock.replace(tzinfo=None, microsecond=0))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


@pytest.mark.parametrize(
    ("moment", "until"),
    [
        ("2026-11-24 20:59:59", None),
        ("2026-11-24 21:00", "2026-11-25 08:00"),
        ("2026-11-25 02:30", "2026-11-25 08:00"),
        ("2026-11-25 07:59:59", "2026-11-25 08:00"),
        ("2026-11-25 08:00", None),
        ("2026-12-31 23:00", "2027-01-01 08:00"),
    ],
)
def test_the_night_lasts_from_nine_to_eight(moment: str, until: str | None) -> None:
    assert NIGHT.until(at(moment)) == (at(until) if until else None)


def test_days_off_are_quiet_by_setting_until_the_centre_works_again() -> None:
    golden_week = {date(2026, 10, n): False for n in range(1, 8)} | {date(2026, 10, 10): True}
    calendar = WorkCalendar(frozenset({2026}), golden_week)
    quiet = Quiet(holidays=True)
    assert quiet.until(at("2026-10-01 10:00"), calendar) == at("2026-10-08 08:00")
    assert quiet.until(at("2026-09-30 22:00"), calendar) == at("2026-10-08 08:00")
    assert quiet.until(at("2026-10-10 10:00"), calendar) is None
    assert NIGHT.until(at("2026-10-01 10:00"), calendar) is None


@given(MOMENTS, CLOCKS, CLOCKS)
def test_it_ends_within_a_day_and_then_is_over(moment: datetime, begins: time, ends: time) -> None:
    quiet = Quiet(begins, ends)
    until = quiet.until(moment)
    if until is not None:
        assert moment < until <= moment + timedelta(days=1)
        assert quiet.until(until) is None
    if begins == ends:
        assert until is None
