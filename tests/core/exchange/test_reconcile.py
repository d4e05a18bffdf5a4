"""A department's list is held against the database, and what differs is named, case by case."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from core.cases import Actor, Cases
from core.centre import Centre
from core.database import Database
from core.exchange import import_cases
from core.exchange.reconcile import reconcile
from core.models import Case
from core.transitions import Role
from tests.core.case_steps import item

HEADS = [
    "办件编号",
    "实施编码",
    "办件状态",
    "申请人",
    "申请时间",
    "受理时间",
    "办结时间",
    "办结结果",
    "结果文号",
    "受理部门",
]
ROWS = [
    ["P1", "X" * 55, "审查中", "张三", "2026-03-02", "2026-03-03", "", "", "", "甲局"],
    ["P2", "X" * 55, "已办结", "李四", "2026-03-02", "2026-03-03", "2026-03-09 10:00", "0", "K-2", "甲局"],
    ["P3", "X" * 55, "已收件", "王五", "2026-03-02", "", "", "", "", "乙局"],
]


def written(path: Path, rows: list[list[str]]) -> Path:
    out = io.StringIO()
    csv.writer(out).writerows([HEADS, *rows])
    path.write_text(out.getvalue())
    return path


@pytest.fixture
async def listed(database: Database, centre: Centre, cases: Cases, tmp_path: Path) -> Path:
    await item("X" * 55)
    path = written(tmp_path / "list.csv", ROWS)
    report = await import_cases(database, cases, path, Actor("tests", Role.SYSTEM))
    assert report.created == 3
    return path


async def test_a_list_that_was_taken_agrees(database: Database, listed: Path) -> None:
    found = await reconcile(database, listed, "甲局")
    assert (found.agree, found.is_whole) == (3, True)


async def test_every_difference_is_named(database: Database, listed: Path, tmp_path: Path) -> None:
    rows = [
        ["P1", "X" * 55, "已决定", "张三", "2026-03-02", "2026-03-04", "", "准予", "", "甲局"],
        ["P2", "X" * 55, "已办结", "另一人", "2026-03-02", "2026-03-03", "2026-03-09 11:00", "6", "K-9", "甲局"],
        ["P9", "X" * 55, "已收件", "赵六", "2026-03-02", "", "", "", "", "甲局"],
        ["P3", "X" * 55, "不知道", "王五", "2026-03-02", "", "", "", "", "乙局"],
    ]
    found = await reconcile(database, written(tmp_path / "other.csv", rows), "甲局")
    told = {(one.project_no, one.what): (one.listed, one.here) for one in found.differences}
    assert told == {
        ("P1", "status"): ("decided", "reviewing"),
        ("P1", "accepted_at"): ("2026-03-04 00:00", "2026-03-03 00:00"),
        ("P2", "applicant_name"): ("…", "…"),
        ("P2", "completed_at"): ("2026-03-09 11:00", "2026-03-09 10:00"),
        ("P2", "result_code"): ("6", "0"),
        ("P2", "result_no"): ("K-9", "K-2"),
        ("P9", "case"): ("there", "not there"),
    }
    assert found.agree == 0
    assert [row for row, _ in found.unread] == [5]
    assert "另一人" not in str(found), "whose names they are is nobody's business who reads a report"


async def test_cases_that_the_list_lacks_are_named(database: Database, listed: Path, tmp_path: Path) -> None:
    found = await reconcile(database, written(tmp_path / "short.csv", ROWS[:1]), "甲局")
    assert (found.agree, found.unlisted, found.is_whole) == (1, ["P2"], False)
    assert (await reconcile(database, written(tmp_path / "short.csv", ROWS[:1]))).is_whole
    assert await Case.all().count() == 3
