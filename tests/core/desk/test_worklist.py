"""A worklist shows each case once, soonest first, page by page, and as fast with a million cases as with ten."""

from __future__ import annotations

import random
import time
from datetime import timedelta

import pytest

from core.calendar import WorkCalendar
from core.codes import Status
from core.database import Database
from core.desk.worklist import Colour, Tab, Worklist, act_by_of, colour_of
from core.local_time import moment, now
from core.models import Case, ItemVersion
from core.staff import Member, Post

SUPERVISOR = Member(1, "supervisor", "赵", Post.SUPERVISOR, "", "", False, now(), False)
CLERK = Member(2, "clerk", "王", Post.CLERK, "甲局", "", False, now(), False)
STATUSES = [status.value for status in Status]


async def fill(version: ItemVersion, number: int, seed: int = 1) -> None:
    """Cases in every status, many with the same due day, some with none."""
    chance = random.Random(seed)
    at = now().replace(microsecond=0)
    rows = [
        Case(
            number=f"{n:012d}",
            project_no=f"P{n}",
            version_id=version.id,
            applicant_name=f"张{n % 7}",
            id_number=f"ID{n % 11}" if n % 3 else "",
            mobile=f"1380000{n % 13:04d}",
            department=chance.choice(("甲局", "乙局")),
            handler=chance.choice(("", "supervisor")),
            status=STATUSES[n % len(STATUSES)],
            applied_at=at - timedelta(hours=chance.randrange(40)),
            due_at=chance.choice((None, at + timedelta(days=chance.randrange(-3, 5)))),
            completed_at=at - timedelta(days=chance.randrange(5)),
            updated_at=at,
        )
        for n in range(number)
    ]
    await Case.bulk_create(rows, batch_size=1000)


@pytest.mark.parametrize("tab", list(Tab))
@pytest.mark.parametrize("member", [SUPERVISOR, CLERK], ids=["all", "department"])
@pytest.mark.parametrize("most", [1, 7, 500])
async def test_pages_show_each_case_once_and_in_order(database, centre, version, tab, member, most) -> None:
    await fill(version, 320)
    worklist = Worklist(database, centre)
    seen, after = [], ""
    while True:
        page = await worklist.page(member, tab, after, most)
        assert len(page.lines) <= most
        seen += page.lines
        if not (after := page.next):
            break
    wanted = {
        Tab.WAITING: {"submitted", "pre_passed", "pre_returned", "received", "correction"},
        Tab.RUNNING: {"accepted", "reviewing", "special", "transferred", "decided"},
        Tab.DONE: {"completed"},
    }.get(tab, {"accepted", "reviewing", "special", "transferred", "decided"})
    cases = [case for case in await Case.all() if case.status in wanted]
    if tab is Tab.MINE:
        cases = [case for case in cases if case.handler == member.login]
    elif member.department:
        cases = [case for case in cases if case.department == member.department]
    assert len(seen) == len(cases)
    assert {line.id for line in seen} == {case.id for case in cases}
    column = {Tab.WAITING: "applied_at", Tab.DONE: "completed_at"}.get(tab, "due_at")
    times = [getattr(case, column) for line in seen for case in cases if case.id == line.id]
    dated = [at for at in times if at]
    assert dated == sorted(dated, reverse=tab is Tab.DONE)
    assert times[len(dated) :] == [None] * (len(times) - len(dated)), "those without a limit come last"


FARTHEST = ["0001-01-01T00:00:00+14:00_1", "0001-01-01_1", "9999-12-31T23:59:59-12:00_1"]


@pytest.mark.parametrize(
    "after",
    [
        "x",
        "_",
        "2026_1",
        "none_",
        "none_x",
        "'; DROP TABLE approval_case_1",
        "2026-01-01_" + "9" * 40,
        "none_²",
        *FARTHEST,
    ],
)
async def test_a_place_that_is_none_is_the_first_page_or_an_empty_one(database, centre, version, after) -> None:
    await fill(version, 32)
    await Worklist(database, centre).page(SUPERVISOR, Tab.RUNNING, after)


async def test_a_day_after_all_others_is_shown_and_gone_past(database, centre, version) -> None:
    await fill(version, 32)
    worklist = Worklist(database, centre)
    await Case.exclude(status="draft").update(status="reviewing", due_at=moment("9999-12-31"))
    shown = await worklist.page(SUPERVISOR, Tab.RUNNING, "", 5)
    further = await worklist.page(SUPERVISOR, Tab.RUNNING, shown.next, 5)
    assert len(shown.lines) == len(further.lines) == 5
    assert not {line.id for line in shown.lines} & {line.id for line in further.lines}
    await Case.exclude(status="draft").update(status="correction", told={"amend_until": "9999-12-31"})
    assert (await worklist.page(SUPERVISOR, Tab.WAITING, "", 5)).lines


async def test_a_case_is_found_by_any_of_its_numbers_and_never_a_draft(database, centre, version) -> None:
    await fill(version, 160)
    worklist = Worklist(database, centre)
    case = (await Case.filter(status="received").exclude(id_number=""))[0]
    for sought in (case.number, case.project_no, case.id_number, case.mobile, case.applicant_name):
        assert case.id in {line.id for line in await worklist.find(SUPERVISOR, sought)}
    draft = (await Case.filter(status="draft"))[0]
    assert await worklist.find(SUPERVISOR, draft.number) == ()
    assert all(line.department == "甲局" for line in await worklist.find(CLERK, case.applicant_name))


def test_colours_follow_the_clock() -> None:
    calendar, at = WorkCalendar(), now().replace(year=2026, month=11, day=23, hour=10)  # a Monday
    colours = {days: colour_of(Status.REVIEWING, at + timedelta(days=days), at, calendar) for days in (-1, 0, 1, 2, 9)}
    assert colours == {-1: Colour.LATE, 0: Colour.SOON, 1: Colour.SOON, 2: Colour.GREEN, 9: Colour.GREEN}
    assert colour_of(Status.SPECIAL, at - timedelta(days=9), at, calendar) is Colour.STOPPED
    assert colour_of(Status.RECEIVED, None, at, calendar) is Colour.NONE


def test_the_one_complete_list_is_due_five_working_days_after_receipt() -> None:
    calendar, at = WorkCalendar(), now().replace(year=2026, month=11, day=23, hour=10)
    act_by = act_by_of(Status.RECEIVED, None, at, {}, calendar)
    assert act_by and act_by.date().isoformat() == "2026-11-30"
    correction = act_by_of(Status.CORRECTION, None, at, {"amend_until": "2026-12-05"}, calendar)
    assert correction and correction.date().isoformat() == "2026-12-05"


_SQLITE = """
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})
INSERT INTO approval_case (number, project_no, version_id, applicant_name, department, status, applied_at, due_at,
  completed_at, updated_at, due_provisional, extended, told, clock, agent, seq, project_name, applicant_type, id_type,
  id_number, mobile, legal_representative, region_code, channel, invest_no, pin_version, token_version, handler)
SELECT printf('9%011d', i), 'M' || i, {version}, '张' || (i % 100000),
  CASE i / 50 % 20 WHEN 0 THEN '甲局' ELSE '乙局' || (i / 50 % 20) END,
  CASE WHEN i % 50 = 0 THEN 'reviewing' WHEN i % 50 = 1 THEN 'received' WHEN i % 50 = 2 THEN 'completed'
  ELSE 'delivered' END, {moment}, {moment}, {moment}, '2026-01-01 00:00:00+08:00',
  {no}, {no}, '{{}}', '{{}}', '{{}}', 1,
  '', '1', '', '', '', '', '', '', '', 1, 1, CASE i % 500 WHEN 0 THEN 'clerk' ELSE '' END
FROM n
"""


# The quickest of so many counts: looking through all cases is slow each time, a machine's hiccup comes once.
_TIMES = 5


@pytest.mark.slow
async def test_a_page_and_a_find_in_a_million_cases_take_less_than_50_ms(database: Database, centre, version) -> None:
    rows = 1_000_000
    postgres = database.is_postgres
    moment = (
        "TIMESTAMPTZ '2026-01-01 00:00:00+08' + i * interval '1 second'"
        if postgres
        else "strftime('%Y-%m-%d %H:%M:%S+08:00', '2026-01-01', '+' || i || ' seconds')"
    )
    sql = _SQLITE.format(rows=rows, version=version.id, moment=moment, no="false" if postgres else "0")
    if postgres:
        sql = sql.replace("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000)", "")
        sql = sql.replace("printf('9%011d', i)", "'9' || lpad(i::text, 11, '0')")
        sql = sql.replace("FROM n", f"FROM generate_series(1, {rows}) AS n(i)")
    await database.client.execute_script(sql)
    await database.client.execute_script("ANALYZE")
    worklist = Worklist(database, centre)
    for member in (SUPERVISOR, CLERK):
        for tab in Tab:
            page, took = await worklist.page(member, tab), []
            for _ in range(_TIMES):
                began = time.perf_counter()
                page = await worklist.page(member, tab, page.next)
                took.append(time.perf_counter() - began)
            assert min(took) < 0.05, (member.login, tab, took)
    found, took = (), []
    for _ in range(_TIMES):
        began = time.perf_counter()
        found = await worklist.find(SUPERVISOR, "张77")
        took.append(time.perf_counter() - began)
    assert len(found) == 10
    assert min(took) < 0.05, took
