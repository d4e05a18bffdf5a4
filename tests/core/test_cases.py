"""The life of a case, on a real SQLite and a real PostgreSQL."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from core.cases import Cases, NewCase
from core.codes import Status
from core.errors import BadRequest, Conflict, NotFound
from core.local_time import now
from core.models import Case, CaseEvent, ItemVersion, ServiceItem
from core.numbers import is_query_number, query_number
from core.transitions import RIGHTS, Role, next_statuses
from tests.core.case_steps import (
    CLERK,
    HANDLER,
    HEAD,
    ROAD,
    SUPERVISOR,
    SYSTEM,
    TOLD,
    S,
    actor,
    item,
    led_to,
    moved,
    opened,
    who_may,
)

WAYS = {
    S.DRAFT: (S.DRAFT,),
    S.SUBMITTED: (S.SUBMITTED,),
    S.PRE_RETURNED: (S.SUBMITTED, S.PRE_RETURNED),
    S.PRE_PASSED: (S.SUBMITTED, S.PRE_PASSED),
    S.CORRECTION: (S.RECEIVED, S.CORRECTION),
    S.NOT_ACCEPTED: (S.RECEIVED, S.NOT_ACCEPTED),
    S.SPECIAL: (*ROAD[:3], S.SPECIAL),
    S.TRANSFERRED: (*ROAD[:3], S.TRANSFERRED),
    S.WITHDRAWN: (S.RECEIVED, S.WITHDRAWN),
    S.TERMINATED: (S.RECEIVED, S.TERMINATED),
} | {status: ROAD[: n + 1] for n, status in enumerate(ROAD)}


async def events_of(case: Case) -> list[CaseEvent]:
    return await CaseEvent.filter(case_id=case.id).order_by("seq")


async def test_a_number_that_came_with_a_case_is_never_made_again(cases: Cases, version: ItemVersion) -> None:
    given = query_number(now().date(), 7)
    brought = await cases.open(NewCase(version.id, "X" * 55, "张三", number=given, project_no="A" * 50), CLERK)
    assert brought.number == given
    made = [(await opened(cases, version)).number for _ in range(3)]
    assert made == [query_number(now().date(), n) for n in (8, 9, 10)]


async def test_a_case_taken_in_has_numbers_and_a_first_event(cases: Cases, version: ItemVersion) -> None:
    case, other = await opened(cases, version), await opened(cases, version)
    assert is_query_number(case.number)
    assert len(case.project_no) == 50
    assert len({case.number, other.number, case.project_no, other.project_no}) == 4
    (event,) = await cases.history(case.number)
    assert (event.kind, event.actor, event.department, event.channel) == ("opened", CLERK.name, "公安局", "desk")


async def test_a_case_begins_only_at_a_beginning(cases: Cases, version: ItemVersion) -> None:
    for status in set(Status) - {S.DRAFT, S.SUBMITTED, S.RECEIVED}:
        with pytest.raises(BadRequest, match="does not begin"):
            await opened(cases, version, status)


async def test_a_case_can_not_begin_tomorrow(cases: Cases, version: ItemVersion) -> None:
    with pytest.raises(BadRequest, match="future"):
        await opened(cases, version, at=now() + timedelta(days=1))


async def test_the_supervisor_takes_no_case_in(cases: Cases, version: ItemVersion) -> None:
    with pytest.raises(BadRequest, match="supervisor"):
        await cases.open(NewCase(version.id, "X" * 55, "张三"), SUPERVISOR)


async def test_from_each_status_every_allowed_change_and_no_other(cases: Cases, version: ItemVersion) -> None:
    for status, way in WAYS.items():
        case = await led_to(cases, version, *way)
        for to in set(Status) - next_statuses(status, "2"):
            with pytest.raises(BadRequest, match="can't become"):
                await moved(cases, case, to)
        assert len(await events_of(case)) == len(way)
        for to in next_statuses(status, "2"):
            assert (await led_to(cases, version, *way, to)).status == to


async def test_an_item_done_on_the_spot_is_decided_as_soon_as_it_is_accepted(
    cases: Cases, on_the_spot: ItemVersion
) -> None:
    case = await led_to(cases, on_the_spot, S.RECEIVED, S.ACCEPTED, S.DECIDED, S.COMPLETED)
    assert case.status == S.COMPLETED


async def test_only_who_has_the_right_makes_a_change(cases: Cases, version: ItemVersion) -> None:
    ways = WAYS | {S.SUBMITTED: (S.DRAFT, S.SUBMITTED), S.RECEIVED: (S.SUBMITTED, S.PRE_PASSED, S.RECEIVED)}
    for to, way in ((to, way) for to, way in ways.items() if to != S.DRAFT):
        case = await led_to(cases, version, *way[:-1])
        for role in set(Role) - RIGHTS[to]:
            with pytest.raises(BadRequest, match="may not"):
                await cases.move(case.number, to, actor(role), reason="说明", data=TOLD.get(to, {}))
        assert len(await events_of(case)) == len(way) - 1
        assert (await moved(cases, case, to)).status == to


async def test_what_puts_an_applicant_off_needs_a_reason(cases: Cases, version: ItemVersion) -> None:
    for to in (S.PRE_RETURNED, S.NOT_ACCEPTED, S.SPECIAL, S.TERMINATED):
        case = await led_to(cases, version, *WAYS[to][:-1])
        with pytest.raises(BadRequest, match="reason"):
            await cases.move(case.number, to, who_may(to), reason="  ", data=TOLD.get(to, {}))


UNSOUND: tuple[tuple[Status, dict[str, object], str], ...] = (
    (S.CORRECTION, {}, "complete list"),
    (S.CORRECTION, {"missing": []}, "complete list"),
    (S.CORRECTION, {"missing": "照片", "amend_until": "2099-01-01"}, "list of names"),
    (S.CORRECTION, {"missing": ["照片", " "], "amend_until": "2099-01-01"}, "list of names"),
    (S.CORRECTION, {"missing": ["照片"]}, "last day"),
    (S.SPECIAL, {"until": "2099-01-01"}, "special procedure"),
    (S.CORRECTION, {"missing": ["照片"], "amend_until": "下周"}, "no day"),
    (S.CORRECTION, {"missing": ["照片"], "amend_until": "2020-01-01"}, "over already"),
    (S.SPECIAL, {"procedure": "检测", "until": "2026-13-01"}, "no day"),
    (S.SPECIAL, {"procedure": "研究研究"}, "stops the clock"),
    (S.DECIDED, {}, "granted or refused"),
    (S.DECIDED, {"decision": "maybe"}, "granted or refused"),
    (S.COMPLETED, {}, "result code"),
    (S.COMPLETED, {"result_code": "7"}, "result code"),
)


async def test_what_a_status_tells_must_be_sound(cases: Cases, version: ItemVersion) -> None:
    at = {to: await led_to(cases, version, *WAYS[to][:-1]) for to, _, _ in UNSOUND}
    for to, data, why in UNSOUND:
        with pytest.raises(BadRequest, match=why):
            await cases.move(at[to].number, to, who_may(to), reason="说明", data=data)
    assert all([len(await events_of(case)) == len(WAYS[to]) - 1 for to, case in at.items()])


async def test_a_refusal_needs_a_reason(cases: Cases, version: ItemVersion) -> None:
    case = await led_to(cases, version, *ROAD[:3])
    with pytest.raises(BadRequest, match="reason"):
        await cases.move(case.number, S.DECIDED, HEAD, data={"decision": "refused"})
    await cases.move(case.number, S.DECIDED, HEAD, reason="不符合条件", data={"decision": "refused"})


async def test_material_that_never_came_ends_a_case(cases: Cases, version: ItemVersion) -> None:
    case = await led_to(cases, version, S.RECEIVED, S.CORRECTION)
    assert (await moved(cases, case, S.COMPLETED, result_code="5")).told["result_code"] == "5"


async def test_a_change_can_not_lie_in_the_future(cases: Cases, version: ItemVersion) -> None:
    case = await opened(cases, version)
    with pytest.raises(BadRequest, match="future"):
        await moved(cases, case, S.ACCEPTED, at=now() + timedelta(minutes=1))


async def test_a_number_that_is_none_is_not_found(cases: Cases, version: ItemVersion) -> None:
    for ask in (cases.history("261123000018"), cases.move("261123000018", S.ACCEPTED, CLERK)):
        with pytest.raises(NotFound):
            await ask


async def test_of_many_changes_at_once_one_wins_and_the_others_are_told(cases: Cases, version: ItemVersion) -> None:
    case = await opened(cases, version)
    ways = (S.ACCEPTED, S.NOT_ACCEPTED, S.CORRECTION, S.WITHDRAWN, S.TERMINATED, S.ACCEPTED)
    came = await asyncio.gather(*(moved(cases, case, to) for to in ways), return_exceptions=True)
    winners = [one for one in came if isinstance(one, Case)]
    assert 1 <= len(winners) < len(ways)
    assert all(isinstance(one, Conflict | BadRequest) for one in came if one not in winners)
    # Who came late enough to read what the first made of it may have gone on from there, but never past it.
    events = await events_of(case)
    assert [event.seq for event in events] == list(range(1, len(winners) + 2))
    assert all(after.status_from == before.status_to for before, after in pairwise(events))
    assert (await Case.get(id=case.id)).status == events[-1].status_to


async def test_who_saw_an_older_state_is_told(cases: Cases, version: ItemVersion) -> None:
    case = await opened(cases, version)
    await cases.move(case.number, S.ACCEPTED, CLERK, expected_seq=1)
    with pytest.raises(Conflict, match="accepted now"):
        await cases.move(case.number, S.WITHDRAWN, CLERK, expected_seq=1)
    assert len(await events_of(case)) == 2


async def test_cases_opened_at_once_have_numbers_of_their_own(cases: Cases, version: ItemVersion) -> None:
    made = await asyncio.gather(*(opened(cases, version) for _ in range(30)))
    assert len({case.number for case in made}) == 30
    assert len({case.project_no for case in made}) == 30


async def test_the_head_extends_a_limit_once_by_ten_days_at_most(cases: Cases, version: ItemVersion) -> None:
    case = await led_to(cases, version, S.RECEIVED, S.ACCEPTED)
    for days, who, reason in ((11, HEAD, "案情复杂"), (0, HEAD, "案情复杂"), (5, HANDLER, "案情复杂"), (5, HEAD, " ")):
        with pytest.raises(BadRequest):
            await cases.extend(case.number, days, who, reason=reason)
    extended = await cases.extend(case.number, 10, HEAD, reason="案情复杂")
    assert extended.extended
    assert extended.due_at > case.due_at
    with pytest.raises(BadRequest, match="once"):
        await cases.extend(case.number, 1, HEAD, reason="案情复杂")
    assert [event.kind for event in await events_of(case)] == ["opened", "moved", "extended"]


async def test_only_a_running_limit_is_extended(cases: Cases, version: ItemVersion) -> None:
    for way in (ROAD[:1], ROAD[:4], (S.RECEIVED, S.ACCEPTED, S.WITHDRAWN)):
        case = await led_to(cases, version, *way)
        with pytest.raises(BadRequest, match="accepted and not decided"):
            await cases.extend(case.number, 5, HEAD, reason="案情复杂")


async def test_pin_and_token_are_made_worthless_with_a_reason(cases: Cases, version: ItemVersion) -> None:
    case = await opened(cases, version)
    for renew in (cases.renew_pin, cases.revoke_token):
        with pytest.raises(BadRequest, match="reason"):
            await renew(case.number, CLERK, reason="")
    assert (await cases.renew_pin(case.number, CLERK, reason="回执遗失")).pin_version == 2
    assert (await cases.revoke_token(case.number, CLERK, reason="回执遗失")).token_version == 2
    assert [event.kind for event in await events_of(case)] == ["opened", "pin_renewed", "token_revoked"]


async def test_amending_names_the_fields_in_the_event_and_never_the_values(cases: Cases, version: ItemVersion) -> None:
    case = await opened(cases, version)
    await cases.amend(case.number, {"applicant_name": "李四光", "mobile": "13800005678"}, CLERK)
    assert (await Case.get(id=case.id)).applicant_name == "李四光"
    event = (await events_of(case))[-1]
    assert event.data == {"fields": ["applicant_name", "mobile"]}
    assert not any(told in str(dict(event)) for told in ("李四光", "13800005678"))


async def test_only_what_is_known_of_the_applicant_is_amended(cases: Cases, version: ItemVersion) -> None:
    case = await opened(cases, version)
    for field in ("status", "number", "seq", "pin_version", "due_at", "id", "nonsense"):
        with pytest.raises(BadRequest, match=field):
            await cases.amend(case.number, {field: "1"}, CLERK)


async def test_the_version_in_force_at_acceptance_counts_whatever_is_published_later(cases: Cases) -> None:
    first = await item("Z" * 20, promise_days=5)
    case = await opened(cases, first)
    for number, days in ((2, 9), (3, 19)):
        columns = {name: getattr(first, name) for name in ("item_id", "department_id", "name", "task_type")}
        published = ItemVersion(**columns, number=number, digest=str(number), promise_days=days, promise_unit="1")
        await published.save()
        await ServiceItem.filter(id=first.item_id).update(version=number)
        if number == 2:
            accepted = await moved(cases, case, S.ACCEPTED)
    assert accepted.version_id == accepted.version.id == (await Case.get(id=case.id)).version_id
    assert accepted.version.number == 2
    reviewing = await moved(cases, case, S.REVIEWING)
    assert (reviewing.version.number, reviewing.due_at) == (2, accepted.due_at)


async def test_a_list_leads_a_case_onward_only(cases: Cases, version: ItemVersion) -> None:
    case = await led_to(cases, version, *ROAD[:4])
    synced = await cases.sync(case.number, S.COMPLETED, SYSTEM, now(), {"result_code": "0"})
    assert (synced.status, synced.told["decision"]) == (S.COMPLETED, "granted")
    with pytest.raises(BadRequest, match="can't become"):
        await cases.sync(case.number, S.REVIEWING, SYSTEM, now(), {})


async def test_who_acted_is_written_with_each_event(cases: Cases, version: ItemVersion) -> None:
    case = await opened(cases, version)
    who = replace(CLERK, name="王芳", department="市场监管局", channel="kiosk")
    await cases.move(case.number, S.NOT_ACCEPTED, who, reason=" 不属于本机关职权 ")
    event = (await events_of(case))[-1]
    told = (event.status_from, event.status_to, event.actor, event.department, event.channel, event.reason)
    assert told == ("received", "not_accepted", "王芳", "市场监管局", "kiosk", "不属于本机关职权")
