from __future__ import annotations

import pytest

from core.search.homophones import Homophones
from core.search.pinyin import Syllables, blur, borders, initials, sounds
from core.search.shorthand import Shorthand

WORDS = ("居民身份证", "开饭馆", "法律援助", "银行", "西安")


@pytest.mark.parametrize(("sharp", "flat"), [("zheng", "zen"), ("shang", "san"), ("min", "min"), ("ling", "lin")])
def test_syllables_that_are_mixed_up_are_one(sharp, flat):
    assert blur(sharp) == flat


def test_a_reading_follows_the_word():
    assert sounds("银行")[1] != sounds("行政")[0]


def test_every_symbol_has_a_sound():
    assert len(sounds("id card丢了，80岁")) == 7 - 1 + 1


@pytest.mark.parametrize("letters", ["shenfenzheng", "falvyuanzhu", "faluyuanzhu"])
def test_pinyin_is_split_into_syllables(letters):
    syllables = Syllables(map(sounds, WORDS), WORDS)
    assert syllables.split(letters) in {sounds("身份证"), sounds("法律援助")}


@pytest.mark.parametrize("letters", ["sfz", "pizza", "asdfgh"])
def test_other_letters_are_no_pinyin(letters):
    assert Syllables(map(sounds, WORDS), WORDS).split(letters) == ()


def test_initials_are_taken_word_by_word():
    assert "".join(initials("居民身份证")) == "jmsfz"


def test_initials_stand_for_phrases_runs_of_words_and_what_is_to_be_done():
    shorthand = Shorthand(["身份证"], ["城乡居民养老保险"], ["挂失"])
    assert shorthand.expand("sfz") == ("身份证",)
    assert "养老保险" in shorthand.expand("ylbx")
    assert shorthand.expand("sfzgs") == ("身份证挂失",)
    assert shorthand.expand("qqq") == ()


@pytest.mark.parametrize(
    ("typo", "meant"), [("身份正", "身份证"), ("低宝", "低保"), ("身份证", "身份证"), ("神坟正", "神坟正")]
)
def test_half_of_a_word_must_be_written_right(typo, meant):
    homophones = Homophones(["身份证", "低保"], [])
    assert "".join(homophones.mend(tuple(typo), sounds(typo), borders(typo))) == meant


def test_a_word_is_not_torn_apart_to_be_mended():
    text = "怎么学银行"
    assert "".join(Homophones(["学寅"], []).mend(tuple(text), sounds(text), borders(text))) == text
