"""Lists of items: what is new, changed, the same and bad, and that a case keeps the version it was opened under."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from core.cases import Actor, Cases, NewCase, Role
from core.centre import Centre
from core.database import Database
from core.errors import BadRequest
from core.exchange import Report, import_items
from core.exchange.item_rows import ODD_DEPARTMENT_CODE
from core.exchange.item_versions import ItemVersions
from core.models import AuditRecord, Case, Department, ItemVersion, LegalBasis, Material, Revision, ServiceItem

ROOT = Path(__file__).parents[3]
GUANGAN = ROOT.parent / "shared" / "data" / "guangan-items.csv"
DEMO = sorted((ROOT / "gateway" / "demo" / "items").glob("*.json"))
ACTOR = Actor("王管理", Role.SYSTEM, channel="import")
HEADING = "实施编码,事项名称,实施主体,事项类型,法定办结时限,承诺办结时限,是否收费\n"


async def take(database: Database, path: Path, text: str, encoding: str = "utf-8") -> Report:
    return await import_items(database, written(path, text, encoding), ACTOR)


def written(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_text(text, encoding=encoding)
    return path


def counts(report: Report) -> tuple[int, int, int, int]:
    return report.created, report.updated, report.unchanged, report.rejected_total


@pytest.mark.skipif(not GUANGAN.exists(), reason="the real list is not here")
async def test_real_list_whole_and_again(database: Database) -> None:
    first = await import_items(database, GUANGAN, ACTOR)
    assert counts(first) == (1135, 0, 0, 0)
    assert first.warnings[ODD_DEPARTMENT_CODE] > 0
    assert await Department.all().count() == 34
    revision = await Revision.get(name="catalogue")
    again = await import_items(database, GUANGAN, ACTOR)
    assert counts(again) == (0, 0, 1135, 0)
    assert not again.changed
    assert (await Revision.get(name="catalogue")).value == revision.value
    assert await ItemVersion.all().count() == 1135
    assert await AuditRecord.all().count() == 1


@pytest.mark.skipif(not DEMO, reason="no demonstration items")
async def test_demo_items_with_all_that_belongs_to_them(database: Database) -> None:
    for path in DEMO:
        report = await import_items(database, path, ACTOR)
        assert report.rejected == []
    told = [item for path in DEMO for item in json.loads(path.read_text(encoding="utf-8"))]
    assert await Material.all().count() == sum(len(item["materials"]) for item in told)
    assert await LegalBasis.all().count() == sum(len(item["by_law"]) for item in told)
    for path in DEMO:
        assert not (await import_items(database, path, ACTOR)).changed


@pytest.mark.parametrize("encoding", ["gbk", "utf-8-sig"])
async def test_columns_and_labels(database: Database, tmp_path: Path, encoding: str) -> None:
    report = await take(database, tmp_path / "a.csv", HEADING + "A1,开办餐馆,局,行政许可,20,10,否\n", encoding)
    assert counts(report) == (1, 0, 0, 0)
    version = await ItemVersion.get(item__task_code="A1")
    assert (version.task_type, version.anticipate_days, version.promise_days, version.is_fee) == ("01", 20, 10, False)


async def test_one_bad_row_never_stops_the_rest(database: Database, tmp_path: Path) -> None:
    rows = [
        "A1,好,局,01,20,10,是",
        ",没有编码,局,01,,,",
        "A 3,有空格,局,01,,,",
        "A4,,局,01,,,",
        "A5,类型不对,局,行政魔法,,,",
        "A6,太长,局,01,五天,,",
        "A7,承诺超法定,局,01,5,6,",
        "A8,收费不明,局,01,,,也许",
        f"A9,{'长' * 501},局,01,,,",
        "A1,同一编码,局,01,,,",
        "B1,也好,局,1,,,",
    ]
    report = await take(database, tmp_path / "a.csv", HEADING + "\n".join(rows))
    assert counts(report) == (2, 0, 0, 9)
    assert [row for row, _ in report.rejected] == list(range(3, 12))
    reasons = dict(report.rejected)
    assert "实施编码" in reasons[3]
    assert "行政魔法" in reasons[6]
    assert "501" in reasons[10]
    assert "row 2" in reasons[11]
    assert sorted(await ServiceItem.all().values_list("task_code", flat=True)) == ["A1", "B1"]


async def test_database_refusing_a_row_rejects_it_alone(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sound = Department.__init__

    def refusing(self: Department, **columns: Any) -> None:
        if columns.get("name") == "坏局":
            raise ValueError("no such department")
        sound(self, **columns)

    monkeypatch.setattr(Department, "__init__", refusing)
    text = HEADING + "".join(f"A{n},b,{'坏局' if n == 4 else '局'},01,,,\n" for n in range(8))
    report = await take(database, tmp_path / "a.csv", text)
    assert counts(report) == (7, 0, 0, 1)
    assert report.rejected[0].row == 6


async def test_a_version_that_is_in_the_way_keeps_out_its_own_item_alone(database: Database, tmp_path: Path) -> None:
    await take(database, tmp_path / "a.csv", HEADING + "".join(f"A{n},b,局,01,,,\n" for n in range(8)))
    there = await ItemVersion.get(item__task_code="A4")
    await ItemVersion.create(
        item_id=there.item_id, department_id=there.department_id, number=2, name="x", digest="0" * 64
    )
    text = HEADING + "".join(f"A{n},c,局,01,,,否\n" for n in range(8)) + "A9,c,局,01,,,\n"
    report = await take(database, tmp_path / "a.csv", text)
    assert counts(report) == (1, 7, 0, 1)
    assert report.rejected[0].row == 6
    versions = dict(await ServiceItem.all().values_list("task_code", "version"))
    assert versions == {f"A{n}": 1 if n == 4 else 2 for n in range(8)} | {"A9": 1}
    assert await ItemVersion.filter(name="c").count() == 8


@pytest.mark.parametrize("kind", ["postgres"])
@pytest.mark.parametrize("count", [1, 400])
async def test_two_lists_of_the_same_items_in_another_order_come_in_one_after_the_other(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    write = ItemVersions.write

    async def late(self: ItemVersions, *what: Any) -> None:
        await asyncio.sleep(0.3)  # the other list has come as far as it can by then
        await write(self, *what)

    monkeypatch.setattr(ItemVersions, "write", late)
    codes = [f"A{n:03d}" for n in range(count)]
    await take(database, tmp_path / "a.csv", HEADING + "".join(f"{code},a,局,01,,,\n" for code in codes))
    lists = {"b": codes, "c": codes[::-1]}
    reports = await asyncio.gather(
        *(
            take(database, tmp_path / f"{name}.csv", HEADING + "".join(f"{code},{name},局,01,,,\n" for code in order))
            for name, order in lists.items()
        )
    )
    assert [counts(report) for report in reports] == [(0, count, 0, 0)] * 2
    assert set(await ServiceItem.all().values_list("version", flat=True)) == {3}
    assert await ItemVersion.filter(number=3).count() == count


async def test_bad_file_writes_nothing(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes((HEADING + "A1,a,局,01,,,\n" * 2000).encode() + b"\xff\xff\n")
    with pytest.raises(BadRequest, match="neither UTF-8 nor GB18030"):
        await import_items(database, path, ACTOR)
    assert not await ServiceItem.exists()


async def test_change_makes_a_version_and_cases_keep_theirs(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    await take(database, path, HEADING + "A1,旧名,局,01,20,10,\nA2,b,局,01,,,\n")
    old = await ItemVersion.get(item__task_code="A1")
    centre = Centre(database)
    try:
        await centre.working_time()
        case = await Cases(database, centre).open(NewCase(old.id, "A1", "张三"), Actor("窗口", Role.CLERK))
    finally:
        await centre.close()
    report = await take(database, path, HEADING + "A1,新名,局,01,20,10,\nA2,b,局,01,,,\n")
    assert counts(report) == (0, 1, 1, 0)
    item = await ServiceItem.get(task_code="A1")
    assert item.version == 2
    assert [v.name for v in await ItemVersion.filter(item=item).order_by("number")] == ["旧名", "新名"]
    kept = await Case.get(id=case.id).select_related("version")
    assert kept.version.name == "旧名"


async def test_flat_fee_and_laws_and_extra(database: Database, tmp_path: Path) -> None:
    text = '实施编码,事项名称,实施主体,设定依据,收费标准,网厅\nA1,名,局,"甲法\n乙法",5元,7\n'
    await take(database, tmp_path / "a.csv", text)
    version = await ItemVersion.get(item__task_code="A1").prefetch_related("fees", "legal_bases")
    assert [law.law_name for law in version.legal_bases] == ["甲法", "乙法"]
    assert [(fee.fee_name, fee.fee_stand) for fee in version.fees] == [("名", "5元")]
    assert version.extra == {"网厅": "7"}


async def test_bad_nested_row_is_named(database: Database, tmp_path: Path) -> None:
    items = [{"task_code": "A1", "name": "b", "department": "c", "materials": [{"name": "x"}, {"name": ""}]}]
    report = await take(database, tmp_path / "a.json", json.dumps(items))
    assert report.rejected == [(1, "材料 2: 材料名称 (name) is empty")]


async def test_progress_and_audit(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(HEADING + "".join(f"A{n},b,局,01,,,\n" for n in range(1200)))
    seen: list[tuple[int, int]] = []
    report = await import_items(database, path, ACTOR, lambda done, total: seen.append((done, total)))
    assert report.created == 1200
    assert seen == sorted(seen)
    assert seen[-1] == (path.stat().st_size,) * 2
    audit = await AuditRecord.get()
    assert (audit.actor, audit.action, audit.subject) == ("王管理", "import items", "a.csv")
    assert audit.detail["created"] == 1200
