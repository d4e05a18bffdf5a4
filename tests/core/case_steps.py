"""Steps of a case's life as a person takes them who knows the rules: the right role, the reason, what is told."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from core.cases import Actor, Cases, NewCase
from core.codes import Status
from core.models import Case, Department, ItemVersion, ServiceItem
from core.transitions import RIGHTS, Role

S = Status
SOON = (date.today() + timedelta(days=30)).isoformat()  # noqa: DTZ011 - a month ahead in any zone
TOLD: dict[Status, dict[str, Any]] = {
    S.PRE_RETURNED: {"missing": ["照片"], "amend_until": SOON},
    S.CORRECTION: {"missing": ["照片", "户口簿"], "amend_until": SOON},
    S.SPECIAL: {"procedure": "检测", "until": SOON},
    S.DECIDED: {"decision": "granted"},
    S.COMPLETED: {"result_code": "0", "result_name": "居民身份证", "result_no": "1号", "collect": "一楼窗口"},
}
ROAD = (S.RECEIVED, S.ACCEPTED, S.REVIEWING, S.DECIDED, S.COMPLETED, S.DELIVERED)


def actor(role: Role) -> Actor:
    return Actor(f"a {role}", role, "公安局")


CLERK, HANDLER, HEAD, SUPERVISOR, SYSTEM = map(actor, Role)


def who_may(to: Status) -> Actor:
    return actor(min(RIGHTS[to]))


async def item(task_code: str, **told: object) -> ItemVersion:
    """An item with its first version: a permit to be decided within 5 working days unless told otherwise."""
    department, _ = await Department.get_or_create(name="公安局")
    usual = {"task_type": "01", "project_type": "2", "promise_days": 5, "promise_unit": "1", "digest": ""}
    made = await ServiceItem.create(task_code=task_code)
    return await ItemVersion.create(item=made, department=department, name="身份证补领", **{**usual, **told})


async def opened(cases: Cases, version: ItemVersion, status: Status = S.RECEIVED, at: datetime | None = None) -> Case:
    return await cases.open(NewCase(version.id, "X" * 55, "张三", status, at=at), CLERK)


async def moved(cases: Cases, case: Case, to: Status, at: datetime | None = None, **told: Any) -> Case:
    return await cases.move(case.number, to, who_may(to), reason="说明", data=TOLD.get(to, {}) | told, at=at)


async def led_to(cases: Cases, version: ItemVersion, *steps: Status) -> Case:
    """A case opened in the first of the statuses and led through the others."""
    case = await opened(cases, version, steps[0])
    for step in steps[1:]:
        case = await moved(cases, case, step)
    return case
