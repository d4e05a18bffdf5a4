"""What citizens write, key in and say is understood in every spelling, and nothing else is taken for it."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.dialogue.commands import COMMANDS, Command
from core.dialogue.hearing import read_keys, read_spoken
from core.dialogue.reading import Chosen, Missed, PinGiven, StatusAsked, Words, read
from core.numbers import LENGTH, PIN_LENGTH, query_number

numbers = st.builds(query_number, st.dates(date(2020, 1, 1), date(2040, 12, 31)), st.integers(1, 99_999))
pins = st.from_regex(r"[0-9]{6}", fullmatch=True)
gaps = st.sampled_from([" ", "  ", "　", "-", ",", "，", "\n", " / ", "、"])
WIDE = str.maketrans("0123456789", "０１２３４５６７８９")
HAN = dict(zip("0123456789", "零幺二三四五六七八九", strict=True))
NAMES = dict(
    zip("0123456789", ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"], strict=True)
)


@given(
    numbers,
    pins,
    gaps,
    st.sampled_from(["", "CX ", "cx", "查询 ", "查询", "status ", "查进度"]),
    st.booleans(),
)
def test_number_and_pin_are_read_in_either_spelling(number, pin, gap, word, wide):
    text = f"{word}{number}{gap}{pin}"
    assert read(text.translate(WIDE) if wide else text) == StatusAsked(number, pin)


@given(numbers, pins)
def test_the_pin_may_come_first(number, pin):
    assert read(f"{pin} {number}") == StatusAsked(number, pin)


@given(numbers, st.sampled_from([" ", "-", " - ", "　"]))
def test_a_number_may_be_written_in_groups(number, gap):
    assert read(gap.join((number[:4], number[4:8], number[8:]))) == StatusAsked(number, "")


@given(
    numbers,
    pins,
    st.sampled_from(
        [
            "您好，我的查询号是{n}，密码{p}，谢谢！",
            "帮我看看{n} {p}办好没有",
            "{p}是密码，{n}是查询号，什么时候能办好",
            "我上周三10点交的材料，号{g}，密码{p}",
            "Good morning, my case {n} with pin {p}, how far is it?",
            "电话13800001234，查询号{n}密码{p}请回复",
        ],
    ),
)
def test_number_and_pin_are_found_in_a_sentence(number, pin, sentence):
    grouped = " ".join((number[:4], number[4:8], number[8:]))
    assert read(sentence.format(n=number, p=pin, g=grouped)) == StatusAsked(number, pin)


@given(numbers)
def test_a_number_is_found_in_a_sentence_without_its_pin(number):
    assert read(f"请问{number}办得怎么样了") == StatusAsked(number, "")


@pytest.mark.parametrize(
    "sentence",
    [
        "我的身份证号是510123199001011234，丢了",
        "电话13800001234",
        "邮编638500的户口怎么迁",
        "2026年5月1日的婚姻登记",
        "{0} {1}哪个办好了",
    ],
)
def test_other_digits_in_a_sentence_are_no_number(sentence):
    numbers_of_two = [query_number(date(2026, 11, 24), n) for n in (1, 2)]
    assert isinstance(read(sentence.format(*numbers_of_two)), Words)


@given(st.text(max_size=2000))
def test_any_text_is_read(text):
    read(text)
    read_spoken(text, LENGTH)
    read_keys(text, PIN_LENGTH)


@given(st.text("身份证丢了怎么办营业执照abc", min_size=3, max_size=30))
def test_words_are_no_digits(text):
    assert isinstance(read(text), Words | Command)


@pytest.mark.parametrize(("word", "command"), COMMANDS.items())
def test_commands_are_known_in_every_spelling(word, command):
    assert read(word) == read(f" {word.upper()} ") == command


@pytest.mark.parametrize("word", ["TD", "T", "R", "退订", "STOP", "Unsubscribe"])
def test_the_words_to_opt_out_are_known(word):
    assert read(word) == Command.OPT_OUT


@pytest.mark.parametrize(
    ("said", "n"),
    [
        ("1", 1),
        ("２", 2),
        ("第二个", 2),
        ("选3", 3),
        ("三", 3),
        ("option 2", 2),
        ("2.", 2),
        ("number 4", 4),
        ("first", 1),
    ],
)
def test_a_choice_is_named_in_many_ways(said, n):
    assert read(said) == Chosen(n)


@given(numbers)
def test_spoken_digits_are_digits(number):
    assert read_spoken("".join(HAN[d] for d in number), LENGTH) == StatusAsked(number, "")
    assert read_spoken(" ".join(NAMES[d] for d in number), LENGTH) == StatusAsked(number, "")


@given(pins)
def test_a_spoken_pin_is_a_pin(pin):
    assert read_spoken(" ".join(HAN[d] for d in pin), PIN_LENGTH) == PinGiven(pin)


@given(numbers, st.sampled_from(["", "#"]))
def test_a_number_is_keyed_in(number, end):
    assert read_keys(number + end, LENGTH) == StatusAsked(number, "")


@pytest.mark.parametrize(
    ("keys", "digits", "meant"),
    [
        ("0", 12, Command.OPERATOR),
        ("*", 6, Command.BACK),
        ("#", 0, Command.END),
        ("2611", 12, Missed()),
        ("2611*", 12, Missed()),
        ("", 0, Missed(silent=True)),
        ("3", 0, Chosen(3)),
        ("000000", 6, PinGiven("000000")),
    ],
)
def test_keys_mean_the_same_everywhere(keys, digits, meant):
    assert read_keys(keys, digits) == meant
