"""Quiet hours: when nobody is woken by a message that can wait until the morning."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from core.calendar import WorkCalendar
from core.local_time import ZONE, local


@dataclass(frozen=True, slots=True)
class Quiet:
    """From one time of the day until another, past midnight where the second is the earlier; the same twice: never.

    With `holidays` days on which the centre doesn't work are quiet as a whole.
    """

    begins: time = time(21)
    ends: time = time(8)
    holidays: bool = False

    def until(self, at: datetime, calendar: WorkCalendar | None = None) -> datetime | None:
        """The end of the quiet hours that a moment falls into; None when it falls into none."""
        moment = local(at)
        ended = self._night_end(moment)
        if not self.holidays or calendar is None:
            return ended
        day = (ended or moment).date()
        worked = calendar.next_workday(day)
        return ended if worked == day else _at(worked, self.ends)

    def _night_end(self, moment: datetime) -> datetime | None:
        now, begins, ends = moment.time(), self.begins, self.ends
        if begins == ends:
            return None
        if begins < ends:
            return _at(moment.date(), ends) if begins <= now < ends else None
        if now >= begins:
            return _at(moment.date() + timedelta(days=1), ends)
        return _at(moment.date(), ends) if now < ends else None


def _at(day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, tzinfo=ZONE)
