"""What happened to cases, in order, for whoever follows: by a cursor that never skips an event still being written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from core.database import reading
from core.local_time import local, now
from core.models import CaseEvent

MOST = 500
# A number between two events was either given back, or is of a transaction still open; after so long it isn't open.
SETTLED_AFTER = timedelta(minutes=2)
# What of an event's data is told: what a citizen is told too, and nothing of who looked after it.
_TOLD = frozenset(
    {
        *("missing", "amend_until", "procedure", "until", "decision", "result_code", "result_name", "result_no"),
        *("collect", "workdays"),
    }
)


@dataclass(frozen=True, slots=True)
class EventFact:
    """An event of a case. `id` is its place: the cursor of whoever has seen it."""

    id: int
    number: str
    project_no: str
    task_code: str
    seq: int
    kind: str
    status_from: str
    status_to: str
    at: datetime
    department: str
    channel: str
    reason: str
    data: Mapping[str, Any]


@reading
async def events_after(cursor: int, department: str = "", most: int = MOST) -> tuple[list[EventFact], int]:
    """The next events in order, and the cursor to go on from: it moves on past those of other departments too."""
    rows = await CaseEvent.filter(id__gt=cursor).order_by("id").limit(most).select_related("case__version__item")
    settled = _settled(rows, cursor, now())
    mine = [row for row in settled if not department or row.case.department == department]
    return [_fact(row) for row in mine if row.case.status != "draft"], settled[-1].id if settled else cursor


@reading
async def settled_events(cursor: int, most: int) -> list[CaseEvent]:
    """The rows of the next events, as far as none before them may still be coming."""
    return _settled(await CaseEvent.filter(id__gt=cursor).order_by("id").limit(most), cursor, now())


@reading
async def latest_event() -> int:
    """The cursor of somebody who wants to hear only what is to come."""
    row = await CaseEvent.all().order_by("-id").first()
    return row.id if row else 0


def _settled(rows: Sequence[CaseEvent], cursor: int, at: datetime) -> list[CaseEvent]:
    """The rows up to the first number that may still be coming."""
    found: list[CaseEvent] = []
    expected = cursor + 1
    for row in rows:
        if row.id != expected and cursor and at - local(row.recorded_at) < SETTLED_AFTER:
            break
        found.append(row)
        expected = row.id + 1
    return found


def _fact(row: CaseEvent) -> EventFact:
    return EventFact(
        row.id,
        row.case.number,
        row.case.project_no,
        row.case.version.item.task_code,
        row.seq,
        row.kind,
        row.status_from,
        row.status_to,
        local(row.at),
        row.case.department,
        row.channel,
        row.reason,
        {name: value for name, value in row.data.items() if name in _TOLD},
    )
