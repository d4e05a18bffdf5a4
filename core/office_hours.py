"""When the counters are open, so that a limit in hours runs only while somebody can work on the case."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from itertools import pairwise

from core.calendar import WorkCalendar

NONE = timedelta()
A_DAY = timedelta(days=1)


@dataclass(frozen=True)
class OfficeHours:
    """The periods of a working day, (opening, closing), in local time, e.g. 08:30–12:00 and 14:00–17:30.

    Raises ValueError when there is none, or when they are out of order, overlap, or carry a zone.
    """

    periods: tuple[tuple[time, time], ...]

    def __post_init__(self) -> None:
        clock = [moment for period in self.periods for moment in period]
        if not clock or any(moment.tzinfo for moment in clock) or any(a >= b for a, b in self.periods):
            raise ValueError("office hours need periods that open before they close, without a zone")
        if any(closing > opening for (_, closing), (opening, _) in pairwise(self.periods)):
            raise ValueError("office hours need periods in order, none over another")

    @cached_property
    def total(self) -> timedelta:
        """Office time of a whole day."""
        return self.elapsed(time.max)

    def elapsed(self, clock: time) -> timedelta:
        """Office time of the day that is over by `clock`."""
        now = _since_midnight(clock)
        spans = ((_since_midnight(opening), _since_midnight(closing)) for opening, closing in self.periods)
        return sum((max(NONE, min(now, closing) - opening) for opening, closing in spans), NONE)

    def clock_at(self, elapsed: timedelta) -> time:
        """The earliest time at which so much of the day's office time is over, `elapsed` from above 0 to `total`."""
        for opening, closing in self.periods:
            length = _since_midnight(closing) - _since_midnight(opening)
            if elapsed <= length:
                return (datetime.combine(date.min, opening) + elapsed).time()
            elapsed -= length
        raise ValueError("more than a day's office time")


USUAL_HOURS = OfficeHours(((time(8, 30), time(12)), (time(14), time(17, 30))))


@dataclass(frozen=True)
class OfficeTime:
    """Office time as a measure: adds it to a local moment, and tells how much lies between two."""

    calendar: WorkCalendar
    hours: OfficeHours

    def add(self, start: datetime, amount: timedelta) -> datetime:
        """The earliest moment, not before `start`, at which `amount` of office time has run since `start`.

        A period used up to its end leads to its closing, not to the next opening.
        """
        if amount <= NONE:
            return start
        run = self._elapsed(start) + amount
        full_days = -(-run // self.hours.total) - 1
        day = self.calendar.add_workdays(start.date() - A_DAY, full_days + 1)
        return datetime.combine(day, self.hours.clock_at(run - full_days * self.hours.total), start.tzinfo)

    def between(self, a: datetime, b: datetime) -> timedelta:
        """Office time from `a` to `b`, not before `a`, both in one zone."""
        days = self.calendar.workdays_between(a.date() - A_DAY, b.date() - A_DAY)
        return days * self.hours.total + self._elapsed(b) - self._elapsed(a)

    def _elapsed(self, moment: datetime) -> timedelta:
        return self.hours.elapsed(moment.time()) if self.calendar.is_workday(moment.date()) else NONE


def _since_midnight(clock: time) -> timedelta:
    return timedelta(hours=clock.hour, minutes=clock.minute, seconds=clock.second, microseconds=clock.microsecond)
