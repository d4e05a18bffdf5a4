"""The centre's working time: its calendar and office hours, kept in the database and edited there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time

from tortoise.backends.base.client import BaseDBAsyncClient

from core.calendar import WorkCalendar
from core.database import Database, reading, transaction
from core.holidays import published_years
from core.legal_clock import USUAL_HOURS, OfficeHours
from core.models import CalendarDay, CalendarYear, OfficePeriod
from core.revisions import CALENDAR, Kept, raise_revision
from core.staff.trail import note


@dataclass(frozen=True, slots=True)
class WorkingTime:
    """Which days are worked, and when on them."""

    calendar: WorkCalendar
    office_hours: OfficeHours


class Centre:
    """Reads the working time, and publishes calendars of years."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._kept = Kept(database, CALENDAR, _read)

    async def working_time(self) -> WorkingTime:
        return await self._kept.get()

    async def publish_year(self, year: int, days: Mapping[date, bool], source: str, by: str = "") -> None:
        """Make a year's calendar known: `days` that differ from Monday to Friday, with whether they are worked.

        Due dates that were provisional are recomputed by `Cases.reschedule`.
        """
        async with transaction() as connection:
            await self._write_year(connection, year, days, source)
            if by:
                await note(connection, by, "calendar published", str(year), {"source": source, "days": len(days)})
            await raise_revision(connection, CALENDAR, postgres=self._database.is_postgres)
        await self._kept.refresh()

    async def set_office_hours(self, hours: OfficeHours, by: str) -> None:
        """The periods of every working day from now on."""
        async with transaction() as connection:
            await OfficePeriod.all().using_db(connection).delete()
            for opens, closes in hours.periods:
                await OfficePeriod.create(using_db=connection, opens=f"{opens:%H:%M}", closes=f"{closes:%H:%M}")
            await note(connection, by, "office hours set", "office hours", {"periods": len(hours.periods)})
            await raise_revision(connection, CALENDAR, postgres=self._database.is_postgres)
        await self._kept.refresh()

    async def publish_known_years(self) -> list[int]:
        """Publish every year that the calendar library knows and the database doesn't; the years that were new."""
        present = await _years()
        new = {year: days for year, days in published_years().items() if year not in present}
        if new:
            async with transaction() as connection:
                for year, days in new.items():
                    await self._write_year(connection, year, days, "chinesecalendar")
                await raise_revision(connection, CALENDAR, postgres=self._database.is_postgres)
            await self._kept.refresh()
        return sorted(new)

    async def close(self) -> None:
        await self._kept.close()

    async def _write_year(
        self, connection: BaseDBAsyncClient, year: int, days: Mapping[date, bool], source: str
    ) -> None:
        first, last = date(year, 1, 1), date(year, 12, 31)
        if outside := [day for day in days if not first <= day <= last]:
            raise ValueError(f"{outside[0]} is not in {year}")
        await CalendarDay.filter(day__gte=first, day__lte=last).using_db(connection).delete()
        rows = [CalendarDay(day=day, is_workday=worked) for day, worked in sorted(days.items())]
        await CalendarDay.bulk_create(rows, using_db=connection)
        await CalendarYear.update_or_create(using_db=connection, defaults={"source": source}, year=year)


@reading
async def _years() -> frozenset[int]:
    return frozenset(row.year for row in await CalendarYear.all())


@reading
async def _read() -> WorkingTime:
    years = await _years()
    days = dict(await CalendarDay.all().values_list("day", "is_workday"))
    periods = await OfficePeriod.all().order_by("opens").values_list("opens", "closes")
    hours = tuple((time.fromisoformat(opens), time.fromisoformat(closes)) for opens, closes in periods)
    return WorkingTime(WorkCalendar(years, days), OfficeHours(hours) if hours else USUAL_HOURS)
