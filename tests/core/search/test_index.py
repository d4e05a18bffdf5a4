from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.search import Entry, Hit, build_index, is_clear

FIRST = {
    "身份证丢了怎么办": "居民身份证挂失申报、丢失招领",
    "开小饭馆要什么手续": "食品(含保健食品)经营许可核发",
    "shenfenzheng": "居民身份证办理（包括临时）",
    "sfz": "居民身份证办理（包括临时）",
    "居民身份正": "居民身份证办理（包括临时）",
    "lost id card": "居民身份证挂失申报、丢失招领",
    "open a restaurant": "食品(含保健食品)经营许可核发",
    "身份證遺失": "居民身份证挂失申报、丢失招领",
    "ＩＤ　ＣＡＲＤ": "居民身份证办理（包括临时）",
    "restarant permit": "食品(含保健食品)经营许可核发",
    "hu kou qian yi": "户口迁移审批",
    "gas hookup": "供气报装",
    "把户口从农村迁到城里": "户口迁移审批",
    "老板拖欠工资": "劳动人事争议仲裁申请",
}


@pytest.mark.parametrize(("words", "name"), FIRST.items())
def test_everyday_words_find_the_item(found, words, name):
    assert found(words)[0] == name


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("残疾证", "残疾人证新办"),
        ("残疾证丢了", "残疾人证挂失补办"),
        ("残疾证到期", "残疾人证换领"),
        ("残疾证注销", "残疾人证注销"),
        ("食品许可证快到期了", "食品(含保健食品)经营许可延续"),
        ("close my company", "公司注销登记"),
        ("公司换了法人", "公司变更登记"),
    ],
)
def test_what_is_to_be_done_chooses_among_siblings(found, words, name):
    assert found(words)[0] == name


@pytest.mark.parametrize(
    "words",
    [
        "今天天气怎么样",
        "pizza delivery",
        "asdfgh",
        "",
        "？？？",
        "12345",
        "怎么去火车站",
        "tell me a joke",
        "jin tian tian qi",
    ],
)
def test_nonsense_finds_nothing(found, words):
    assert found(words) == []


def test_what_no_administration_handles_finds_nothing(found):
    asked = Path(__file__).with_name("nonsense.txt").read_text(encoding="utf-8").splitlines()
    assert [words for words in asked if found(words)] == []


def test_every_item_is_found_first_by_its_own_name(entries, index):
    for entry in entries:
        assert index.find(entry.name)[0] == Hit(entry.code, 1.0)


def test_the_very_name_is_clear(index):
    assert is_clear(index.find("户口迁移审批"))


def test_a_vague_question_offers_a_choice(index):
    hits = index.find("残疾人证")
    assert len(hits) >= 3
    assert not is_clear(hits)


def test_nothing_found_is_not_clear():
    assert not is_clear(())


def test_scores_fall(index):
    scores = [hit.score for hit in index.find("社保卡")]
    assert scores == sorted(scores, reverse=True)


@pytest.mark.parametrize("limit", [0, 1, 2, 5])
def test_the_limit_holds(index, limit):
    assert len(index.find("残疾人证", limit)) <= limit


def test_an_index_of_nothing_finds_nothing():
    assert build_index([]).find("身份证") == ()


def test_items_of_one_name_are_both_found():
    twins = build_index([Entry("1", "求职创业补贴申领"), Entry("2", "求职创业补贴申领")])
    assert {hit.code for hit in twins.find("求职补贴")} == {"1", "2"}


@given(st.text(max_size=300) | st.text("身份证丢sfz shen口、 ,?0٨६³", max_size=220), st.integers(0, 7))
@example("٨٥", 5)  # digits of other scripts fall apart into words where the text as a whole doesn't
def test_any_text_is_answered(index, words, limit):
    hits = index.find(words, limit)
    assert len(hits) <= limit
    assert all(0 < hit.score <= 1 for hit in hits)
