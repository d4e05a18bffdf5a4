"""Due dates in 2027 are provisional until its calendar is published, and are then told anew."""

from __future__ import annotations

import asyncio
from datetime import date, datetime

import pytest

from core.cases import Cases
from core.centre import Centre
from core.codes import Status
from core.database import Database
from core.local_time import ZONE, day_end, local
from core.models import Case, CaseEvent, ItemVersion
from tests.core.case_steps import SYSTEM, moved, opened

S = Status
DECEMBER = datetime(2026, 12, 28, 10, tzinfo=ZONE)
SPRING = {date(2027, 1, day): False for day in (1, 4, 5, 6)} | {date(2027, 1, 10): True}


@pytest.fixture(autouse=True)
def in_december(monkeypatch: pytest.MonkeyPatch) -> None:
    """These cases are accepted between Christmas and New Year 2026, whenever the tests run."""
    for module in ("core.cases", "core.change_checks"):
        monkeypatch.setattr(f"{module}.now", lambda: DECEMBER)


async def accepted(cases: Cases, version: ItemVersion, at: datetime = DECEMBER) -> Case:
    return await moved(cases, await opened(cases, version, at=at), S.ACCEPTED, at=at)


async def test_publishing_a_year_moves_what_hung_on_it(cases: Cases, centre: Centre, version: ItemVersion) -> None:
    case = await accepted(cases, version)
    assert (local(case.due_at), case.due_provisional) == (day_end(date(2027, 1, 5)), True)
    assert await cases.reschedule(SYSTEM) == 0
    await centre.publish_year(2027, SPRING, "国办发明电")
    assert await cases.reschedule(SYSTEM) == 1
    case = await Case.get(id=case.id)
    assert (local(case.due_at), case.due_provisional) == (day_end(date(2027, 1, 8)), False)
    assert await cases.reschedule(SYSTEM) == 0
    assert [event.kind for event in await CaseEvent.filter(case_id=case.id).order_by("seq")][-1] == "rescheduled"


async def test_the_statutory_day_moves_where_the_promised_one_was_sure(
    cases: Cases, centre: Centre, version: ItemVersion
) -> None:
    case = await accepted(cases, version, datetime(2026, 12, 21, 10, tzinfo=ZONE))
    assert (local(case.due_at), case.due_provisional) == (day_end(date(2026, 12, 28)), False)
    await centre.publish_year(2027, SPRING, "国办发明电")
    assert await cases.reschedule(SYSTEM) == 1
    assert (await Case.get(id=case.id)).statutory_due_at > case.statutory_due_at


async def test_cases_that_are_over_keep_their_day(cases: Cases, centre: Centre, version: ItemVersion) -> None:
    case = await moved(cases, await accepted(cases, version), S.WITHDRAWN)
    await centre.publish_year(2027, SPRING, "国办发明电")
    assert await cases.reschedule(SYSTEM) == 0
    assert (await Case.get(id=case.id)).due_at == case.due_at


async def test_all_are_moved_however_many(
    cases: Cases, centre: Centre, version: ItemVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.case_store.AT_A_TIME", 2)
    for _ in range(5):
        await accepted(cases, version)
    await centre.publish_year(2027, SPRING, "国办发明电")
    assert await cases.reschedule(SYSTEM) == 5
    assert await Case.filter(due_provisional=True).count() == 0


async def test_a_day_of_another_year_is_refused(centre: Centre) -> None:
    with pytest.raises(ValueError, match="2028"):
        await centre.publish_year(2027, {date(2028, 1, 4): False}, "国办发明电")
    assert not (await centre.working_time()).calendar.is_published(2027)


async def test_another_process_learns_of_a_published_year(
    centre: Centre, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.revisions.LOOK_AGAIN_S", 0)
    other = Centre(database)
    assert (await other.working_time()).calendar.is_workday(date(2027, 1, 4))
    await centre.publish_year(2027, SPRING, "国办发明电")
    for _ in range(1000):
        if not (await other.working_time()).calendar.is_workday(date(2027, 1, 4)):
            break
        await asyncio.sleep(0.01)
    else:
        pytest.fail("the calendar is still the old one")
    await other.close()
