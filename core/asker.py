"""Who asks, so that limits and locks fall on the right one and the audit can name the origin."""

from __future__ import annotations

from typing import NamedTuple


class Asker(NamedTuple):  # one is made for every question, and a tuple is made several times as fast as a frozen class
    """A sender on a channel: `address` is a phone number, a chat's id, or a network address (IPv6 by its /64).

    `language` is what the channel knows of the language that somebody reads, empty when it knows nothing.
    """

    channel: str
    address: str
    language: str = ""
