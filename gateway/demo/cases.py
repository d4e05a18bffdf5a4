"""Five hundred cases of the demonstration, in every status, led there step by step as people would."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from random import Random
from typing import Any

from core.calendar import WorkCalendar
from core.cases import Actor, Cases, NewCase
from core.codes import Decision, ProjectType, ResultCode, Status
from core.local_time import ZONE
from core.transitions import Role

SEED = 20_260_101
S = Status
# How each status is reached, and how many of the cases stand there.
Ways = Mapping[Status, tuple[int, tuple[Status, ...]]]
WAYS: Ways = {
    S.DRAFT: (12, (S.DRAFT,)),
    S.SUBMITTED: (24, (S.SUBMITTED,)),
    S.PRE_RETURNED: (16, (S.SUBMITTED, S.PRE_RETURNED)),
    S.PRE_PASSED: (16, (S.SUBMITTED, S.PRE_PASSED)),
    S.RECEIVED: (40, (S.RECEIVED,)),
    S.CORRECTION: (32, (S.RECEIVED, S.CORRECTION)),
    S.NOT_ACCEPTED: (16, (S.RECEIVED, S.NOT_ACCEPTED)),
    S.ACCEPTED: (48, (S.RECEIVED, S.ACCEPTED)),
    S.REVIEWING: (80, (S.RECEIVED, S.ACCEPTED, S.REVIEWING)),
    S.SPECIAL: (24, (S.RECEIVED, S.ACCEPTED, S.REVIEWING, S.SPECIAL)),
    S.TRANSFERRED: (16, (S.RECEIVED, S.ACCEPTED, S.REVIEWING, S.TRANSFERRED)),
    S.DECIDED: (32, (S.RECEIVED, S.ACCEPTED, S.REVIEWING, S.DECIDED)),
    S.COMPLETED: (56, (S.RECEIVED, S.ACCEPTED, S.REVIEWING, S.DECIDED, S.COMPLETED)),
    S.DELIVERED: (56, (S.RECEIVED, S.ACCEPTED, S.REVIEWING, S.DECIDED, S.COMPLETED, S.DELIVERED)),
    S.WITHDRAWN: (16, (S.RECEIVED, S.ACCEPTED, S.WITHDRAWN)),
    S.TERMINATED: (16, (S.RECEIVED, S.ACCEPTED, S.REVIEWING, S.TERMINATED)),
}
_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧"
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红建国志新"
_ROLES: dict[Status, Role] = {
    S.SPECIAL: Role.HANDLER,
    S.REVIEWING: Role.HANDLER,
    S.TRANSFERRED: Role.HANDLER,
    S.DECIDED: Role.HEAD,
    S.COMPLETED: Role.HANDLER,
    S.TERMINATED: Role.SUPERVISOR,
}


@dataclass(frozen=True, slots=True)
class DemoItem:
    """What of an item its demonstration cases need."""

    version_id: int
    task_code: str
    name: str
    department: str
    project_type: str
    result_name: str
    materials: tuple[str, ...]
    name_en: str = ""


async def open_cases(
    cases: Cases,
    items: list[DemoItem],
    calendar: WorkCalendar,
    now: datetime,
    progress: Callable[[int, int], None],
    ways: Ways,
) -> None:
    """Open them and lead each to its status; the same every time but for the days, which lie just behind `now`."""
    random = Random(SEED)  # noqa: S311  (a demonstration must come out the same again)
    done, total = 0, sum(count for count, _ in ways.values())
    for count, way in ways.values():
        for n in range(count):
            await _lead(cases, random.choice(items), way, n, calendar, now, random)
            done += 1
            progress(done, total)


async def _lead(
    cases: Cases,
    item: DemoItem,
    way: tuple[Status, ...],
    n: int,
    calendar: WorkCalendar,
    now: datetime,
    random: Random,
) -> None:
    if item.project_type == ProjectType.ON_THE_SPOT and S.DECIDED in way:
        way = tuple(step for step in way if step != S.REVIEWING)
    times = _times(len(way), calendar, now, random)
    person = {"mobile": f"1380000{random.randrange(10_000):04d}", "department": item.department}
    name = random.choice(_SURNAMES) + "".join(random.sample(_GIVEN, random.choice((1, 2))))
    first = NewCase(item.version_id, item.task_code, name, way[0], at=next(times), person=person)
    case = await cases.open(first, actor_for(way[0], item))
    for step in way[1:]:
        at = next(times)
        reason, data = facts_of_step(step, item, n, at, calendar)
        case = await cases.move(case.number, step, actor_for(step, item), reason=reason, data=data, at=at)


def actor_for(step: Status, item: DemoItem) -> Actor:
    """Somebody who may take a step."""
    return Actor("演示人员", _ROLES.get(step, Role.CLERK), item.department, "demo")


def _times(count: int, calendar: WorkCalendar, now: datetime, random: Random) -> Iterator[datetime]:
    """So many moments in office hours, a day or two apart, the last one before `now`."""
    days = [now.date() - timedelta(days=random.randrange(1, 4))]
    while len(days) < count:
        days.append(days[-1] - timedelta(days=random.randrange(1, 3)))
    for day in reversed(days):
        worked = day
        while not calendar.is_workday(worked):
            worked -= timedelta(days=1)
        yield datetime.combine(worked, time(9 + random.randrange(2), random.randrange(60)), ZONE)


def facts_of_step(
    step: Status, item: DemoItem, n: int, at: datetime, calendar: WorkCalendar
) -> tuple[str, dict[str, Any]]:
    """The reason and the facts that a step tells; `n` varies them."""
    match step:
        case S.CORRECTION | S.PRE_RETURNED:
            missing = list(item.materials[: 1 + n % max(1, len(item.materials))])
            return "材料不齐", {"missing": missing, "amend_until": calendar.add_workdays(at.date(), 10).isoformat()}
        case S.NOT_ACCEPTED:
            return "不属于本机关职权范围，请向有权机关提出", {}
        case S.SPECIAL:
            procedure = ("听证", "检测", "专家评审", "鉴定")[n % 4]
            return f"依法需要{procedure}", {
                "procedure": procedure,
                "until": calendar.add_workdays(at.date(), 15).isoformat(),
            }
        case S.TERMINATED:
            return "申请人主体资格终止", {}
        case S.WITHDRAWN:
            return "申请人撤回", {}
        case S.DECIDED:
            refused = n % 8 == 7
            decision = Decision.REFUSED if refused else Decision.GRANTED
            return ("不符合受理条件第一项" if refused else ""), {"decision": decision.value}
        case S.COMPLETED:
            result = {"result_name": item.result_name, "result_no": f"示例〔{at:%Y}〕{n + 1}号"}
            return "", {"result_code": ResultCode.CERTIFICATE.value, **result, "collect": "一楼出证窗口，带本回执"}
    return "", {}
