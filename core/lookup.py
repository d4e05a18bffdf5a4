"""Reading one case the quick way: one statement a question, and from its row what the person may be told."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import orjson

from core.codes import FINISHED, Decision, Stage, Status
from core.legal_clock import Unit
from core.local_time import kept, kept_if_any
from core.masking import masked_name
from core.together import shared_read
from core.views import CaseStatus

S = Status
STAGES: Mapping[str, Stage] = {
    S.SUBMITTED: Stage.CHECKING,
    S.PRE_PASSED: Stage.CHECKING,
    S.PRE_RETURNED: Stage.AMEND,
    S.CORRECTION: Stage.AMEND,
    S.RECEIVED: Stage.RECEIVED,
    S.ACCEPTED: Stage.ACCEPTED,
    S.REVIEWING: Stage.REVIEWING,
    S.TRANSFERRED: Stage.REVIEWING,
    S.SPECIAL: Stage.REVIEWING,
    S.DECIDED: Stage.DECIDED,
    S.COMPLETED: Stage.FINISHED,
    S.DELIVERED: Stage.DELIVERED,
    S.NOT_ACCEPTED: Stage.NOT_ACCEPTED,
    S.WITHDRAWN: Stage.ENDED,
    S.TERMINATED: Stage.ENDED,
}
_STATUS = {status.value: status for status in Status}  # a tenth of what Status(…) takes
_RUNNING = frozenset({S.ACCEPTED, S.REVIEWING, S.TRANSFERRED, S.SPECIAL, S.DECIDED})
_WITH_REASON = frozenset({S.PRE_RETURNED, S.CORRECTION, S.NOT_ACCEPTED, S.SPECIAL, S.WITHDRAWN, S.TERMINATED})

_TOLD = """
c.id, c.number, c.status, c.applicant_name, c.applicant_type, c.applied_at, c.accepted_at, c.completed_at, c.due_at,
c.due_provisional, c.extended, c.told, c.updated_at, c.pin_version, c.token_version, v.number AS item_version,
v.name AS item, v.name_en AS item_en, v.project_type, v.promise_unit, v.anticipate_unit, v.promise_days, v.link_way,
i.task_code, d.name AS department, d.name_en AS department_en, r.score
"""
_ITEM = """
LEFT JOIN item_version v ON v.id = c.version_id
LEFT JOIN service_item i ON i.id = v.item_id
LEFT JOIN department d ON d.id = v.department_id
LEFT JOIN rating r ON r.case_id = c.id
"""
# A draft is nobody's but its writer's. The locks come in the same round trip; a row comes even for an unknown number.
BY_NUMBER = shared_read(
    f"""
SELECT k.*, {_TOLD}, own.failures AS own_failures, own.last_at AS own_last_at,
       every.failures AS all_failures, every.last_at AS all_last_at
FROM {{asked}} k
LEFT JOIN approval_case c ON c.number = k.asked_number AND c.status <> 'draft'
{_ITEM}
LEFT JOIN pin_try own ON own.number = k.asked_number AND own.sender = k.asked_sender
LEFT JOIN pin_try every ON every.number = k.asked_number AND every.sender = ''
""",  # noqa: S608  (nothing of a stranger's is in the text)
    asked_number="TEXT",
    asked_sender="TEXT",
)
# SQLite joins in this order where it is crossed, be its statistics as they may.
BY_ID = shared_read(
    f"""
SELECT k.*, {_TOLD}
FROM {{asked}} k
CROSS JOIN approval_case c
{_ITEM}
WHERE c.id = k.asked_id AND c.status <> 'draft'
""",  # noqa: S608  (nothing of a stranger's is in the text)
    asked_id="BIGINT",
)


def case_status(row: Mapping[str, Any], at: datetime, token: str) -> CaseStatus:
    """What is told of a case at a moment, masked, from a row of one of the statements; `token` is its own."""
    status = _STATUS[row["status"]]
    told = orjson.loads(row["told"])
    running, finished = status in _RUNNING, status in FINISHED
    paused = status == S.SPECIAL
    endless = paused and not told.get("paused_until")  # then no one can say when it will be due
    due_at = kept_if_any(row["due_at"]) if running and not endless else None
    # In the order of its fields: by their names it would take twice as long.
    return CaseStatus(
        row["number"],
        STAGES[status],
        status,
        row["item"],
        row["item_en"],
        row["task_code"],
        row["item_version"],
        row["department"],
        row["department_en"],
        masked_name(row["applicant_name"], row["applicant_type"]),
        kept_if_any(row["applied_at"]),
        kept_if_any(row["accepted_at"]),
        kept_if_any(row["completed_at"]) if finished else None,
        due_at,
        _unit(row) == Unit.HOURS,  # due to the minute
        bool(due_at and row["due_provisional"]),
        due_at is not None and at > due_at and not paused,  # overdue
        bool(row["extended"]),
        status == S.PRE_PASSED,  # the originals are to be brought
        _reason(status, told),
        tuple(told.get("missing", ())) if status in (S.PRE_RETURNED, S.CORRECTION) else (),
        _day(told.get("amend_until")),
        told.get("paused_by", "") if paused else "",
        _day(told.get("paused_until")) if paused else None,
        Decision(told["decision"]) if finished and told.get("decision") else None,
        told.get("result_name", "") if finished else "",
        told.get("result_no", "") if finished else "",
        told.get("collect", "") if finished else "",
        row["link_way"],
        kept(row["updated_at"]),
        finished and row["score"] is None,  # it can be rated
        token,
    )


def _reason(status: Status, told: Mapping[str, Any]) -> str:
    if status in _WITH_REASON:
        return str(told.get("reason", ""))
    if status in FINISHED and told.get("decision") != Decision.GRANTED:
        return str(told.get("decision_reason") or told.get("reason", ""))
    return ""


def _unit(row: Mapping[str, Any]) -> str:
    return str(row["promise_unit"] if row["promise_days"] is not None else row["anticipate_unit"])


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text[:10]) if text else None
