"""When a case is due by law, so that every channel names the same day and supervision rests on a rule."""

from __future__ import annotations

import operator
from calendar import monthrange
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import MAXYEAR, UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum

from core.calendar import WorkCalendar
from core.codes import TaskType
from core.office_hours import USUAL_HOURS, OfficeHours, OfficeTime
from core.pauses import Pause, merge, paused_days, stretch, time_between

__all__ = [
    "CORRECTION_NOTICE",
    "DELIVERY",
    "JOINT_EXTENSION",
    "JOINT_LIMIT",
    "PERMIT_EXTENSION",
    "PERMIT_LIMIT",
    "USUAL_HOURS",
    "Due",
    "Limit",
    "OfficeHours",
    "Pause",
    "Unit",
    "due",
    "left",
    "statutory",
]

MONTHS_A_YEAR = 12
LAST_SECOND = time(23, 59, 59)
LONGEST = 36_500


class Unit(StrEnum):
    """Units of a time limit, by their codes in GB/T 39046-2020 (法定办结时限单位)."""

    WORKING_DAYS = "1"
    NATURAL_DAYS = "2"
    HOURS = "3"
    MONTHS = "4"
    YEARS = "5"


@dataclass(frozen=True)
class Limit:
    """A time limit as an item states it; an amount below 0 or above `LONGEST` is a slip and raises ValueError."""

    amount: int
    unit: Unit

    def __post_init__(self) -> None:
        if not 0 <= self.amount <= LONGEST:
            raise ValueError(f"a time limit of {self.amount} can't be meant")


@dataclass(frozen=True)
class Due:
    """The last moment in time, in the zone of the start; provisional (暂定) until the year's calendar is published."""

    at: datetime
    provisional: bool


# 行政许可法 art. 42 para. 1: decision within 20 days of acceptance, extended once by 10.
PERMIT_LIMIT = Limit(20, Unit.WORKING_DAYS)
PERMIT_EXTENSION = 10
# Art. 42 para. 2: unified, joint or central handling within 45 days, extended once by 15.
JOINT_LIMIT = Limit(45, Unit.WORKING_DAYS)
JOINT_EXTENSION = 15
# Art. 32 (4): the one complete list of what is missing, within 5 days.
CORRECTION_NOTICE = 5
# Art. 44: delivery within 10 days of the decision.
DELIVERY = 10


def statutory(task_type: str, limit: Limit | None) -> Limit | None:
    """The limit that binds a case of this type (事项类型): the item's own, else for a permit `PERMIT_LIMIT`.

    A permit's own limit stands, shorter or longer: 行政许可法 art. 42 yields to what laws and regulations set, and
    whether they do is for who publishes the item to see to. Other types without a limit of their own have none.
    """
    return PERMIT_LIMIT if limit is None and task_type == TaskType.PERMIT else limit


def due(
    limit: Limit,
    start: datetime,
    calendar: WorkCalendar,
    *,
    pauses: Iterable[Pause] = (),
    extra_workdays: int = 0,
    office_hours: OfficeHours = USUAL_HOURS,
    natural_hours: bool = False,
) -> Due:
    """When a limit that began at `start` ends; the zone of `start` says whose days count, so pass local time.

    The day of the start is not counted (行政许可法 art. 82: days are working days, holidays excluded). A limit in days,
    months or years ends with the last second of a working day; hours end at the very moment, in office hours unless
    `natural_hours`. A closed pause stops the clock on the days (date of start, date of end], for hours in between.
    `extra_workdays` (延期) come after all else, paused days left out there too; hours keep their time of day.

    Provisional when the outcome hangs on a year that isn't published: working days and office hours on every year from
    start to due, the others only on where their last day may move to, natural hours on none.
    Raises ValueError for a naive start, an open pause or a negative extension, OverflowError beyond the year 9999.
    """
    spans = merge(pauses, _zone(start))
    if limit.unit is Unit.HOURS:
        at, since = _end_hours(limit, start, spans, None if natural_hours else OfficeTime(calendar, office_hours))
    else:
        day, since = _end_days(limit, start.date(), paused_days(spans), calendar)
        at = datetime.combine(day, LAST_SECOND, start.tzinfo)
    if extra_workdays:
        since = since or at.date()
        at = _extend(at, extra_workdays, paused_days(spans), calendar)
    return Due(at, since is not None and not _is_known(since, at.date(), calendar))


def left(due: Due, now: datetime, calendar: WorkCalendar, unit: Unit) -> int:
    """Days left after today: working days for a limit in working days, natural days for all others.

    0 throughout the due day (`now > due.at` tells whether its hour has passed), negative from the day after, be that
    worked or not. `now` is aware; its day is taken in the zone of `due`.
    """
    today, last = now.astimezone(due.at.tzinfo).date(), due.at.date()
    days = calendar.workdays_between(today, last) if unit is Unit.WORKING_DAYS else (last - today).days
    return min(days, -1) if today > last else days


def _zone(start: datetime) -> tzinfo:
    if start.tzinfo is None or start.utcoffset() is None:
        raise ValueError("the start of a time limit needs a zone")
    return start.tzinfo


def _end_days(
    limit: Limit, first: date, paused: Sequence[tuple[date, date]], calendar: WorkCalendar
) -> tuple[date, date]:
    """The due day, and the first day whose being worked or not had a say in it."""
    if limit.unit is Unit.WORKING_DAYS:
        end = calendar.next_workday(calendar.add_workdays(first, limit.amount))
        return stretch(first, end, paused, calendar.add_workdays, calendar.workdays_between), first
    end = stretch(first, _nominal_end(limit, first), paused, operator.add, time_between)
    return calendar.next_workday(end), end


def _nominal_end(limit: Limit, first: date) -> date:
    if limit.unit is Unit.NATURAL_DAYS:
        return first + timedelta(days=limit.amount)
    months = limit.amount * (MONTHS_A_YEAR if limit.unit is Unit.YEARS else 1)
    year, month = divmod(first.year * MONTHS_A_YEAR + first.month - 1 + months, MONTHS_A_YEAR)
    if year > MAXYEAR:
        raise OverflowError(f"no calendar reaches the year {year}")
    return date(year, month + 1, min(first.day, monthrange(year, month + 1)[1]))


def _end_hours(
    limit: Limit, start: datetime, paused: Sequence[tuple[datetime, datetime]], office: OfficeTime | None
) -> tuple[datetime, date | None]:
    hours = timedelta(hours=limit.amount)
    if office:
        return stretch(start, office.add(start, hours), paused, office.add, office.between), start.date()
    # In UTC an hour is an hour even where the clocks change.
    begin, spans = start.astimezone(UTC), [(a.astimezone(UTC), b.astimezone(UTC)) for a, b in paused]
    return stretch(begin, begin + hours, spans, operator.add, time_between).astimezone(start.tzinfo), None


def _extend(at: datetime, extra: int, paused: Sequence[tuple[date, date]], calendar: WorkCalendar) -> datetime:
    day = calendar.add_workdays(at.date(), extra)
    day = stretch(at.date(), day, paused, calendar.add_workdays, calendar.workdays_between)
    return datetime.combine(day, at.timetz())


def _is_known(since: date, until: date, calendar: WorkCalendar) -> bool:
    return all(calendar.is_published(year) for year in range(since.year, until.year + 1))
