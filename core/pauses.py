"""What special procedures take from a time limit, written once for days and for hours."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import TypeVar

Moment = TypeVar("Moment", date, datetime)
Amount = TypeVar("Amount")


@dataclass(frozen=True)
class Pause:
    """A special procedure (特别程序, 行政许可法 art. 45) that stops the clock; `end` is None while it is open.

    Both times are aware, and the end is not before the start, else ValueError. An open pause can't be reckoned with:
    give it the expected end that the applicant was told in writing, or leave the pause out.
    """

    start: datetime
    end: datetime | None

    def __post_init__(self) -> None:
        if any(moment is not None and moment.utcoffset() is None for moment in (self.start, self.end)):
            raise ValueError("a pause needs times with a zone")
        if self.end is not None and self.end < self.start:
            raise ValueError("a pause can't end before it starts")


def merge(pauses: Iterable[Pause], zone: tzinfo) -> list[tuple[datetime, datetime]]:
    """The pauses as spans (start, end) in `zone`, in order, none over another; an open pause raises ValueError."""
    merged: list[tuple[datetime, datetime]] = []
    for begin, end in sorted(_close(pause, zone) for pause in pauses):
        if merged and begin <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((begin, end))
    return merged


def paused_days(spans: Sequence[tuple[datetime, datetime]]) -> list[tuple[date, date]]:
    """Merged spans as days (after, through]: the day a pause starts still counts, the day it ends doesn't."""
    return [(begin.date(), end.date()) for begin, end in spans]


def stretch(
    begin: Moment,
    end: Moment,
    spans: Iterable[tuple[Moment, Moment]],
    add: Callable[[Moment, Amount], Moment],
    between: Callable[[Moment, Moment], Amount],
) -> Moment:
    """Where a limit from `begin` to `end` ends once it makes good what the spans take from it.

    Spans are merged; `add` and `between` are the limit's own measure, so that a day off within a pause counts once.
    """
    for after, through in spans:
        after = max(after, begin)
        if after >= end:
            break
        end = add(end, between(after, max(after, through)))
    return end


def time_between(after: Moment, through: Moment) -> timedelta:
    """The measure of natural days and hours."""
    return through - after


def _close(pause: Pause, zone: tzinfo) -> tuple[datetime, datetime]:
    if pause.end is None:
        raise ValueError("an open pause has no place in a due date: give its expected end or leave it out")
    return pause.start.astimezone(zone), pause.end.astimezone(zone)
