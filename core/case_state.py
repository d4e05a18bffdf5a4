"""The state of a case as its events tell it: pure, so that a history can be replayed and must give the stored state."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from core.calendar import WorkCalendar
from core.codes import Status, TaskType
from core.legal_clock import CORRECTION_NOTICE, USUAL_HOURS, Limit, OfficeHours, Pause, due, statutory
from core.local_time import day_end, local, moment

OPENED, MOVED, SYNCED, EXTENDED, RESCHEDULED, AMENDED = (
    "opened",
    "moved",
    "synced",
    "extended",
    "rescheduled",
    "amended",
)
PIN_RENEWED, TOKEN_REVOKED = "pin_renewed", "token_revoked"
TAKEN, OPINION, READY, UNDONE = "taken", "opinion", "ready", "undone"

_TIMES = ("applied_at", "accepted_at", "decided_at", "completed_at")
_RESULT = ("result_code", "result_name", "result_no", "collect")
# What is told until the end; everything else told of a status is dropped when the status changes.
_TOLD_KEPT = ("decision", "decision_reason", *_RESULT)
_PAUSE = ("paused_by", "paused_from", "paused_until", "reason")


@dataclass(frozen=True, slots=True)
class Rules:
    """What of an item's version, the calendar and the office hours a case's clock depends on."""

    task_type: str
    project_type: str
    promised: Limit | None
    own_limit: Limit | None
    calendar: WorkCalendar
    office_hours: OfficeHours = USUAL_HOURS

    @property
    def statutory(self) -> Limit | None:
        return statutory(self.task_type, self.own_limit)


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened to a case, as it is kept: `data` holds what its kind needs, fit for JSON."""

    kind: str
    at: datetime
    actor: str
    status_to: str = ""
    department: str = ""
    step: str = ""
    branch: str = ""
    channel: str = ""
    reason: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CaseState:
    """All of a case that is derived. `told` is what a citizen is told beside the stage, `clock` what due dates need."""

    seq: int = 0
    status: str = ""
    applied_at: datetime | None = None
    accepted_at: datetime | None = None
    decided_at: datetime | None = None
    completed_at: datetime | None = None
    due_at: datetime | None = None
    due_provisional: bool = False
    statutory_due_at: datetime | None = None
    extended: bool = False
    told: Mapping[str, Any] = field(default_factory=dict)
    clock: Mapping[str, Any] = field(default_factory=dict)
    pin_version: int = 1
    token_version: int = 1


def replayed(events: Iterable[Event], rules: Rules) -> CaseState:
    """The state that a whole history gives."""
    state = CaseState()
    for event in events:
        state = derived(state, event, rules)
    return state


def derived(state: CaseState, event: Event, rules: Rules) -> CaseState:
    """The state after one more event. Trusts the event: whether it was allowed is asked before it is written."""
    # Databases hand out moments in other zones; what is derived is text here and there, and must come out the same.
    event, state = replace(event, at=local(event.at)), replace(state, seq=state.seq + 1)
    if event.kind in (OPENED, SYNCED):
        return _timed(_reported(state, event), rules)
    if event.kind == MOVED:
        return _timed(_moved(state, event, rules), rules)
    if event.kind == EXTENDED:
        clock = {**state.clock, "extra": state.clock.get("extra", 0) + event.data["workdays"]}
        return _timed(replace(state, extended=True, clock=clock), rules)
    if event.kind == RESCHEDULED:
        return _timed(state, rules)
    if event.kind == PIN_RENEWED:
        return replace(state, pin_version=state.pin_version + 1)
    if event.kind == TOKEN_REVOKED:
        return replace(state, token_version=state.token_version + 1)
    if event.kind == READY:
        return replace(state, told={**state.told, "collect": event.data["collect"]})
    if event.kind == UNDONE:
        return replace(_from_json(event.data["state"]), seq=state.seq)
    return state


def as_json(state: CaseState) -> dict[str, Any]:
    """A state as an undoing keeps it: what the case goes back to."""
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in asdict(state).items()}


def _from_json(kept: Mapping[str, Any]) -> CaseState:
    times = {name: _time(kept[name]) for name in (*_TIMES, "due_at", "statutory_due_at")}
    return CaseState(**{**kept, **times})


def _reported(state: CaseState, event: Event) -> CaseState:
    """A case that comes with times of its own: taken in at the counter, or from a department's list."""
    data = event.data
    times: dict[str, Any] = {key: _time(data[key]) or getattr(state, key) for key in _TIMES if key in data}
    told = _kept(state, _TOLD_KEPT)
    told |= {key: data[key] for key in (*_RESULT, "reason", "missing", "amend_until", "decision") if data.get(key)}
    clock = _clock_after(state, event)
    if "promised_at" in data:
        clock |= {"promised": data["promised_at"], "promised_on": event.at.isoformat()}
    if event.status_to == Status.SPECIAL:
        told |= _kept(state, _PAUSE) if state.status == Status.SPECIAL else _pause_told(event)
    if event.status_to == Status.RECEIVED:
        clock.setdefault("received", event.at.isoformat())
    state = replace(state, status=event.status_to, told=told, clock=clock, **times)
    return replace(state, applied_at=state.applied_at or event.at) if event.kind == OPENED else state


def _moved(state: CaseState, event: Event, rules: Rules) -> CaseState:
    changes: dict[str, Any] = {"status": event.status_to}
    told = _kept(state, _TOLD_KEPT)
    told |= {key: event.data[key] for key in (*_RESULT, "missing", "amend_until", "decision") if event.data.get(key)}
    if event.reason:
        told["decision_reason" if event.status_to == Status.DECIDED else "reason"] = event.reason
    clock = _clock_after(state, event)
    match event.status_to:
        case Status.SUBMITTED:
            changes["applied_at"] = state.applied_at or event.at
        case Status.RECEIVED:
            clock["received"] = event.at.isoformat()
            clock.pop("listed", None)
        case Status.CORRECTION:
            if _is_late(clock, event.at, rules):
                clock.setdefault("deemed", clock["received"])
            clock["listed"] = event.at.isoformat()
        case Status.ACCEPTED:
            if _is_late(clock, event.at, rules):
                clock.setdefault("deemed", clock["received"])
            # Without the list in time the case counts as accepted from the day of receipt.
            changes["accepted_at"] = _time(clock.get("deemed")) or event.at
        case Status.SPECIAL:
            told |= _pause_told(event)
        case Status.DECIDED:
            changes["decided_at"] = event.at
        case Status.COMPLETED:
            changes["completed_at"] = event.at
    return replace(state, told=told, clock=clock, **changes)


def _clock_after(state: CaseState, event: Event) -> dict[str, Any]:
    """The clock with a pause that ends because the case goes on, or one that begins."""
    clock, now = dict(state.clock), event.at.isoformat()
    if state.status == event.status_to:
        return clock
    if state.status == Status.SPECIAL:
        clock["pauses"] = [[start, end or now, until] for start, end, until in clock["pauses"]]
    if event.status_to == Status.SPECIAL:
        clock["pauses"] = [*clock.get("pauses", ()), [now, None, event.data.get("until")]]
    return clock


def _pause_told(event: Event) -> dict[str, Any]:
    reason = event.reason or event.data.get("reason", "")
    told = {"paused_by": event.data.get("procedure", ""), "paused_from": event.at.isoformat(), "reason": reason}
    return told | {"paused_until": event.data["until"]} if event.data.get("until") else told


def _kept(state: CaseState, names: Iterable[str]) -> dict[str, Any]:
    return {name: state.told[name] for name in names if name in state.told}


def _is_late(clock: Mapping[str, Any], at: datetime, rules: Rules) -> bool:
    """Whether the one complete list comes too late: 行政许可法 article 32 (4) gives five working days from receipt."""
    received = _time(clock.get("received"))
    if received is None or "listed" in clock or rules.task_type != TaskType.PERMIT:
        return False
    return rules.calendar.workdays_between(received.date(), at.date()) > CORRECTION_NOTICE


def _timed(state: CaseState, rules: Rules) -> CaseState:
    """The state with its due dates: a day promised in writing stands, else the item's promise counts, else the law."""
    if state.accepted_at is None:
        return state
    legal, _ = _end(rules.statutory, state, rules)
    promised = _time(state.clock.get("promised"))
    at, provisional = (
        _moved_on(promised, state, rules) if promised else _end(rules.promised or rules.statutory, state, rules)
    )
    return replace(state, due_at=at, due_provisional=provisional, statutory_due_at=legal)


def _end(limit: Limit | None, state: CaseState, rules: Rules) -> tuple[datetime | None, bool]:
    if limit is None or state.accepted_at is None:
        return None, False
    ended = due(
        limit,
        local(state.accepted_at),
        rules.calendar,
        pauses=_pauses(state.clock),
        extra_workdays=state.clock.get("extra", 0),
        office_hours=rules.office_hours,
    )
    return ended.at, ended.provisional


def _moved_on(promised: datetime, state: CaseState, rules: Rules) -> tuple[datetime, bool]:
    """A day promised in writing, later by what was paused and extended since it was promised."""
    day, calendar = promised.date(), rules.calendar
    since = _time(state.clock.get("promised_on"))
    for pause in _pauses(state.clock):
        if pause.end and (since is None or pause.start > since) and pause.start.date() < day:
            day = calendar.add_workdays(day, calendar.workdays_between(pause.start.date(), pause.end.date()))
    day = calendar.add_workdays(day, state.clock.get("extra", 0))
    if day == promised.date():
        return promised, False
    return day_end(day), not (calendar.is_published(promised.date()) and calendar.is_published(day))


def _pauses(clock: Mapping[str, Any]) -> list[Pause]:
    """Ended pauses, and an open one up to the day the applicant was told; without such a day it can't be counted."""
    found = []
    for start, end, expected in clock.get("pauses", ()):
        begin, finish = moment(start), _time(end or expected)
        if finish is not None and finish >= begin:
            found.append(Pause(begin, finish))
    return found


def _time(text: str | None) -> datetime | None:
    return moment(text) if text else None
