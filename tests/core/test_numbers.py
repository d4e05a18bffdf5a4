"""A slip of the finger in a query number is caught at once, however the number was typed."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum.iso7064 import mod_11_10

from core.numbers import grouped, is_pin, is_query_number, plain_digits, query_number

unhurried = settings(deadline=None)
numbers = st.builds(query_number, st.dates(date(2000, 1, 1), date(2099, 12, 31)), st.integers(1, 99_999))
FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")


def test_a_number_is_the_day_a_serial_and_a_check_digit() -> None:
    assert query_number(date(2026, 11, 23), 1) == "261123000018"


@unhurried
@given(numbers)
def test_a_number_we_made_is_one(number: str) -> None:
    assert len(number) == 12
    assert is_query_number(number)


@unhurried
@given(numbers, st.integers(0, 11), st.integers(1, 9))
def test_every_single_wrong_digit_is_caught(number: str, place: int, off: int) -> None:
    wrong = str((int(number[place]) + off) % 10)
    assert not is_query_number(number[:place] + wrong + number[place + 1 :])


@unhurried
@given(st.text("0123456789", min_size=12, max_size=12))
def test_any_twelve_digits_are_checked_as_by_the_standard(digits: str) -> None:
    assert is_query_number(digits) == mod_11_10.is_valid(digits)


@unhurried
@given(numbers, st.text("0123456789０٣²-+_ a\x00", min_size=1, max_size=4), st.integers(0, 12), st.integers(0, 4))
def test_nothing_longer_shorter_or_of_other_signs_is_a_number(number: str, put: str, at: int, instead: int) -> None:
    text = number[:at] + put + number[at + instead :]
    plain = len(text) == 12 and all(sign in "0123456789" for sign in text)
    assert is_query_number(text) == (plain and mod_11_10.is_valid(text))


def test_most_swapped_neighbours_are_caught() -> None:
    caught = swapped = 0
    for number in (query_number(date(2026, 1 + n % 12, 1 + n % 28), 1 + n * 37 % 99_999) for n in range(500)):
        for place in (place for place in range(11) if number[place] != number[place + 1]):
            swapped += 1
            slip = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
            caught += not is_query_number(slip)
    assert caught / swapped > 0.95


@unhurried
@given(numbers, st.sampled_from(["", " ", "-", "－", "\u3000", ".", "·", "–"]), st.booleans())
def test_however_it_is_typed_it_is_the_same_number(number: str, between: str, full_width: bool) -> None:
    typed = between.join(grouped(number).split())
    assert plain_digits(f" {typed.translate(FULL_WIDTH) if full_width else typed}\n") == number


@unhurried
@given(st.text())
def test_whatever_is_typed_can_be_read(typed: str) -> None:
    plain = plain_digits(typed)
    assert not any(c.isspace() or c in "-－·" for c in plain)


@pytest.mark.parametrize("typed", ["", "26112300001", "2611230000188", "26112300001８", "26112300001x", "²61123000018"])
def test_only_twelve_plain_digits_are_a_number(typed: str) -> None:
    assert not is_query_number(typed)


@pytest.mark.parametrize("typed, fits", [("000000", True), ("12345", False), ("1234567", False), ("１23456", False)])
def test_a_pin_is_six_plain_digits(typed: str, fits: bool) -> None:
    assert is_pin(typed) is fits


@pytest.mark.parametrize("serial", [0, -1, 100_000])
def test_a_day_has_no_more_than_99_999_numbers(serial: int) -> None:
    with pytest.raises(ValueError, match=str(serial)):
        query_number(date(2026, 11, 23), serial)
