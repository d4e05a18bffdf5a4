"""The state of a case after its first event, as text for the database, reckoned once for all cases that are alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any, NamedTuple

import orjson
from tortoise.backends.base.client import BaseDBAsyncClient

from core.case_state import CaseState, Event, Rules, derived
from core.codes import Status
from core.legal_clock import Limit, Unit
from core.models import ItemVersion

# Stands for NULL in what is copied; a text that is just this is refused by the database, which knows no such NULL.
NULL = "\x1f"
YES, NO = "t", "f"
STATE_COLUMNS = tuple(f.name for f in fields(CaseState))
DUES_KEPT = 100_000
_TOLD = frozenset(
    {"result_code", "result_name", "result_no", "collect", "reason", "missing", "amend_until", "decision"}
)
_NO_DUES = (NULL, NO, NULL)
_TIMES = ("applied_at", "accepted_at", "decided_at", "completed_at")
_HERE = "+08:00"


class _Dues(NamedTuple):
    """Due dates, as text for the database."""

    due_at: str
    due_provisional: str
    statutory_due_at: str


class FirstState(NamedTuple):
    """The state of a case after its first event, as text for the database: the columns of CaseState in their order."""

    seq: str
    status: str
    applied_at: str
    accepted_at: str
    decided_at: str
    completed_at: str
    due_at: str
    due_provisional: str
    statutory_due_at: str
    extended: str
    told: str
    clock: str
    pin_version: str
    token_version: str


class Version(NamedTuple):
    """An item's version with the rules of its clock; `dues` hold for all cases with the same limits."""

    id_text: str
    name: str
    rules: Rules
    in_days: bool
    dues: dict[tuple[str, str], _Dues]

    def first_state(self, event: Event) -> FirstState:
        """What `derived(CaseState(), event, rules)` says, with due dates reckoned once for a day and a promise."""
        data = event.data
        if not (self.in_days and _is_plain(event)):
            return _as_text(derived(CaseState(), event, self.rules))
        clock = {"promised": data["promised_at"], "promised_on": event.at.isoformat()} if "promised_at" in data else {}
        if event.status_to == Status.RECEIVED:
            clock["received"] = event.at.isoformat()
        accepted = data.get("accepted_at")
        return FirstState(
            "1",
            event.status_to,
            data.get("applied_at") or event.at.isoformat(),
            accepted or NULL,
            data.get("decided_at") or NULL,
            data.get("completed_at") or NULL,
            *(self._due(accepted, event) if accepted else _NO_DUES),
            NO,
            as_json({name: data[name] for name in data if name in _TOLD and data[name]}),
            as_json(clock),
            "1",
            "1",
        )

    def _due(self, accepted: str, event: Event) -> _Dues:
        key = (accepted[:10], event.data.get("promised_at", ""))
        if (known := self.dues.get(key)) is None:
            if len(self.dues) >= DUES_KEPT:
                self.dues.clear()
            first = _as_text(derived(CaseState(), event, self.rules))
            known = self.dues[key] = _Dues(first.due_at, first.due_provisional, first.statutory_due_at)
        return known


def _is_plain(event: Event) -> bool:
    """Whether no pause and no time of another zone, whose text begins with another day, needs thought."""
    times = [event.data[name] for name in _TIMES if event.data.get(name)]
    return event.status_to != Status.SPECIAL and all(time.endswith(_HERE) for time in times)


def _as_text(state: CaseState) -> FirstState:
    return FirstState(*(_column(getattr(state, name)) for name in STATE_COLUMNS))


def _column(value: Any) -> str:
    if isinstance(value, Mapping):
        return as_json(value)
    if isinstance(value, bool):
        return YES if value else NO
    return value.isoformat() if isinstance(value, datetime) else NULL if value is None else str(value)


def as_json(value: Mapping[str, Any]) -> str:
    return orjson.dumps(value).decode() if value else "{}"


class Versions:
    """The item versions that cases are opened under, with the rules of their clocks; read when they are first met."""

    def __init__(self) -> None:
        self._known: dict[int, Version] = {}
        self._dues: dict[tuple[Limit | None, Limit | None], dict[tuple[str, str], _Dues]] = {}
        self._working_time: object = None

    def forget_others_than(self, working_time: object) -> None:
        """Rules hold as long as `working_time` is the same object."""
        if working_time is not self._working_time:
            self._known.clear()
            self._dues.clear()
            self._working_time = working_time

    async def read(
        self, connection: BaseDBAsyncClient, ids: set[int], rules_of: Callable[[ItemVersion], Rules]
    ) -> Mapping[int, Version]:
        """All known versions, those of `ids` among them where they exist."""
        if missing := sorted(ids - self._known.keys()):
            for version in await ItemVersion.filter(id__in=missing).using_db(connection):
                self._known[version.id] = self._version(version, rules_of(version))
        return self._known

    def _version(self, version: ItemVersion, rules: Rules) -> Version:
        limits = (rules.promised, rules.statutory)
        in_days = not any(limit and limit.unit is Unit.HOURS for limit in limits)
        return Version(str(version.id), version.name[:500], rules, in_days, self._dues.setdefault(limits, {}))
