from __future__ import annotations

import subprocess
import sys

import pytest

from core.errors import SettingsError
from core.search import Entry, Synonyms, build_index


@pytest.fixture
def own(tmp_path):
    def write(text: str):
        path = tmp_path / "own.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_the_shipped_words_load():
    synonyms = Synonyms.load()
    assert len(synonyms.rows) > 300
    assert {"new", "lost", "cancel"} <= {intent.name for intent in synonyms.intents}


def test_they_are_read_once_and_stay_as_they_are_when_a_centre_adds_its_own(own):
    shipped = Synonyms.load()
    rows, groups = len(shipped.rows), dict(shipped.groups)
    more = Synonyms.load(own('rows = [{ say = ["红本本 <flown>"], means = ["参保"] }]\n[groups]\nflown = ["飞了"]'))
    assert (len(more.rows), more.groups["flown"]) == (rows + 1, ("飞了",))
    assert Synonyms.load() is shipped
    assert (len(shipped.rows), shipped.groups) == (rows, groups)


def test_a_centre_adds_its_own_words(own):
    item = [Entry("1", "城乡居民参保登记")]
    assert build_index(item).find("红本本") == ()
    more = Synonyms.load(own('rows = [{ say = ["红本本"], means = ["城乡居民参保登记"] }]'))
    assert [hit.code for hit in build_index(item, more).find("红本本")] == ["1"]


def test_words_are_added_to_a_known_intent(own):
    merged = Synonyms.load(own('[[intents]]\nname = "lost"\nsay = ["飞了"]'))
    lost = next(intent for intent in merged.intents if intent.name == "lost")
    assert "飞了" in lost.say
    assert "补办" in lost.marks


def test_a_group_stands_for_each_of_its_words(own):
    item = [Entry("1", "城乡居民参保登记")]
    more = own(
        'rows = [{ say = ["红本本 <flown>"], means = ["城乡居民参保登记"] }]\n[groups]\nflown = ["飞了", "吹跑"]'
    )
    index = build_index(item, Synonyms.load(more))
    assert [hit.code for hit in index.find("红本本昨天飞了")] == ["1"]
    assert [hit.code for hit in index.find("风吹跑了我的红本本")] == ["1"]
    assert index.find("红本本") == ()


def test_who_asks_steps_back_behind_the_matter(own):
    items = [Entry("1", "甲类事项办理"), Entry("2", "乙类事项办理")]
    text = 'rows = [{ say = ["铺铺"], means = ["甲类事项"] }, { say = ["猫猫"], means = ["乙类事项"] }]'
    assert next(hit.code for hit in build_index(items, Synonyms.load(own(text))).find("铺铺猫猫")) == "1"
    more = Synonyms.load(own(f'{text}\nactors = ["铺铺"]'))
    assert next(hit.code for hit in build_index(items, more).find("铺铺猫猫")) == "2"
    assert [hit.code for hit in build_index(items, more).find("铺铺")] == ["1"]


def test_who_asks_steps_back_with_what_is_done_there(own):
    items = [Entry("1", "甲类事项办理"), Entry("2", "乙类事项办理")]
    rows = 'rows = [{ say = ["铺铺 搞"], means = ["甲类事项"] }, { say = ["猫猫"], means = ["乙类事项"] }]'
    index = build_index(items, Synonyms.load(own(f'actors = ["铺铺"]\n{rows}')))
    assert next(hit.code for hit in index.find("我们铺铺想搞猫猫")) == "2"
    assert [hit.code for hit in index.find("我们铺铺想搞")] == ["1"]


@pytest.mark.parametrize(
    "words", ["美国旅游签证怎么办", "驾照扣了9分怎么消", "房产证丢了补办", "driving licence renewal"]
)
def test_a_matter_of_another_authority_finds_nothing(found, words):
    assert found(words) == []


def test_a_matter_of_another_authority_is_found_where_the_centre_handles_it():
    index = build_index([Entry("1", "往来港澳通行证签发"), Entry("2", "普通护照签发")])
    assert index.find("去香港要办什么")[0].code == "1"


def test_a_word_of_another_authority_may_be_part_of_a_matter():
    index = build_index([Entry("1", "拖拉机/联合收割机驾驶证补换证"), Entry("2", "机动车驾驶证公证")])
    assert index.find("拖拉机驾驶证掉了")[0].code == "1"
    assert index.find("驾驶证做公证")[0].code == "2"
    assert index.find("驾驶证掉了") == ()


def test_an_intent_is_told_by_each_word_of_a_group(own):
    items = [Entry("1", "甲证核发"), Entry("2", "甲证补办")]
    text = '[[intents]]\nname = "lost"\nsay = ["<flown>"]\n[groups]\nflown = ["飞了", "吹跑"]'
    index = build_index(items, Synonyms.load(own(text)))
    assert index.find("甲证")[0].code == "1"
    assert index.find("甲证吹跑")[0].code == "2"


def test_a_word_of_a_group_is_not_mended():
    """换了 sounds like 黄了 (gone bankrupt), but both are known."""
    index = build_index([Entry("1", "甲证注销"), Entry("2", "甲证信息变更")])
    assert index.find("甲证上老板换了")[0].code == "2"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("rows = [", "own.toml"),
        ("rows = 3", "rows must be a list of tables"),
        ('rows = [{ say = ["a"] }]', "rows, number 1: must be a table with say, means"),
        ('rows = [{ say = ["a"], means = [] }]', "rows, number 1: means must be a list of strings"),
        ('rows = [{ say = "a", means = ["b"] }]', "rows, number 1: say must be a list of strings"),
        ('hints = [{ say = ["a"], means = [3] }]', "hints, number 1: means"),
        ('filler = "a"', "filler must be a list of strings"),
        ('noise = ["("]', "noise: (:"),
        ("[[intents]]\nsay = ['a']", "intents, number 1"),
        ("words = []", "unknown key words"),
        ("groups = 1", "groups must be a table of lists of strings"),
        ('rows = [{ say = ["a <b>"], means = ["c"] }]', "<b> is no group"),
        ("[[intents]]\nname = 'x'\nsay = ['<b>']", "<b> is no group"),
        ('others = [{ say = ["a"] }]', "others, number 1: must be a table with say, means"),
    ],
)
def test_a_malformed_file_is_named_with_its_place(own, text, problem):
    with pytest.raises(SettingsError) as error:
        Synonyms.load(own(text))
    assert problem in str(error.value)


def test_all_mistakes_are_named_at_once(own, tmp_path):
    with pytest.raises(SettingsError) as error:
        Synonyms.load(own("filler = 1\nelsewhere = 2"), tmp_path / "absent.toml")
    assert len(error.value.problems) == 3


def test_importing_the_package_imports_no_library():
    heavy = ("numpy", "bm25s", "rjieba", "pypinyin", "rapidfuzz")
    code = f"import sys, core.search; assert not sys.modules.keys() & {set(heavy)}"
    subprocess.run([sys.executable, "-c", code], check=True)  # noqa: S603 our own words
