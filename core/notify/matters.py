"""Which event of a case is told to the citizen, and as what."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from core import case_state
from core.case_state import CaseState, Event
from core.codes import Status
from core.notify.states import Purpose

S = Status
_BY_STATUS: Mapping[str, str] = {
    S.PRE_RETURNED: "returned",
    S.RECEIVED: "received",
    S.CORRECTION: "correction",
    S.NOT_ACCEPTED: "not_accepted",
    S.ACCEPTED: "accepted",
    S.SPECIAL: "paused",
    S.DECIDED: "decided",
    S.COMPLETED: "completed",
    S.DELIVERED: "delivered",
    S.WITHDRAWN: "ended",
    S.TERMINATED: "ended",
}
TOLD = frozenset(_BY_STATUS)
"""The statuses whose coming is told to the citizen; the others are steps inside the house."""
# 行政许可法: one complete list and refusals in writing (32, 38), extensions with their reason (42), the decision (44),
# and the time that a special procedure takes (45).
STATUTORY = frozenset(
    {"returned", "correction", "not_accepted", "paused", "due_changed", "completed", "ended", "put_right"}
)
_PURPOSES = {
    **dict.fromkeys((*STATUTORY, "diverted"), Purpose.STATUTORY),
    "rating": Purpose.RATING,
    "announcement": Purpose.ANNOUNCEMENT,
    "confirm": Purpose.ANSWER,
    **dict.fromkeys(("alert", "check"), Purpose.OPERATOR),
}
# Whose reason is told though the status itself has none; what is noted with any other step is the desk's own.
WITH_REASON = frozenset({"resumed", "due_changed"})
# A list that a department sends may report what happened long ago: that is no news any more.
NEWS_FOR = timedelta(days=7)


def matter(event: Event, before: CaseState, after: CaseState) -> str:
    """What an event is told as; empty for one that is not told."""
    match event.kind:
        case case_state.OPENED | case_state.MOVED | case_state.SYNCED:
            return _arrived(before, after)
        case case_state.READY:
            return "ready"
        case case_state.EXTENDED | case_state.RESCHEDULED:
            return "due_changed" if after.due_at and before.due_at != after.due_at else ""
        case case_state.UNDONE:
            return "put_right"
    return ""


def _arrived(before: CaseState, after: CaseState) -> str:
    if before.status == after.status:
        return ""
    if before.status == S.SPECIAL and after.status == S.REVIEWING:
        return "resumed"
    return _BY_STATUS.get(after.status, "")


def purpose(kind: str) -> Purpose:
    """What the notices of an event are for."""
    return _PURPOSES.get(kind, Purpose.SERVICE)


def purpose_of(event: Event, kind: str) -> Purpose:
    """What the notice of one event is for: a due date that only follows a calendar published since is no extension."""
    return Purpose.SERVICE if event.kind == case_state.RESCHEDULED else purpose(kind)
