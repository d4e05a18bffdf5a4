"""Who asks by HTTP, so that limits fall on the right sender and nobody can pass for another by a header."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from aiohttp import web

from core.asker import Asker
from core.network import is_ipv4, network_address

Network = IPv4Network | IPv6Network
IPV6_PREFIX = 64  # what one household or firm is given: single addresses cost an attacker nothing
MAX_HOPS = 20
MOST_CHARS = 64
NO_ADDRESS = "local"
MOST_KNOWN = 30_000  # as many as ask on a busy day
_SENDER: web.RequestKey[str] = web.RequestKey("sender", str)


class Proxies:
    """The proxies whose X-Forwarded-For is believed, by their networks.

    `include(address)` tells whether one of them may have an address, which is written in its one way.
    """

    def __init__(self, networks: Sequence[Network] = ()) -> None:
        self._networks = networks
        self.include = lru_cache(MOST_KNOWN)(self._include)  # read for every request

    def _include(self, address: str) -> bool:
        read = ip_address(address)
        return any(read in network for network in self._networks)


def asker(request: web.Request, trusted: Proxies, channel: str = "web") -> Asker:
    """The asker of a request; behind trusted proxies the right-most forwarded address that is none of them."""
    return Asker(channel, sender(request, trusted))


def sender(request: web.Request, trusted: Proxies) -> str:
    """The address of a request's sender, found once however many ask for it."""
    try:
        return request[_SENDER]
    except KeyError:
        return note_sender(request, trusted)


def note_sender(request: web.Request, trusted: Proxies) -> str:
    """Find the address of a request's sender, for all who ask for it afterwards."""
    forwarded = request.headers.getall("X-Forwarded-For", ())
    found = request[_SENDER] = sender_address(request.remote, forwarded, trusted)
    return found


def sender_address(peer: str | None, forwarded: Sequence[str], trusted: Proxies) -> str:
    """The sender's address, IPv6 as its /64. A header is believed only as far as trusted proxies wrote it."""
    sender = _peer(peer or "")
    if not sender:
        return NO_ADDRESS
    for hop in _hops(forwarded):
        if not trusted.include(sender) or not (before := _address(hop)):
            break
        sender = before
    return _household(sender) if ":" in sender else sender


def _hops(forwarded: Sequence[str]) -> Sequence[str]:
    """What the proxies noted, the nearest first."""
    if not forwarded or (len(forwarded) == 1 and "," not in forwarded[0]):
        return forwarded
    return ",".join(forwarded).split(",")[: -MAX_HOPS - 1 : -1]


def _address(text: str) -> str:
    """The address that a text is, in the one way it is written; "" for any other text."""
    if len(text) > MOST_CHARS:
        return ""
    text = text.strip()
    return text if is_ipv4(text) else _other_address(text)


# The other end of a connection: behind a proxy it is the same one for all.
_peer = lru_cache(MOST_KNOWN)(_address)


@lru_cache(MOST_KNOWN)
def _other_address(text: str) -> str:
    found = network_address(text.removeprefix("[").removesuffix("]").partition("%")[0])
    if isinstance(found, IPv6Address):
        found = found.ipv4_mapped or found
    return str(found) if found else ""


@lru_cache(MOST_KNOWN)
def _household(address: str) -> str:
    return str(ip_network((address, IPV6_PREFIX), strict=False))
