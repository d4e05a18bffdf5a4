"""Reading network addresses, which is done for every request."""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address


def network_address(text: str) -> IPv4Address | IPv6Address | None:
    """The address that a text is, None for any other text. One of IPv4 has one way to be written, without zeros."""
    if ":" not in text:
        return IPv4Address(text) if is_ipv4(text) else None
    try:
        return ip_address(text)
    except ValueError:
        return None


def is_ipv4(text: str) -> bool:
    """Whether it is an address of IPv4, which then is the one way to write it."""
    try:
        # The system reads it in a tenth of the time that the standard library takes.
        socket.inet_pton(socket.AF_INET, text)
    except (OSError, ValueError):
        return False
    return True
