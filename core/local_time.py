"""The time of the house: China has one time zone, and a day of the law is a day there."""

from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    """This moment, to the microsecond, in the zone of the house."""
    return datetime.now(ZONE)


def local(moment: datetime) -> datetime:
    return moment.astimezone(ZONE)


def kept(value: datetime | str) -> datetime:
    """A moment as a database gave it: SQLite has no type for moments, and keeps texts."""
    return (datetime.fromisoformat(value) if isinstance(value, str) else value).astimezone(ZONE)


def kept_if_any(value: datetime | str | None) -> datetime | None:
    return None if value is None else kept(value)


def for_sqlite(at: datetime) -> str:
    """A moment as SQLite keeps it: all of one time zone, for they are compared as texts."""
    return _meant_here(at).isoformat(" ")


def day_start(day: date) -> datetime:
    return datetime.combine(day, time.min, ZONE)


def day_end(day: date) -> datetime:
    """The last second of a day, until when a limit in days runs."""
    return datetime.combine(day, time(23, 59, 59), ZONE)


def moment(text: str) -> datetime:
    """A moment from ISO text; without a zone it is meant here, and a bare date is the end of that day.

    Raises ValueError for anything else, and OverflowError for a moment that comes before or after all days here.
    """
    if len(text) <= len("2026-11-23"):
        return day_end(date.fromisoformat(text))
    return _meant_here(datetime.fromisoformat(text))


def _meant_here(at: datetime) -> datetime:
    """In the zone of the house, which is meant where none is told."""
    return local(at) if at.tzinfo else at.replace(tzinfo=ZONE)
