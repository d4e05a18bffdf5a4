from __future__ import annotations

import re

import pytest

from core.search.words import lone_characters, normalise, split, stem, strip_noise, symbols


def test_full_width_and_capitals_are_plain():
    assert normalise("ＩＤ　Card（１）") == "id card(1)"


def test_characters_are_symbols_and_latin_words_stay_whole():
    assert symbols("id card丢了80周岁") == ("id", "card", "丢", "了", "80", "周", "岁")


def test_punctuation_breaks_and_blanks_do_not():
    assert split("变更、 注销") == ["变", "更", "", "注", "销"]


@pytest.mark.parametrize(
    ("word", "same"), [("licenses", "licensing"), ("companies", "company"), ("restaurants", "restaurant")]
)
def test_forms_of_an_english_word_share_a_stem(word, same):
    assert stem(word) == stem(same)


def test_noise_is_taken_off_names():
    assert strip_noise("发票领用（县级行使）", re.compile(r"\(县级[^)]*\)")) == "发票领用"


def test_a_name_that_is_all_noise_is_kept():
    assert strip_noise("（县级）", re.compile(r"\(县级\)")) == "(县级)"


def test_a_character_alone_is_told_from_one_inside_a_word():
    assert lone_characters("身份证丢了") == frozenset({3, 4})


def test_news_is_nothing_new():
    assert stem("news") != stem("new")
