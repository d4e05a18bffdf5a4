"""Forms as they are sent: in UTF-8, or not at all."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as some

from core.errors import BadRequest
from core.form_body import fields_in, filled_in


@given(some.dictionaries(some.text(), some.text(), max_size=20))
def test_what_was_written_is_read(fields):
    assert fields_in(urlencode(fields).encode(), 20) == fields


@given(some.binary(max_size=60))
def test_all_that_is_read_can_be_written_again(sent):
    try:
        fields = fields_in(sent, 20)
    except BadRequest:
        return
    assert "".join(fields.values()).encode().decode() == "".join(fields.values())


@given(some.lists(some.sampled_from(["x", "=", "&", "&&", "+", "%20", "%E5%A5%BD", "%", "%zz", "好"])))
def test_it_is_read_as_the_standard_library_reads_it(pieces):
    sent = "".join(pieces)
    assert fields_in(sent.encode(), 1000) == dict(parse_qsl(sent, keep_blank_values=True, errors="strict"))


@pytest.mark.parametrize("sent", [b"a=1&b=2&c=3", b"a=1&b=2&", b"&&a=1"])
def test_as_many_as_are_allowed_are_read_and_what_separates_them_counts(sent):
    assert fields_in(sent, 3)["a"] == "1"
    with pytest.raises(BadRequest):
        fields_in(sent, 2)


@pytest.mark.parametrize("sent", [b"a=%ED%A0%80", b"a=\xff", b"a=%ff", b"a&" * 21])
def test_what_is_not_utf_8_or_too_much_is_refused(sent):
    with pytest.raises(BadRequest):
        fields_in(sent, 20)


@pytest.mark.parametrize("sent", [b"a=1%00", b"a=\0", b"a%00b=1", b"a=%ff"])
def test_what_nobody_types_is_refused_where_somebody_fills_in(sent):
    with pytest.raises(BadRequest):
        filled_in(sent, 20)


def test_what_is_filled_in_is_read():
    assert filled_in(b"number=261124000010&words=%E5%A5%BD", 20) == {"number": "261124000010", "words": "好"}
