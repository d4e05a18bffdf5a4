"""Who asks by HTTP, so that limits fall on the right sender and nobody can pass for another by a header."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network

from aiohttp import web

from core.asker import Asker
from core.network import network_address

Network = IPv4Network | IPv6Network
IPV6_PREFIX = 64  # what one household or firm is given: single addresses cost an attacker nothing
MAX_HOPS = 20
MOST_CHARS = 64
NO_ADDRESS = "local"
MOST_KNOWN = 30_000  # as many as ask on a busy day
_SENDER: web.RequestKey[str] = web.RequestKey("sender", str)


def asker(request: web.Request, trusted: Sequence[Network], channel: str = "web") -> Asker:
    """The asker of a request; behind trusted proxies the right-most forwarded address that is none of them."""
    return Asker(channel, sender(request, trusted))


def sender(request: web.Request, trusted: Sequence[Network]) -> str:
    """The address of a request's sender, found once however many ask for it."""
    if (known := request.get(_SENDER)) is None:
        forwarded = request.headers.getall("X-Forwarded-For", ())
        known = request[_SENDER] = sender_address(request.remote, forwarded, trusted)
    return known


def sender_address(peer: str | None, forwarded: Sequence[str], trusted: Sequence[Network]) -> str:
    """The sender's address, IPv6 as its /64. A header is believed only as far as trusted proxies wrote it."""
    sender = _address(peer or "")
    if sender is None:
        return NO_ADDRESS
    for hop in _hops(forwarded):
        if not _is_trusted(sender, trusted) or (before := _address(hop)) is None:
            break
        sender = before
    return _shown(sender)


def _hops(forwarded: Sequence[str]) -> Iterator[str]:
    """What the proxies noted, the nearest first."""
    return iter(",".join(forwarded).split(",")[: -MAX_HOPS - 1 : -1]) if forwarded else iter(())


def _is_trusted(address: IPv4Address | IPv6Address, trusted: Sequence[Network]) -> bool:
    return any(address in network for network in trusted)


def _address(text: str) -> IPv4Address | IPv6Address | None:
    return _read(text) if len(text) <= MOST_CHARS else None


@lru_cache(MOST_KNOWN)
def _read(text: str) -> IPv4Address | IPv6Address | None:
    found = network_address(text.strip().removeprefix("[").removesuffix("]").partition("%")[0])
    return found.ipv4_mapped or found if isinstance(found, IPv6Address) else found


@lru_cache(MOST_KNOWN)
def _shown(address: IPv4Address | IPv6Address) -> str:
    if isinstance(address, IPv4Address):
        return str(address)
    return str(ip_network((address, IPV6_PREFIX), strict=False))
