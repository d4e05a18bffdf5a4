"""Files of every kind become the same rows; a file that can't be read is one clear error."""

from __future__ import annotations

import datetime
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from core.errors import BadRequest
from core.exchange.columns import CASES, ITEMS, Columns
from core.exchange.tables import open_table

HEADING = "实施编码,事项名称,实施主体\n"
ROW = "A1,开办餐馆,市场监管局\n"
CELLS = {"task_code": "A1", "name": "开办餐馆", "department": "市场监管局"}


def read(path: Path, content: bytes, columns: Any = ITEMS) -> list[Any]:
    path.write_bytes(content)
    return list(open_table(path, columns))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    (row,) = read(tmp_path / "a.csv", (HEADING + ROW).encode(encoding))
    assert (row.number, row.cells, row.problem) == (2, CELLS, "")


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_delimiters(tmp_path: Path, delimiter: str, newline: str) -> None:
    text = (HEADING + ROW).replace(",", delimiter).replace("\n", newline)
    assert read(tmp_path / "a.csv", text.encode())[0].cells == CELLS


@pytest.mark.parametrize(
    "heading",
    ["task_code,name,department", " 实施编码＊ ,事项名称（必填）,实施 主体", "ＴＡＳＫ＿ＣＯＤＥ,task_name,dept_name"],
)
def test_headings(tmp_path: Path, heading: str) -> None:
    assert read(tmp_path / "a.csv", f"{heading}\n{ROW}".encode())[0].cells == CELLS


def test_unknown_columns_are_kept_aside(tmp_path: Path) -> None:
    table_path = tmp_path / "a.csv"
    table_path.write_text("实施编码,事项名称,实施主体,网厅编号\nA1,开办餐馆,市场监管局,7\nA2,b,c,\n")
    table = open_table(table_path, ITEMS)
    first, second = table
    assert table.unknown == ("网厅编号",)
    assert (first.cells["extra"], second.cells["extra"]) == ({"网厅编号": "7"}, {})


def test_quoted_lines_and_blank_rows(tmp_path: Path) -> None:
    rows = read(tmp_path / "a.csv", f'{HEADING}A1,"两\n行, 一格",局\n\n,,\nA2,b,c\n'.encode())
    assert [(row.number, row.cells["name"]) for row in rows] == [(2, "两\n行, 一格"), (5, "b")]


def test_open_quote_costs_one_row(tmp_path: Path) -> None:
    rows = read(tmp_path / "a.csv", f'{HEADING}A1,"没有结束,局\nA2,b,c\nA3,d,e\n'.encode())
    assert [(row.number, bool(row.problem)) for row in rows] == [(2, True), (3, False), (4, False)]


def test_slipped_and_huge_cells(tmp_path: Path) -> None:
    rows = read(tmp_path / "a.csv", f"{HEADING}A1,b,c,d\nA2,{'x' * 100_001},c\nA3,{'y' * 140_000},c\nA4,b,c\n".encode())
    assert [bool(row.problem) for row in rows] == [True, True, True, False]
    assert "4 cells" in rows[0].problem
    assert "100,000" in rows[1].problem


def test_progress_is_in_bytes(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(HEADING + ROW * 3)
    table = open_table(path, ITEMS)
    list(table)
    assert table.position == table.total == path.stat().st_size


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.csv", b"", "empty"),
        ("a.csv", b"\xef\xbb\xbf", "empty"),
        ("a.csv", b" \n\n", "empty"),
        ("a.csv", b"\x00\x01\x02", "not a text file"),
        ("a.csv", "实施编码,事项名称,实施主体\n".encode("utf-16"), "not a text file"),
        ("a.csv", HEADING.encode() + ROW.encode() + b"\xff\xff\n", "neither UTF-8 nor GB18030"),
        ("a.csv", "实施编码,事项名称\n".encode(), "实施主体 (department)"),
        ("a.csv", "实施编码,事项名称,实施主体,task_name\n".encode(), "there twice"),
        ("a.csv", b"x" * (1024 * 1024 + 1), "1 MiB"),
        ("a.xlsx", b"PK\x03\x04broken", "XLSX"),
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1", "XLSX"),
        ("a.json", b"{", "not valid JSON"),
        ("a.json", b'"text"', "array of objects"),
        ("a.json", b'[{"name": "a", "department": "b"}]', "task_code"),
        ("a.json", b"[" * 100_000, "not valid JSON"),
    ],
)
def test_bad_files(tmp_path: Path, name: str, content: bytes, told: str) -> None:
    with pytest.raises(BadRequest, match=name.replace(".", r"\.")) as error:
        read(tmp_path / name, content)
    assert told in str(error.value)
    assert "\n" not in str(error.value)


def test_missing_file_and_directory(tmp_path: Path) -> None:
    for path, told in ((tmp_path / "none.csv", "can't be read"), (tmp_path, "is a folder without")):
        with pytest.raises(BadRequest, match=told):
            open_table(path, ITEMS)


def workbook(**sheets: list[list[Any]]) -> bytes:
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def test_workbook_with_further_sheets(tmp_path: Path) -> None:
    content = workbook(
        清单=[["实施编码", "事项名称", "实施主体", None], ["A1", "开办餐馆", "局"], [None], ["A2", "b", "c"]],
        材料=[["实施编码", "材料名称", "原件份数"], ["A1", "申请表", 1], ["A1", "身份证", 2]],
        fees=[["task_code", "fee_name"], ["A2", "工本费"]],
        常见问题=[["实施编码", "问题", "答案"], ["A1", "多久?", "5天"]],
        依据=[["实施编码", "法律名称"], ["A1", "食品安全法"]],
        备注=[["随便"]],
    )
    first, second = read(tmp_path / "a.xlsx", content)
    assert (first.number, second.number) == (2, 4)
    assert [m["name"] for m in first.cells["materials"]] == ["申请表", "身份证"]
    assert first.cells["faqs"] == [{"question": "多久?", "answer": "5天"}]
    assert first.cells["by_law"] == [{"law_name": "食品安全法"}]
    assert second.cells["fees"] == [{"fee_name": "工本费"}]
    assert "materials" not in second.cells


def test_workbook_times_and_missing_key(tmp_path: Path) -> None:
    at = datetime.datetime(2026, 3, 4, 10)  # noqa: DTZ001
    heading = ["办件编号", "实施编码", "办件状态", "申请人", "申请时间"]
    (row,) = read(tmp_path / "a.xlsx", workbook(办件=[heading, ["P1", "A1", "已收件", "张三", at]]), CASES)
    assert row.cells["applied_at"] == at
    with pytest.raises(BadRequest, match="实施编码"):
        read(tmp_path / "b.xlsx", workbook(a=[["task_code", "name", "department"]], 材料=[["材料名称"], ["x"]]))


def test_workbook_broken_inside(tmp_path: Path) -> None:
    whole = workbook(a=[["task_code", "name", "department"], ["A1", "b", "c"]])
    broken = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(whole)) as old, zipfile.ZipFile(broken, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, content[:-60] if "sheet1" in name else content)
    with pytest.raises(BadRequest, match="XLSX"):
        read(tmp_path / "a.xlsx", broken.getvalue())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk"])
@pytest.mark.parametrize("wrapped", [True, False])
def test_json(tmp_path: Path, encoding: str, wrapped: bool) -> None:
    items = [{"实施编码": "A1", "name": "开办餐馆", "实施主体": "局", "材料": [{"材料名称": "表"}], "x": {"y": 1}}, 7]
    text = json.dumps({"items": items} if wrapped else items, ensure_ascii=False)
    first, second = read(tmp_path / "a.json", text.encode(encoding))
    assert first.cells["materials"] == [{"name": "表"}]
    assert first.cells["extra"] == {"x": {"y": 1}}
    assert second.problem


def test_json_on_one_long_line(tmp_path: Path) -> None:
    items = [{"task_code": f"A{n}", "name": "x" * 1000, "department": "b"} for n in range(3000)]
    assert len(read(tmp_path / "a.json", json.dumps(items).encode())) == 3000


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    content=st.one_of(
        st.binary(max_size=400),
        st.binary(max_size=200).map(lambda b: HEADING.encode() + b),
        st.text(max_size=200).map(lambda t: (HEADING + t).encode("utf-8", "surrogatepass")),
        st.binary(max_size=200).map(lambda b: b"PK\x03\x04" + b),
        st.text(alphabet='[]{}":,0 \\aeu', max_size=60).map(lambda t: b"[" + t.encode()),
    ),
    name=st.sampled_from(["a.csv", "a.json", "a.xlsx"]),
)
def test_readers_raise_nothing_but_bad_request(tmp_path: Path, content: bytes, name: str) -> None:
    try:
        rows = read(tmp_path / name, content)
    except BadRequest as error:
        assert name in str(error)
    else:
        assert all(row.problem or isinstance(row.cells, dict) for row in rows)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(damage=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=8))
def test_damaged_workbooks(tmp_path: Path, damage: list[tuple[float, int]]) -> None:
    content = bytearray(workbook(a=[["task_code", "name", "department"], ["A1", "b", "c"]]))
    for place, byte in damage:
        content[4 + int(place * (len(content) - 5))] = byte
    try:
        read(tmp_path / "a.xlsx", bytes(content))
    except BadRequest as error:
        assert "a.xlsx" in str(error)


def test_names_that_are_longer_than_those_of_any_list_are_not_kept() -> None:
    columns = Columns({"name": "名称", "code": "编码"})
    usual, strange = ("名称", "编码"), ("编码", *map("x{}".format, range(5000)))
    assert columns.fields_of(usual) == ("name", "code")
    assert columns.fields_of(strange)[:2] == ("code", "")
    assert len(columns.fields_of(strange)) == len(strange)
    assert columns._shapes.cache_info().currsize == 1  # type: ignore[attr-defined]
