"""Forms as they are sent: in UTF-8, or not at all."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as some

from core.errors import BadRequest
from core.form_body import form_fields


@given(some.dictionaries(some.text(), some.text(), max_size=20))
def test_what_was_written_is_read(fields):
    assert form_fields(urlencode(fields).encode(), 20) == fields


@given(some.binary(max_size=60))
def test_all_that_is_read_can_be_written_again(sent):
    try:
        fields = form_fields(sent, 20)
    except BadRequest:
        return
    assert "".join(fields.values()).encode().decode() == "".join(fields.values())


@pytest.mark.parametrize("sent", [b"a=%ED%A0%80", b"a=\xff", b"a=%ff", b"a&" * 21])
def test_what_is_not_utf_8_or_too_much_is_refused(sent):
    with pytest.raises(BadRequest):
        form_fields(sent, 20)
