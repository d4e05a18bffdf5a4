"""What is compared before it is measured: each way to ask tells the same of a case."""

from __future__ import annotations

import pytest

from bench.paths import untold
from core.language import Catalogues

CASE = {"number": "261120000018", "item": "食品经营许可（新办）", "stage": "reviewing", "link_way": "0000-12345"}
TEXT = "【示例政务】办件2611 2000 0018（食品经营许可（新办））：审查中。咨询0000-12345。"
OURS = """<h1><span class="stage-of">现在</span> <span class="stage-name">审查中</span></h1>
<p>食品经营许可（新办）2611 2000 0018 0000-12345</p><ol><li>已受理</li><li>审查中</li><li>已决定</li></ol>"""
BARE = """<h1>食品经营许可（新办）</h1><p>审查中</p><dl>2611 2000 0018 0000-12345</dl>
<ol><li>已受理</li><li>审查中</li><li>已决定</li></ol>"""
ANSWERS = [("sms", TEXT), ("page", OURS), ("page", BARE)]
WORDS = Catalogues()["zh"]


@pytest.mark.parametrize(("way", "text"), ANSWERS)
def test_who_tells_all_of_a_case_is_taken_for_right(way: str, text: str) -> None:
    assert untold(CASE, text, way, WORDS) == []
    assert untold(CASE, text.replace("审查中", "审查中（暂停计时）", 1), way, WORDS) == []


@pytest.mark.parametrize(("way", "text"), ANSWERS)
@pytest.mark.parametrize(
    ("told", "instead", "missing"),
    [
        ("审查中", "已决定", "审查中"),
        ("2611 2000 0018", "2611 2000 0026", "2611 2000 0018"),
        ("食品经营许可（新办）", "食品经营许可（变更）", "食品经营许可（新办）"),
        ("0000-12345", "", "0000-12345"),
    ],
)
def test_who_tells_something_else_is_found(way: str, text: str, told: str, instead: str, missing: str) -> None:
    assert untold(CASE, text.replace(told, instead, 1), way, WORDS) == [missing]
