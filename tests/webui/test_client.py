from __future__ import annotations

from ipaddress import ip_network

import pytest
from aiohttp.test_utils import make_mocked_request
from multidict import CIMultiDict

from core.asker import Asker
from webui.client import Proxies, asker, sender_address

TRUSTED = Proxies((ip_network("10.0.0.0/8"), ip_network("fd00::/8")))


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("203.0.113.7", (), "203.0.113.7"),
        ("203.0.113.7", ("198.51.100.1",), "203.0.113.7"),
        ("10.0.0.1", ("198.51.100.1",), "198.51.100.1"),
        ("10.0.0.1", ("1.1.1.1, 198.51.100.1",), "198.51.100.1"),
        ("10.0.0.1", ("1.1.1.1, 198.51.100.1, 10.0.0.2",), "198.51.100.1"),
        ("10.0.0.1", ("1.1.1.1", "198.51.100.1, 10.0.0.2"), "198.51.100.1"),
        ("10.0.0.1", ("1.1.1.1", "198.51.100.1"), "198.51.100.1"),
        ("10.0.0.1", ("1" * 65,), "10.0.0.1"),
        ("10.0.0.1", ("198.51.100.1" + ", 10.0.0.2" * 19,), "198.51.100.1"),
        ("10.0.0.1", ("198.51.100.1" + ", 10.0.0.2" * 20,), "10.0.0.2"),
        ("10.0.0.1", ("10.0.0.3",), "10.0.0.3"),
        ("10.0.0.1", (), "10.0.0.1"),
        ("10.0.0.1", ("",), "10.0.0.1"),
        ("10.0.0.1", ("1.1.1.1, nonsense",), "10.0.0.1"),
        ("10.0.0.1", ("nonsense, 198.51.100.1",), "198.51.100.1"),
        ("::ffff:10.0.0.1", ("198.51.100.1",), "198.51.100.1"),
        ("fd00::1", ("2001:db8:1:2:3:4:5:6",), "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", (), "2001:db8:1:2::/64"),
        ("fe80::1%eth0", (), "fe80::/64"),
        ("10.0.0.1", ("[2001:db8:1:2::9]",), "2001:db8:1:2::/64"),
        ("10.0.0.1", (", ".join(["10.0.0.2"] * 5000),), "10.0.0.2"),
        (None, ("198.51.100.1",), "local"),
        ("", (), "local"),
    ],
)
def test_sender(peer: str | None, forwarded: tuple[str, ...], address: str) -> None:
    assert sender_address(peer, forwarded, TRUSTED) == address


def test_nobody_is_trusted_unless_told() -> None:
    assert sender_address("127.0.0.1", ("198.51.100.1",), Proxies()) == "127.0.0.1"


def test_asker_of_a_request() -> None:
    request = make_mocked_request("GET", "/", CIMultiDict({"X-Forwarded-For": "198.51.100.1"})).clone(remote="10.0.0.1")
    assert asker(request, TRUSTED) == Asker("web", "198.51.100.1")
    assert asker(request, TRUSTED, "api") == Asker("api", "198.51.100.1")
