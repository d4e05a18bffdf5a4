"""A case as a row of a list tells it: what leaves the house for another installation, field by field."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any

from core.codes import Decision, Status
from core.local_time import local
from core.models import Case

_DECISIONS = {Decision.GRANTED: "准予", Decision.REFUSED: "不予"}


def row_of(case: Case, fields: Collection[str]) -> dict[str, Any]:
    """The fields of a case read with its version and item; what doesn't apply is left out."""
    told = {name: how(case) for name, how in _FIELDS.items() if name in fields}
    return {name: value for name, value in told.items() if value not in (None, "", [])}


def _time(name: str) -> Callable[[Case], str | None]:
    def told(case: Case) -> str | None:
        at: datetime | None = getattr(case, name)
        return local(at).isoformat() if at else None

    return told


def _told(name: str) -> Callable[[Case], Any]:
    return lambda case: case.told.get(name)


def _reason(case: Case) -> Any:
    return case.told.get("decision_reason") or case.told.get("reason")


def _result(case: Case) -> str | None:
    """办结结果 by its code, or the decision while there is no result yet."""
    code: str | None = case.told.get("result_code")
    decision = case.told.get("decision")
    return code or (_DECISIONS[Decision(decision)] if decision else None)


def _only(status: Status, how: Callable[[Case], Any]) -> Callable[[Case], Any]:
    return lambda case: how(case) if case.status == status else None


_FIELDS: Mapping[str, Callable[[Case], Any]] = {
    "project_no": lambda case: case.project_no,
    "task_code": lambda case: case.version.item.task_code,
    "status": lambda case: case.status,
    "number": lambda case: case.number,
    "applicant_name": lambda case: case.applicant_name,
    "applicant_type": lambda case: case.applicant_type,
    "id_type": lambda case: case.id_type,
    "id_number": lambda case: case.id_number,
    "mobile": lambda case: case.mobile,
    "legal_representative": lambda case: case.legal_representative,
    "department": lambda case: case.department,
    "invest_no": lambda case: case.invest_no,
    "applied_at": _time("applied_at"),
    "accepted_at": _time("accepted_at"),
    "completed_at": _time("completed_at"),
    "result": _result,
    "result_name": _told("result_name"),
    "result_no": _told("result_no"),
    "collect": _told("collect"),
    "reason": _reason,
    "missing": _told("missing"),
    "amend_until": _told("amend_until"),
    "procedure": _only(Status.SPECIAL, _told("paused_by")),
    "until": _only(Status.SPECIAL, _told("paused_until")),
}
KNOWN = frozenset(_FIELDS)
NEEDED = frozenset({"project_no", "task_code", "status", "number", "applicant_name", "applied_at", "accepted_at"})
"""Without these the other side could not take a row."""
