"""Lists as departments send them, small and right, and what becomes of them when somebody spoils them."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable, Sequence
from datetime import date
from random import Random
from typing import Any

from openpyxl import Workbook

from bench.day.inputs import mutated
from core.workbook import CELL_CHARS, UNWRITABLE

Rows = list[list[Any]]
ITEMS: Rows = [
    ["实施主体", "事项名称", "实施编码", "事项类型", "办件类型", "承诺办结时限", "承诺办结时限单位"],
    *(["局", f"事项{n}", f"FUZZ{n}", "行政许可", "承诺件", "10", "工作日"] for n in range(3)),
]
CASES: Rows = [
    ["办件编号", "实施编码", "办件状态", "申请人", "手机", "申请时间", "受理时间", "承诺时间", "查询号"],
    *([f"FUZZ-P{n}", "FUZZ0", "已受理", "张三", "13812345678", "2026-03-04 10:00", "2026/3/5", "", ""] for n in "123"),
]
NOTICES: Rows = [
    ["编号", "类型", "标题", "正文", "发布单位", "开始日期", "结束日期", "异议联系方式", "审核人"],
    *([f"FUZZ-G{n}", "公示", "标题", "正文", "局", "2026-11-20", "2026-11-30", "0000-1", "主任"] for n in "123"),
]
MATERIALS: Rows = [["实施编码", "材料名称", "原件份数"], ["FUZZ0", "申请表", 1]]
_OTHERS: tuple[Any, ...] = (None, 0, -1, 1e300, 10**30, True, date(2026, 2, 28), "=1+1", "2026-13-45", "", "x" * 40_000)


def spoiled_rows(rows: Rows, said: str, dice: Random) -> Rows:
    """With anything in some of the cells, and rows that are too short or too long."""
    made = [list(row) for row in rows]
    for _ in range(dice.randrange(1, 5)):
        row = dice.choice(made)
        row[dice.randrange(len(row))] = dice.choice((said, said, *_OTHERS))
    last = made[-1]
    made[-1] = dice.choice((last, last, last[:2], [*last, said, said], []))
    return made


def as_csv(rows: Rows, _further: Rows) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out).writerows(rows)
    return out.getvalue().encode(errors="replace")


def as_json(rows: Rows, _further: Rows) -> bytes:
    heading, *others = rows
    listed = [dict(zip(map(str, heading), row, strict=False)) for row in others]
    return json.dumps(listed, default=str, ensure_ascii=False).encode(errors="replace")


def as_xlsx(rows: Rows, further: Rows) -> bytes:
    """A workbook with a second sheet."""
    book = Workbook()
    for title, table in (("列表", rows), ("材料", further)):
        sheet = book.create_sheet(title)
        for row in table:
            sheet.append([_cell(value) for value in row])
    book.remove(book.worksheets[0])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


WRITERS: dict[str, Callable[[Rows, Rows], bytes]] = {"csv": as_csv, "json": as_json, "xlsx": as_xlsx}


def spoiled_bytes(content: bytes, changes: Sequence[tuple[int, bytes]], dice: Random) -> bytes:
    """As it is, with other bytes in it, cut, or, of a workbook, with other bytes within its parts."""
    change = dice.choice((_as_it_is, _as_it_is, mutated, _cut, _in_parts, _in_parts))
    return change(content, list(changes))


def _as_it_is(content: bytes, _changes: list[tuple[int, bytes]]) -> bytes:
    return content


def _cut(content: bytes, changes: list[tuple[int, bytes]]) -> bytes:
    return content[: changes[0][0] % len(content)] if changes and content else content


def _in_parts(content: bytes, changes: list[tuple[int, bytes]]) -> bytes:
    """Each part of the archive spoiled, and the archive whole."""
    if not content.startswith(b"PK"):
        return mutated(content, changes)
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as read, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as written:
        for name in read.namelist():
            part = read.read(name)
            written.writestr(name, mutated(part, changes) if "sheet" in name or "Strings" in name else part)
    return out.getvalue()


def _cell(value: object) -> object:
    """What a workbook can hold."""
    return UNWRITABLE.sub("", value)[:CELL_CHARS] if isinstance(value, str) else value
