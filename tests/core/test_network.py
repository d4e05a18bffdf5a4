"""Network addresses, as the standard library reads them."""

from __future__ import annotations

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as some

from core.network import network_address

_NEARLY = some.text("0123456789abcdef.:%/[] \0１", max_size=24)


@given(some.one_of(_NEARLY, some.ip_addresses().map(str), some.text()))
def test_it_is_read_as_the_standard_library_reads_it(text):
    try:
        right = ip_address(text)
    except ValueError:
        right = None
    assert network_address(text) == right


@pytest.mark.parametrize(
    "text", ["127.1", "010.0.0.1", "1.2.3.4 ", "0x7f.0.0.1", "1.2.3.4\n", "2130706433", "1.2.3.256", ""]
)
def test_only_one_way_to_write_an_address_is_one(text):
    assert network_address(text) is None
