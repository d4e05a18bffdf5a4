"""What the peers answer, from objects as their ORMs load them: the very JSON that ours answers.

They do what ours does, the way it is done there: the PIN and its locks are checked, and the look-up is recorded by an
INSERT.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")
DATABASE = os.environ.get("BENCH_DATABASE", "")
SECRET = os.environ.get("BENCH_SECRET", "")
_PIN_KEY = hmac.digest(SECRET.encode(), b"haoban pin 1", "sha256")
TRIES, TRIES_OF_ALL = 5, 50
RUNNING = ("accepted", "reviewing", "transferred", "special", "decided")
FINISHED = ("completed", "delivered")
AMENDING = ("pre_returned", "correction")
WITH_REASON = (*AMENDING, "not_accepted", "special", "withdrawn", "terminated")
STAGES = {
    "submitted": "checking",
    "pre_passed": "checking",
    "pre_returned": "amend",
    "correction": "amend",
    "transferred": "reviewing",
    "special": "reviewing",
    "completed": "finished",
    "withdrawn": "ended",
    "terminated": "ended",
}


def is_right(number: str, version: int, pin: str) -> bool:
    """Whether this is the PIN of a number."""
    digest = hmac.digest(_PIN_KEY, f"{number}|{version}".encode(), "sha256")
    return hmac.compare_digest(f"{int.from_bytes(digest[:8], 'big') % 10**6:06d}", pin)


def is_locked(tries: Iterable[Any]) -> bool:
    """Whether wrong PINs were tried too often, by the sender or by all together."""
    return any(one.failures >= (TRIES if one.sender else TRIES_OF_ALL) for one in tries)


def record(number: str, origin: str) -> dict[str, Any]:
    """The columns of a look-up that is to be recorded."""
    told = {"channel": "api", "sender": origin, "origin": origin, "number": number, "by": "pin", "outcome": "told"}
    return {"at": datetime.now(UTC), **told}


def facts(case: Any) -> dict[str, Any]:
    """A case with its version, item and department, as the API tells it."""
    version, status, told = case.version, case.status, case.told
    due = _local(case.due_at) if status in RUNNING else None
    unit = version.promise_unit if version.promise_days is not None else version.anticipate_unit
    finished, paused, amending = status in FINISHED, status == "special", status in AMENDING
    return {
        "number": case.number,
        "status": status,
        "stage": STAGES.get(status, status),
        "item": version.name,
        "item_en": version.name_en,
        "task_code": version.item.task_code,
        "item_version": version.number,
        "department": version.department.name,
        "applicant": case.applicant_name[:1] + "*" if case.applicant_type == "1" else case.applicant_name,
        "applied_at": _iso(case.applied_at),
        "accepted_at": _iso(case.accepted_at),
        "completed_at": _iso(case.completed_at) if finished else None,
        "due_date": due.date().isoformat() if due else None,
        "due_at": _iso(due) if unit == "3" else None,
        "due_provisional": due is not None and case.due_provisional,
        "overdue": due is not None and not paused and datetime.now(ZONE) > due,
        "extended": case.extended,
        "reason": told.get("reason", "") if status in WITH_REASON else "",
        "missing": told.get("missing", []) if amending else [],
        "amend_until": told.get("amend_until"),
        "paused_by": told.get("paused_by", "") if paused else "",
        "paused_until": told.get("paused_until") if paused else None,
        "decision": told.get("decision") if finished else None,
        "result_name": told.get("result_name", "") if finished else "",
        "result_no": told.get("result_no", "") if finished else "",
        "collect": told.get("collect", "") if finished else "",
        "link_way": version.link_way,
        "updated_at": _iso(case.updated_at),
    }


def _local(moment: datetime | None) -> datetime | None:
    return moment.astimezone(ZONE) if moment else None


def _iso(moment: datetime | None) -> str | None:
    return moment.astimezone(ZONE).isoformat(timespec="seconds") if moment else None
