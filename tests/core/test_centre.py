"""The centre's working time, as it stands in the database."""

from __future__ import annotations

import asyncio
from datetime import date, datetime, time

import pytest

from core import revisions
from core.centre import Centre
from core.database import Database, transaction
from core.legal_clock import USUAL_HOURS, Limit, OfficeHours, Unit, due
from core.local_time import ZONE
from core.models import CalendarYear, OfficePeriod
from core.revisions import CALENDAR, raise_revision

SUMMER = OfficeHours(((time(8), time(12)), (time(15), time(18))))


async def set_hours(database: Database, *periods: tuple[str, str]) -> None:
    async with transaction() as connection:
        await OfficePeriod.all().using_db(connection).delete()
        rows = [OfficePeriod(opens=opens, closes=closes) for opens, closes in periods]
        await OfficePeriod.bulk_create(rows, using_db=connection)
        await raise_revision(connection, CALENDAR, postgres=database.is_postgres)


async def test_usual_hours_until_the_centre_has_its_own(database: Database, centre: Centre) -> None:
    assert (await centre.working_time()).office_hours == USUAL_HOURS
    await set_hours(database, ("15:00", "18:00"), ("08:00", "12:00"))
    elsewhere = Centre(database)
    assert (await elsewhere.working_time()).office_hours == SUMMER
    await elsewhere.close()


async def test_changed_hours_reach_a_centre_that_was_asked_before(
    database: Database, centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(revisions, "LOOK_AGAIN_S", 0)
    await centre.working_time()
    await set_hours(database, ("08:00", "12:00"), ("15:00", "18:00"))
    for _ in range(1000):
        if (await centre.working_time()).office_hours == SUMMER:
            return
        await asyncio.sleep(0.01)
    pytest.fail("the hours never changed")


async def test_a_limit_in_hours_runs_in_the_centres_own_hours(database: Database, centre: Centre) -> None:
    await set_hours(database, ("08:00", "12:00"), ("15:00", "18:00"))
    working = await centre.working_time()
    end = due(
        Limit(2, Unit.HOURS),
        datetime(2026, 11, 24, 11, 30, tzinfo=ZONE),
        calendar=working.calendar,
        office_hours=working.office_hours,
    )
    assert end.at == datetime(2026, 11, 24, 16, 30, tzinfo=ZONE)


async def test_a_published_year_counts_at_once_and_holds_only_its_own_days(database: Database, centre: Centre) -> None:
    assert not (await centre.working_time()).calendar.is_published(2031)
    await centre.publish_year(2031, {date(2031, 1, 1): False, date(2031, 1, 4): True}, "国办发明电")
    calendar = (await centre.working_time()).calendar
    assert not calendar.is_workday(date(2031, 1, 1))
    assert calendar.is_workday(date(2031, 1, 4))
    await centre.publish_year(2031, {date(2031, 1, 1): False}, "更正")
    assert not (await centre.working_time()).calendar.is_workday(date(2031, 1, 4))
    assert (await CalendarYear.get(year=2031)).source == "更正"
    with pytest.raises(ValueError, match="2032-01-01"):
        await centre.publish_year(2031, {date(2032, 1, 1): False}, "笔误")
    assert (await CalendarYear.get(year=2031)).source == "更正"
