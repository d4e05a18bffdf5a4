"""Each thing that a row tells of a case is told under its own name."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from core.codes import Decision, Stage, Status
from core.local_time import ZONE
from core.lookup import case_status
from core.views import CaseStatus

AT = datetime(2026, 11, 20, 9, 0, tzinfo=ZONE)


def days(number: int) -> datetime:
    return AT + timedelta(days=number)


ROW: dict[str, Any] = {
    "number": "261120000018",
    "status": "reviewing",
    "applicant_name": "欧阳小明",
    "applicant_type": "1",
    "applied_at": days(-9),
    "accepted_at": days(-8),
    "completed_at": days(-1),
    "due_at": days(7),
    "due_provisional": 0,
    "extended": 1,
    "told": "{}",
    "updated_at": days(-2),
    "item_version": 3,
    "item": "食品经营许可",
    "item_en": "Food licence",
    "task_code": "11330100",
    "link_way": "0000-12345",
    "department": "市场监管局",
    "department_en": "Market Supervision",
    "score": None,
    "promise_unit": "1",
    "promise_days": 5,
    "anticipate_unit": "3",
}
NAMED = CaseStatus(
    number="261120000018",
    stage=Stage.REVIEWING,
    status=Status.REVIEWING,
    item="食品经营许可",
    item_en="Food licence",
    task_code="11330100",
    item_version=3,
    department="市场监管局",
    department_en="Market Supervision",
    applicant="欧阳*",
    applied_at=days(-9),
    accepted_at=days(-8),
    completed_at=None,
    due_at=days(7),
    due_to_the_minute=False,
    due_provisional=False,
    overdue=False,
    extended=True,
    bring_originals=False,
    reason="",
    missing=(),
    amend_until=None,
    paused_by="",
    paused_until=None,
    decision=None,
    result_name="",
    result_no="",
    collect="",
    link_way="0000-12345",
    updated_at=days(-2),
    can_be_rated=False,
    token="a token",
)
FINISHED = {"completed_at": days(-1), "due_at": None, "can_be_rated": True}
CASES: list[tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    ({}, {}, {}),
    ({"due_provisional": 1, "extended": 0}, {}, {"due_provisional": True, "extended": False}),
    ({"due_at": days(-1)}, {}, {"due_at": days(-1), "overdue": True}),
    ({"promise_unit": "3"}, {}, {"due_to_the_minute": True}),
    ({"promise_days": None}, {}, {"due_to_the_minute": True}),
    ({"applied_at": None, "accepted_at": None}, {}, {"applied_at": None, "accepted_at": None}),
    (
        {"status": "pre_passed"},
        {},
        {"status": Status.PRE_PASSED, "stage": Stage.CHECKING, "due_at": None, "bring_originals": True},
    ),
    (
        {"status": "correction"},
        {"reason": "缺少材料", "missing": ["租赁合同", "身份证"], "amend_until": "2026-11-30"},
        {"status": Status.CORRECTION, "stage": Stage.AMEND, "due_at": None, "reason": "缺少材料"}
        | {"missing": ("租赁合同", "身份证"), "amend_until": date(2026, 11, 30)},
    ),
    (
        {"status": "special", "due_at": days(-1)},
        {"reason": "需要检测", "paused_by": "检测", "paused_until": "2026-12-05"},
        {"status": Status.SPECIAL, "due_at": days(-1), "reason": "需要检测", "paused_by": "检测"}
        | {"paused_until": date(2026, 12, 5)},
    ),
    (
        {"status": "completed"},
        {"decision": "granted", "result_name": "许可证", "result_no": "JY1", "collect": "三号窗口"},
        {"status": Status.COMPLETED, "stage": Stage.FINISHED, "decision": Decision.GRANTED, "result_name": "许可证"}
        | {"result_no": "JY1", "collect": "三号窗口"}
        | FINISHED,
    ),
    (
        {"status": "delivered", "score": 4},
        {"decision": "refused", "decision_reason": "不符合第二项"},
        {"status": Status.DELIVERED, "stage": Stage.DELIVERED, "decision": Decision.REFUSED, "reason": "不符合第二项"}
        | FINISHED
        | {"can_be_rated": False},
    ),
]


@pytest.mark.parametrize(("columns", "told", "differs"), CASES)
def test_what_stands_in_a_row_is_told_under_its_own_name(
    columns: dict[str, Any], told: dict[str, Any], differs: dict[str, Any]
) -> None:
    row = ROW | columns | {"told": json.dumps(told)}
    assert case_status(row, AT, "a token")._asdict() == NAMED._asdict() | differs
