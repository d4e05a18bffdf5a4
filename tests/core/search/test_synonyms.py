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
