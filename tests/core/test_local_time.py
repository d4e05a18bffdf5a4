"""The time of the house: whatever zone a moment was told in, it is kept in one, and read as the same moment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as some

from core.local_time import ZONE, for_sqlite, kept, moment

ZONES = some.sampled_from([UTC, ZONE, timezone(timedelta(hours=14)), timezone(timedelta(hours=-12))])
# Until 1991 China had summer time, in which an hour comes twice.
_FIRST, _LAST = datetime.fromisoformat("1992-01-01"), datetime.fromisoformat("2300-01-01")
MOMENTS = some.datetimes(_FIRST, _LAST, timezones=ZONES)


@given(MOMENTS, MOMENTS)
def test_texts_of_sqlite_are_in_the_order_of_the_moments(one, other):
    assert (for_sqlite(one) < for_sqlite(other)) is (one < other)


@given(MOMENTS)
def test_what_sqlite_keeps_is_the_same_moment(at):
    assert kept(for_sqlite(at)) == at


def test_a_moment_without_a_zone_is_meant_here():
    assert for_sqlite(datetime.fromisoformat("2026-11-23T09:00")) == "2026-11-23 09:00:00+08:00"
    assert moment("2026-11-23T09:00") == datetime(2026, 11, 23, 9, tzinfo=ZONE)
    assert moment("2026-11-23") == datetime(2026, 11, 23, 23, 59, 59, tzinfo=ZONE)


@pytest.mark.parametrize("text", ["", "x", "2026", "2026-13-01"])
def test_what_is_no_moment_is_refused(text):
    with pytest.raises(ValueError):
        moment(text)
