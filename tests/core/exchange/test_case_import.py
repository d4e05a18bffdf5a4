"""Lists of cases: opened in bulk with their first event, moved on, amended, and told apart when bad."""

from __future__ import annotations

import datetime
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.case_state import Event, replayed
from core.case_store import rules_of, state_of
from core.cases import Actor, Cases, Role
from core.centre import Centre
from core.database import Database
from core.errors import BadRequest
from core.exchange import Report, import_cases, import_items
from core.local_time import ZONE, now
from core.models import Case, CaseEvent
from core.numbers import is_query_number, query_number

ACTOR = Actor("导入", Role.SYSTEM, channel="import")
HEADING = (
    "办件编号,实施编码,办件状态,申请人,证件类型,证件号码,手机,申请时间,受理时间,承诺时间,办结时间,办结结果,查询号\n"
)
GOOD_ID = "36042619910101007" + "1"
ITEMS = (
    "实施编码,事项名称,实施主体,事项类型,办件类型,承诺办结时限,承诺办结时限单位\n"
    "A1,开办餐馆,局,01,2,10,工作日\nA2,查询,局,20,1,3,小时\nA3,登记,局,07,2,1,月\n"
)


@pytest.fixture
async def cases(database: Database, tmp_path: Path) -> AsyncIterator[Cases]:
    path = tmp_path / "items.csv"
    path.write_text(ITEMS)
    await import_items(database, path, ACTOR)
    centre = Centre(database)
    try:
        yield Cases(database, centre)
    finally:
        await centre.close()


async def take(database: Database, cases: Cases, path: Path, *rows: str, encoding: str = "utf-8") -> Report:
    return await import_cases(database, cases, written(path, HEADING + "\n".join(rows) + "\n", encoding), ACTOR)


def written(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_text(text, encoding=encoding)
    return path


def counts(report: Report) -> tuple[int, int, int, int]:
    return report.created, report.updated, report.unchanged, report.rejected_total


ROWS = (
    f"P1,A1,已办结,张三,身份证,{GOOD_ID},13812345678,2026-03-04 10:00,2026/3/5,2026-03-20,20260318,出证办结,",
    "P2,A1,已受理,李四,,,+86 139-1234-5678,2026-03-04,2026-03-04 09:30:15,,,,",
    "P3,A2,审查中,王五,护照,E123,,2026-03-04 10:00,2026-03-05 10:00,,,,",
    "P4,A3,特别程序,赵六,,,,2026-03-04 10:00,2026-03-05 10:00,,,,",
    "P5,A1,已收件,钱七,,,,2026-03-04 10:00,,,,,",
    "P6,A1,待预审,孙八,,,,,,,,,",
    "P7,A3,已受理,周九,,,,2026-03-04 10:00,2026-03-05 10:00,,,,260304000999".replace(
        "260304000999", query_number(datetime.date(2026, 3, 4), 41)
    ),
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk"])
async def test_opened_with_first_event_as_replay_tells(
    database: Database, cases: Cases, tmp_path: Path, encoding: str
) -> None:
    report = await take(database, cases, tmp_path / "c.csv", *ROWS, encoding=encoding)
    assert (counts(report), report.rejected) == ((7, 0, 0, 0), [])
    centre = Centre(database)
    working_time = await centre.working_time()
    await centre.close()
    for case in await Case.all().select_related("version"):
        events = await CaseEvent.filter(case_id=case.id).order_by("seq")
        assert [(e.seq, e.kind, e.actor, e.channel) for e in events] == [(1, "opened", "导入", "import")]
        history = [Event(e.kind, e.at, e.actor, e.status_to, channel=e.channel, data=e.data) for e in events]
        assert replayed(history, rules_of(case.version, working_time)) == state_of(case), case.project_no
        assert is_query_number(case.number)
    given = await Case.get(project_no="P7")
    assert given.number == query_number(datetime.date(2026, 3, 4), 41)
    first = await Case.get(project_no="P1")
    assert (first.id_type, first.mobile, first.told, first.project_name) == (
        "10",
        "13812345678",
        {"result_code": "0"},
        "开办餐馆",
    )
    assert first.accepted_at == datetime.datetime(2026, 3, 5, tzinfo=ZONE)
    assert (await Case.get(project_no="P2")).mobile == "13912345678"


async def test_second_import_changes_nothing(database: Database, cases: Cases, tmp_path: Path) -> None:
    await take(database, cases, tmp_path / "c.csv", *ROWS)
    before = await Case.all().order_by("id").values()
    report = await take(database, cases, tmp_path / "c.csv", *ROWS)
    assert counts(report) == (0, 0, 7, 0)
    assert not report.changed
    assert await Case.all().order_by("id").values() == before
    assert await CaseEvent.all().count() == 7


async def test_made_numbers_never_meet_given_ones(database: Database, cases: Cases, tmp_path: Path) -> None:
    given = query_number(datetime.date(2026, 3, 4), 2)
    rows = [f"Q{n},A1,已收件,张三,,,,2026-03-04 10:00,,,,," for n in range(3)]
    await take(database, cases, tmp_path / "c.csv", f"Q9,A1,已收件,张三,,,,2026-03-04 10:00,,,,,{given}")
    assert counts(await take(database, cases, tmp_path / "c.csv", *rows)) == (3, 0, 0, 0)


async def test_onward_and_amended(database: Database, cases: Cases, tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    await take(database, cases, path, "P1,A1,已受理,张三,,,13812345678,2026-03-04,2026-03-05,,,,")
    later = "P1,A1,已办结,张三丰,,,,2026-03-04,2026-03-05,,2026-03-09,出证办结,"
    assert counts(await take(database, cases, path, later)) == (0, 1, 0, 0)
    case = await Case.get(project_no="P1")
    assert (case.status, case.applicant_name, case.mobile) == ("completed", "张三丰", "13812345678")
    assert case.told == {"result_code": "0"}
    assert [e.kind for e in await CaseEvent.all().order_by("seq")] == ["opened", "synced", "amended"]
    assert counts(await take(database, cases, path, later)) == (0, 0, 1, 0)


async def test_backward_is_rejected(database: Database, cases: Cases, tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    await take(database, cases, path, "P1,A1,审查中,张三,,,,2026-03-04,2026-03-05,,,,")
    report = await take(
        database, cases, path, "P1,A1,已受理,张三,,,,2026-03-04,2026-03-05,,,,", "P2,A1,已收件,李四" + "," * 9
    )
    assert counts(report) == (1, 0, 0, 1)
    assert report.rejected[0].row == 2
    assert "can't become accepted" in report.rejected[0].reason


SOMEBODY, TOMORROW = "诸葛某某", now() + datetime.timedelta(days=3)
BAD = {
    "unknown item": "X,A9,已收件,诸葛某某,,,,,,,,,",
    "no project_no": ",A1,已收件,诸葛某某,,,,,,,,,",
    "long project_no": f"{'9' * 51},A1,已收件,诸葛某某,,,,,,,,,",
    "status": "X,A1,诸葛某某,诸葛某某,,,,,,,,,",
    "no name": "X,A1,已收件,,,,,,,,,,",
    "resident id": "X,A1,已收件,诸葛某某,身份证,360426199101010072,,,,,,,",
    "looks like id": "X,A1,已收件,诸葛某某,,360426199101010072,,,,,,,",
    "mobile": "X,A1,已收件,诸葛某某,,,1381234,,,,,,",
    "day": "X,A1,已收件,诸葛某某,,,,诸葛某某,,,,,",
    "future": f"X,A1,已收件,诸葛某某,,,,{TOMORROW:%Y-%m-%d},,,,,",
    "order": "X,A1,已受理,诸葛某某,,,,2026-03-05,2026-03-04,,,,",
    "not accepted": "X,A1,审查中,诸葛某某,,,,2026-03-05,,,,,",
    "not completed": "X,A1,已办结,诸葛某某,,,,2026-03-05,2026-03-05,,,,",
    "result": "X,A1,已办结,诸葛某某,,,,2026-03-05,2026-03-05,,2026-03-06,诸葛某某,",
    "number": "X,A1,已收件,诸葛某某,,,,,,,,,260304000018",
    "rounded": "1.14E+30,A1,已收件,诸葛某某,,,,,,,,,",
}


@pytest.mark.parametrize("row", BAD.values(), ids=BAD.keys())
async def test_bad_row_is_told_without_personal_data(
    database: Database, cases: Cases, tmp_path: Path, row: str
) -> None:
    good = [f"G{n},A1,已收件,张三,,,,2026-03-04,,,,," for n in range(2)]
    report = await take(database, cases, tmp_path / "c.csv", good[0], row, good[1])
    assert counts(report) == (2, 0, 0, 1)
    ((number, reason),) = report.rejected
    assert number == 3
    assert reason
    assert not any(personal in reason for personal in (SOMEBODY, "360426", "1381234"))


async def test_residents_older_than_their_county(database: Database, cases: Cases, tmp_path: Path) -> None:
    # 511602 has been a county's code since 1998 only; its people carry it whenever they were born.
    report = await take(database, cases, tmp_path / "c.csv", "P1,A1,已收件,张三,身份证,511602197003070011,,,,,,,")
    assert report.rejected == []


async def test_twice_in_a_file(
    database: Database, cases: Cases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.exchange.cases.BATCH", 2)
    number = query_number(datetime.date(2026, 3, 4), 7)
    rows = [f"P{n},A1,已收件,张三,,,,2026-03-04,,,,," for n in (1, 1, 2, 3, 1)]
    rows += [f"P{n},A1,已收件,张三,,,,2026-03-04,,,,,{number}" for n in (6, 7, 8)]
    for created, unchanged in ((4, 0), (0, 4)):
        report = await take(database, cases, tmp_path / "c.csv", *rows)
        assert counts(report) == (created, 0, unchanged, 4)
        assert [row for row, _ in report.rejected] == [3, 6, 8, 9]
        assert "row 2" in report.rejected[1].reason


async def test_legal_person_with_odd_code_is_taken_and_warned_of(
    database: Database, cases: Cases, tmp_path: Path
) -> None:
    path = tmp_path / "c.csv"
    path.write_text(
        "办件编号,实施编码,办件状态,申请人,申请人类型,证件号码,备注\n"
        "P1,A1,已收件,某公司,法人,12345678-0,x\nP2,A1,已收件,好公司,企业,91110000600037341L,\n"
    )
    report = await import_cases(database, cases, path, ACTOR)
    assert counts(report) == (2, 0, 0, 0)
    assert sorted(report.warnings.values()) == [1, 1]


async def test_text_that_copy_would_misread(database: Database, cases: Cases, tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    name = 'a\\N\tb\nc\\.\nd"e'
    path.write_text(
        f'办件编号,实施编码,办件状态,申请人\nP1,A1,已收件,"{name.replace(chr(34), chr(34) * 2)}"\nP2,A1,已收件,\\N\n'
    )
    report = await import_cases(database, cases, path, ACTOR)
    assert counts(report) == (2, 0, 0, 0)
    assert await Case.all().order_by("id").values_list("applicant_name", flat=True) == [name, "\\N"]


async def test_full_day_rejects_only_what_is_over(database: Database, cases: Cases, tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    last = query_number(datetime.date(2026, 3, 4), 99_998)
    await take(database, cases, path, f"P0,A1,已收件,张三,,,,2026-03-04,,,,,{last}")
    report = await take(database, cases, path, *(f"P{n},A1,已收件,张三,,,,2026-03-0{n},,,,," for n in (3, 4, 5)))
    assert counts(report) == (3, 0, 0, 0)
    report = await take(database, cases, path, *(f"R{n},A1,已收件,张三,,,,2026-03-0{n},,,,," for n in (3, 4, 5)))
    assert counts(report) == (2, 0, 0, 1)
    assert "no query number left" in report.rejected[0].reason


async def test_missing_column_writes_nothing(database: Database, cases: Cases, tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    path.write_text("办件编号,实施编码,申请人\nP1,A1,张三\n")
    with pytest.raises(BadRequest, match="办件状态"):
        await import_cases(database, cases, path, ACTOR)
    assert not await Case.exists()
