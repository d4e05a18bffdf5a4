"""Editing the calendar and the office hours: what is saved counts at once for every due date that hangs on it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, time

from core.cases import Cases
from core.centre import Centre
from core.database import reading
from core.errors import BadRequest
from core.models import CalendarDay, CalendarYear
from core.new_case import Actor
from core.office_hours import OfficeHours

_PERIOD = re.compile(r"(\d{1,2}):(\d{2})\s*[-–—~至]\s*(\d{1,2}):(\d{2})")
_WORKED = {"班": True, "休": False, "work": True, "off": False}
MOST_LINES = 100


@dataclass(frozen=True, slots=True)
class YearView:
    """A year as its editor sees it: a line for each day that differs from Monday to Friday."""

    year: int
    published: bool
    source: str
    lines: str


class WorkingTimes:
    def __init__(self, centre: Centre, cases: Cases) -> None:
        self._centre, self._cases = centre, cases

    @reading
    async def years(self) -> list[int]:
        return [row.year for row in await CalendarYear.all().order_by("year")]

    @reading
    async def year(self, year: int) -> YearView:
        row = await CalendarYear.get_or_none(year=year)
        days = await CalendarDay.filter(day__gte=date(year, 1, 1), day__lte=date(year, 12, 31)).order_by("day")
        lines = "\n".join(f"{each.day} {'班' if each.is_workday else '休'}" for each in days)
        return YearView(year, row is not None, row.source if row else "", lines)

    async def publish(self, year: int, lines: str, source: str, actor: Actor, login: str) -> int:
        """Make a year's calendar known; how many due dates moved. A line is `2027-02-17 休` or `2027-02-07 班`.

        Raises BadRequest for a line that can't be read, and without a source.
        """
        if not source.strip():
            raise BadRequest("the notice that fixes the calendar is needed as its source", key="no_source")
        await self._centre.publish_year(year, _days(year, lines), source.strip()[:100], by=login)
        return await self._cases.reschedule(actor)

    async def office_hours(self) -> str:
        """The periods of a day, one a line."""
        hours = (await self._centre.working_time()).office_hours
        return "\n".join(f"{opens:%H:%M}-{closes:%H:%M}" for opens, closes in hours.periods)

    async def set_office_hours(self, lines: str, login: str) -> None:
        """Raises BadRequest for periods that can't be read, are out of order, or overlap."""
        await self._centre.set_office_hours(_hours(lines), by=login)


def _days(year: int, lines: str) -> dict[date, bool]:
    found: dict[date, bool] = {}
    wanted = [line.split() for line in lines.splitlines() if line.strip()]
    if len(wanted) > MOST_LINES:
        raise BadRequest(f"a year differs on at most {MOST_LINES} days")
    for parts in wanted:
        try:
            day, worked = date.fromisoformat(parts[0]), _WORKED[parts[1].casefold()]
        except (ValueError, KeyError, IndexError):
            raise BadRequest(
                f"{' '.join(parts)[:40]}: write a day as 2027-02-17 休, or 2027-02-07 班",
                key="bad_day_line",
                line=" ".join(parts)[:40],
            ) from None
        if day.year != year or day in found:
            raise BadRequest(f"{day} is not in {year}, or there twice", key="day_not_in_year", day=day, year=year)
        found[day] = worked
    return found


def _hours(lines: str) -> OfficeHours:
    try:
        return OfficeHours(tuple(_period(line) for line in lines.splitlines() if line.strip()))
    except ValueError as error:
        raise BadRequest(f"office hours are written as 08:30-12:00, in order: {error}", key="bad_hours") from error


def _period(line: str) -> tuple[time, time]:
    match = _PERIOD.fullmatch(line.strip())
    if match is None:
        raise ValueError(line[:40])
    a, b, c, d = map(int, match.groups())
    return time(a, b), time(c, d)
