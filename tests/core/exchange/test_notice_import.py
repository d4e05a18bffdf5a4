"""Lists of notices come in whole, are kept true by the next list, and reach every board."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from core.cases import Actor
from core.database import Database
from core.errors import BadRequest
from core.exchange import Report, import_items, import_notices
from core.models import AuditRecord, Department, Notice, Revision
from core.transitions import Role

ACTOR = Actor("编辑", Role.SYSTEM, channel="import")
HEADING = "编号,类型,标题,正文,发布单位,实施编码,开始日期,结束日期,异议联系方式,审核人\n"
PUBLICITY = "G1,公示,拟准予公示,拟准予某店许可。,农业局,,2026-11-20,2026-11-30,0000-12345,王主任\n"
ANNOUNCEMENT = "G2,公告,延时服务,周三延时。,,,2026/11/1,,,王主任\n"


async def take(database: Database, folder: Path, rows: str, encoding: str = "utf-8") -> Report:
    path = folder / "notices.csv"
    path.write_text(HEADING + rows, encoding=encoding)
    return await import_notices(database, path, ACTOR)


def counts(report: Report) -> tuple[int, int, int, int]:
    return report.created, report.updated, report.unchanged, report.rejected_total


async def revision() -> int:
    found = await Revision.get_or_none(name="notices")
    return found.value if found else 0


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gbk"])
async def test_a_list_comes_in_whole_and_again_changes_nothing(
    database: Database, tmp_path: Path, encoding: str
) -> None:
    assert counts(await take(database, tmp_path, PUBLICITY + ANNOUNCEMENT, encoding)) == (2, 0, 0, 0)
    notice = await Notice.get(key="G1").select_related("department")
    assert (notice.kind, notice.title, notice.from_day, notice.until_day) == (
        "publicity",
        "拟准予公示",
        date(2026, 11, 20),
        date(2026, 11, 30),
    )
    assert notice.department and notice.department.name == "农业局"
    assert (await Notice.get(key="G2")).until_day is None
    before = await revision()
    assert counts(await take(database, tmp_path, PUBLICITY + ANNOUNCEMENT, encoding)) == (0, 0, 2, 0)
    assert await revision() == before
    assert await AuditRecord.filter(action="import notices").count() == 1


async def test_what_changed_is_written_anew_and_boards_are_told(database: Database, tmp_path: Path) -> None:
    await take(database, tmp_path, PUBLICITY)
    before = await revision()
    assert counts(await take(database, tmp_path, PUBLICITY.replace("某店", "某农资店"))) == (0, 1, 0, 0)
    assert await revision() == before + 1
    assert (await Notice.get(key="G1")).text == "拟准予某农资店许可。"
    assert await Department.filter(name="农业局").count() == 1


BAD = (
    (PUBLICITY.replace("公示,拟", "喜报,拟"), "类型 (kind) is none of"),
    (PUBLICITY.replace("2026-11-20", "昨天"), "开始日期 (from_day) is no day"),
    (PUBLICITY.replace("2026-11-20", ""), "开始日期 (from_day) is empty"),
    (PUBLICITY.replace("2026-11-30", "2026-11-19"), "结束日期 (until_day) is before 开始日期"),
    (PUBLICITY.replace("2026-11-30", ""), "a 公示 needs 结束日期"),
    (PUBLICITY.replace("0000-12345", ""), "a 公示 needs"),
    (PUBLICITY.replace("农业局,,", "农业局,无此事项,"), "the item '无此事项' is not known"),
    (PUBLICITY.replace("拟准予公示", ""), "标题 (title) is empty"),
    (PUBLICITY.replace("G1", ""), "编号 (key) is empty"),
    (ANNOUNCEMENT, "编号 (key) is the same as in row 2"),
)


@pytest.mark.parametrize(("row", "why"), BAD, ids=[why for _, why in BAD])
async def test_a_bad_row_is_told_with_its_reason_and_stops_no_other(
    database: Database, tmp_path: Path, row: str, why: str
) -> None:
    report = await take(database, tmp_path, ANNOUNCEMENT + row)
    assert counts(report) == (1, 0, 0, 1)
    [(number, reason)] = report.rejected
    assert number == 3
    assert why in reason


async def test_a_notice_of_an_item_is_kept_with_it(database: Database, tmp_path: Path) -> None:
    items = tmp_path / "items.csv"
    items.write_text("实施编码,事项名称,实施主体\nNY1,农药经营许可,农业局\n", encoding="utf-8")
    await import_items(database, items, ACTOR)
    await take(database, tmp_path, PUBLICITY.replace("农业局,,", "农业局,NY1,"))
    notice = await Notice.get(key="G1").select_related("item")
    assert notice.item and notice.item.task_code == "NY1"


async def test_a_notice_nobody_approved_is_kept_and_warned_of(database: Database, tmp_path: Path) -> None:
    report = await take(database, tmp_path, PUBLICITY.replace("王主任", ""))
    assert counts(report) == (1, 0, 0, 0)
    assert report.warnings == {"nobody has approved the notice: it is kept and not shown": 1}


async def test_a_list_without_its_columns_is_one_clear_error(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("编号,标题\nG1,公示\n", encoding="utf-8")
    with pytest.raises(BadRequest, match=r"类型 \(kind\)"):
        await import_notices(database, path, ACTOR)
    assert not await Notice.exists()


async def test_json_with_english_names_is_taken(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(
        '{"notices": [{"key": "N1", "kind": "announcement", "title": "t", "text": "x", "from_day": "2026-11-01",'
        ' "approved_by": "w"}]}',
        encoding="utf-8",
    )
    assert counts(await import_notices(database, path, ACTOR)) == (1, 0, 0, 0)
