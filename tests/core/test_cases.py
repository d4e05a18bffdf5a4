"""The life of a case, on a real SQLite and a real PostgreSQL."""

from __future__ import annotations

import asyncio

import pytest

from core.cases import Actor, Cases, NewCase
from core.centre import Centre
from core.codes import Status
from core.errors import BadRequest, Conflict
from core.models import Case, CaseEvent, Department, ItemVersion, ServiceItem
from core.transitions import Role

CLERK, HANDLER = Actor("王", Role.CLERK), Actor("李", Role.HANDLER)


@pytest.fixture
async def cases(database):
    centre = Centre(database)
    yield Cases(database, centre)
    await centre.close()


@pytest.fixture
async def version(database):
    department = await Department.create(name="公安局")
    item = await ServiceItem.create(task_code="X" * 55)
    return await ItemVersion.create(
        item=item,
        department=department,
        digest="",
        name="身份证补领",
        task_type="01",
        project_type="2",
        promise_days=5,
        promise_unit="1",
    )


async def taken_in(cases, version):
    return await cases.open(NewCase(version.id, "X" * 55, "张三"), CLERK)


async def test_a_case_taken_in_has_a_number_and_a_first_event(cases, version):
    case = await taken_in(cases, version)
    assert len(case.number) == 12
    assert len(case.project_no) == 50
    assert [event.kind for event in await cases.history(case.number)] == ["opened"]


async def test_acceptance_starts_the_clock(cases, version):
    case = await taken_in(cases, version)
    case = await cases.move(case.number, Status.ACCEPTED, CLERK)
    assert case.due_at < case.statutory_due_at


async def test_of_two_changes_at_once_one_wins_and_the_other_is_told(cases, version):
    case = await taken_in(cases, version)
    ways = (
        cases.move(case.number, Status.ACCEPTED, CLERK),
        cases.move(case.number, Status.NOT_ACCEPTED, CLERK, reason="不属于本机关职权"),
    )
    came = await asyncio.gather(*ways, return_exceptions=True)
    assert sorted(isinstance(one, Case) for one in came) == [False, True]
    assert any(isinstance(one, Conflict | BadRequest) for one in came)
    assert await CaseEvent.filter(case_id=case.id).count() == 2


async def test_who_saw_an_older_state_is_told(cases, version):
    case = await taken_in(cases, version)
    await cases.move(case.number, Status.ACCEPTED, CLERK, expected_seq=1)
    with pytest.raises(Conflict):
        await cases.move(case.number, Status.WITHDRAWN, CLERK, expected_seq=1)


@pytest.mark.parametrize("to", [Status.DECIDED, Status.DELIVERED, Status.SUBMITTED])
async def test_a_change_outside_the_table_is_refused_and_leaves_no_trace(cases, version, to):
    case = await taken_in(cases, version)
    with pytest.raises(BadRequest):
        await cases.move(case.number, to, HANDLER)
    assert await CaseEvent.filter(case_id=case.id).count() == 1
