"""Numbers go out as the carrier wants them, and what comes in is one number however it is written."""

from __future__ import annotations

import pytest

from channels.carrier_numbers import NumberStyle, from_carrier, to_carrier


@pytest.mark.parametrize(
    ("number", "style", "written"),
    [
        ("+8613800005678", "plus", "+8613800005678"),
        ("+8613800005678", "international", "8613800005678"),
        ("+8613800005678", "national", "13800005678"),
        ("+863127654321", "national", "03127654321"),
        ("+861087654321", "national", "01087654321"),
        ("+85298765432", "national", "0085298765432"),
        ("+85298765432", "international", "85298765432"),
        ("10086", "international", "10086"),
    ],
)
def test_a_number_goes_out_as_the_carrier_wants_it(number: str, style: NumberStyle, written: str) -> None:
    assert to_carrier(number, style) == written


@pytest.mark.parametrize(
    ("came", "number"),
    [
        ("8613800005678", "+8613800005678"),
        ("+8613800005678", "+8613800005678"),
        ("008613800005678", "+8613800005678"),
        ("13800005678", "+8613800005678"),
        ("861087654321", "+861087654321"),
        ("01087654321", "+861087654321"),
        ("0085298765432", "+85298765432"),
        ("10086", "10086"),
        ("Bank", "Bank"),
    ],
)
def test_a_number_that_comes_in_is_known_in_full(came: str, number: str) -> None:
    assert from_carrier(came) == number
