"""Item tables of the national library are taken as they are handed out; nothing in them is lost without a word."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.cases import Actor
from core.database import Database
from core.errors import BadRequest
from core.exchange import import_items
from core.exchange.national import NationalTable, cleaned, tables_in
from core.guides import read_guide
from core.local_time import ZONE
from core.models import ItemVersion
from core.transitions import Role

ACTOR = Actor("tests", Role.SYSTEM)
CODE = "11440232MB2D06811W4000117051000"
SINCE = int(datetime(2026, 3, 1, tzinfo=ZONE).timestamp() * 1000)
TABLES: dict[str, Any] = {
    "AUDIT_ITEM": [
        {
            "TASK_CODE": CODE,
            "TASK_NAME": "食品经营许可",
            "TASK_TYPE": "01",
            "TASK_TYPE_TEXT": "行政许可",
            "PROJECT_TYPE_TEXT": "承诺件",
            "DEPT_NAME": "某县市场监督管理局",
            "DEPT_CODE": "11440232MB2D06811W",
            "ANTICIPATE_DAY": 20,
            "ANTICIPATE_TYPE": "1",
            "PROMISE_DAY": "5",
            "PROMISE_TYPE": "1",
            "ACCEPT_CONDITION": "<p>1. 有&nbsp;固定场所；</p><p>2. 有<b>设备</b>。</p><script>alert(1)</script>",
            "HANDLE_FLOW": "受理<br/>审查<br>决定",
            "IS_FEE": "0",
            "SERVE_TYPE": "1,2",
            "TASK_VERSION": 3,
            "CD_TIME": SINCE,
            "MAP_URL": "http://x",
        }
    ],
    "AUDIT_ITEM_EXTEND": [{"TASK_CODE": CODE, "RESULT_NAME": "食品经营许可证", "RESULT_TYPE": "10", "IS_ONLINE": "1"}],
    "AUDIT_MATERIAL": [
        {
            "TASK_CODE": CODE,
            "MATERIAL_NAME": "申请书",
            "IS_NEED": "1",
            "MATERIAL_FORM": "3",
            "PAGE_NUM": 1,
            "PAGE_COPYNUM": 2,
            "FILL_EXPLIAN": "<div>用黑色笔</div>",
            "FORM_GUID": "abc",
        }
    ],
    "AUDIT_CHARGE": [{"TASK_CODE": CODE, "FEE_NAME": "工本费", "FEE_STAND": "5元", "BY_LAW": "某文件", "IS_DESC": "1"}],
    "AUDIT_QA": [{"TASK_CODE": CODE, "QUESTION": "多久？", "ANSWER": "五天"}],
    "AUDIT_ITEM_BYLAW": [{"TASK_CODE": CODE, "LAW_NAME": "食品安全法", "CLAUSE_NUMBER": "第三十五条"}],
    "AUDIT_ITEM_SPECIAL": [
        {"TASK_CODE": CODE, "SPECIAL_NAME": "现场核查", "SPECIAL_DATE": 10, "SPECIAL_DATE_TYPE": "1"}
    ],
    "AUDIT_ITEM_WINDOW": [
        {"TASK_CODE": CODE, "WINDOW_NAME": "3号", "TRANSACT_ADDR": "一楼3号窗口", "WINDOW_TEL": "0000-1"}
    ],
    "AUDIT_SOMETHING": [{"TASK_CODE": CODE, "WHAT": "以后再用"}],
}


def lowered(tables: dict[str, Any]) -> dict[str, Any]:
    return {name.lower(): [{k.lower(): v for k, v in row.items()} for row in rows] for name, rows in tables.items()}


WAYS = {
    "custom": {"STATUS": {"CODE": 1}, "CUSTOM": TABLES},
    "top": TABLES,
    "small": lowered(TABLES),
    "small custom": {"status": {}, "custom": lowered(TABLES)},
}


@pytest.mark.parametrize("way", WAYS)
async def test_an_item_comes_with_all_that_its_tables_say(database: Database, tmp_path: Path, way: str) -> None:
    path = tmp_path / "items.json"
    path.write_text(json.dumps(WAYS[way]))
    report = await import_items(database, path, ACTOR)
    assert (report.created, report.rejected) == (1, [])
    guide = await read_guide(CODE)
    assert guide.summary.name == "食品经营许可"
    assert (guide.summary.task_type, guide.project_type) == ("01", "2")
    assert (guide.promised and guide.promised.amount, guide.statutory and guide.statutory.amount) == (5, 20)
    assert guide.accept_condition == "1. 有 固定场所；\n2. 有设备。"
    assert guide.handle_flow == "受理\n审查\n决定"
    assert (guide.is_fee, guide.serve_types, guide.result_name, guide.is_online) == (
        False,
        ("1", "2"),
        "食品经营许可证",
        True,
    )
    [material] = guide.materials
    assert (material.name, material.original_num, material.copy_num, material.fill_explain) == (
        "申请书",
        1,
        2,
        "用黑色笔",
    )
    assert (guide.fees[0].fee_name, guide.fees[0].reducible) == ("工本费", True)
    assert (guide.questions[0].answer, guide.legal_bases[0].law_name) == ("五天", "食品安全法")
    assert (guide.transact_addr, guide.link_way) == ("一楼3号窗口", "0000-1")
    version = await ItemVersion.get()
    assert version.special_procedure == "现场核查 10工作日"
    extra = {name.lower(): value for name, value in version.extra.items()}
    assert extra["cd_time"] == "2026-03-01T00:00:00+08:00"
    assert extra["map_url"] == "http://x"
    assert extra["audit_material"] == [{"form_guid": "abc"}]
    assert extra["audit_something"] == [{"task_code": CODE, "what": "以后再用"}]
    again = await import_items(database, path, ACTOR)
    assert (again.created, again.updated, again.unchanged) == (0, 0, 1)


async def test_rows_that_belong_to_no_item_are_told(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "items.json"
    tables = {**TABLES, "AUDIT_MATERIAL": [*TABLES["AUDIT_MATERIAL"], {"TASK_CODE": "OTHER", "MATERIAL_NAME": "x"}]}
    path.write_text(json.dumps(tables))
    report = await import_items(database, path, ACTOR)
    assert report.created == 1
    assert [reason for _, reason in report.rejected] == [
        "1 rows of AUDIT_MATERIAL belong to an item that is not in AUDIT_ITEM"
    ]


async def test_an_item_that_cant_be_is_told_and_stops_no_other(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "items.json"
    bad = [{"TASK_CODE": "A", "TASK_NAME": "x"}, "no row", {"TASK_CODE": "B", "TASK_NAME": "y", "DEPT_NAME": "z"}]
    path.write_text(json.dumps({"AUDIT_ITEM": [*bad, *TABLES["AUDIT_ITEM"]]}))
    report = await import_items(database, path, ACTOR)
    assert (report.created, [row for row, _ in report.rejected]) == (2, [1, 2])


async def test_a_provinces_files_are_taken_from_their_folder(database: Database, tmp_path: Path) -> None:
    folder = tmp_path / "library"
    folder.mkdir()
    (folder / "up_task_general_basic.csv").write_text(
        f"TASK_CODE,TASK_NAME,DEPT_NAME,PROMISE_DAY,PROMISE_TYPE\n{CODE},食品经营许可,某局,5,1\n", encoding="gb18030"
    )
    (folder / "up_task_general_extend.csv").write_text(f"task_code,result_name\n{CODE},许可证\n")
    (folder / "up_task_general_material.csv").write_text(
        f"TASK_CODE,MATERIAL_NAME,IS_NEED\n{CODE},申请书,1\n{CODE},身份证,0\n"
    )
    (folder / "up_task_general_fee_project.csv").write_text(f"TASK_CODE,FEE_NAME,FEE_STAND\n{CODE},工本费,5元\n")
    (folder / "up_task_general_questions.csv").write_text(f'TASK_CODE,QUESTION,ANSWER\n{CODE},多久？,"五天，\n最多"\n')
    report = await import_items(database, folder, ACTOR)
    assert (report.created, report.rejected) == (1, [])
    guide = await read_guide(CODE)
    assert [material.name for material in guide.materials] == ["申请书", "身份证"]
    assert (guide.result_name, guide.fees[0].fee_stand, guide.questions[0].answer) == ("许可证", "5元", "五天，\n最多")


async def test_a_folder_of_anything_else_is_refused(database: Database, tmp_path: Path) -> None:
    with pytest.raises(BadRequest):
        await import_items(database, tmp_path, ACTOR)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("plain < 5 & more > 3", "plain < 5 & more > 3"),
        ("<p>一</p><p></p><p>二</p>", "一\n二"),
        ("<ul><li>一</li><li>二</li></ul>", "一\n二"),
        ("a&lt;b&gt;&amp;&quot;", 'a<b>&"'),
        ("<style>p{}</style>x<!-- y -->z", "xz"),
        ("<table><tr><td>一</td><td>二</td></tr></table>", "一 二"),
        ("<img src=x onerror=alert(1)>字", "字"),
    ],
)
def test_markup_is_cleaned_and_plain_text_left_alone(text: str, told: str) -> None:
    assert cleaned(text) == told


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
_names = st.sampled_from(["TASK_CODE", "task_code", "TASK_NAME", "CD_TIME", "IS_NEED", "is_need_text", "MATERIAL_NAME"])
_rows = st.lists(st.dictionaries(_names, _json, max_size=5) | _json, max_size=4)
_tables = st.sampled_from([*TABLES, "audit_item", "Custom"])


@given(st.dictionaries(_tables, _rows, max_size=5) | _json)
def test_whatever_comes_becomes_rows_or_is_no_exchange(content: Any) -> None:
    tables = tables_in(content)
    if tables is not None:
        rows = list(NationalTable(tables))
        assert len(rows) >= len(tables["audit_item"])


@given(st.text(max_size=200))
def test_no_text_breaks_the_cleaning(text: str) -> None:
    cleaned(text)
    assert "<script>" not in cleaned(f"<script>{text.replace('<', '')}</script>")
