"""What a stand-in for Twilio is told to do with requests, and what it tells of messages afterwards.

Sources: Twilio's documentation "Error and warning dictionary" and "Track outbound message status".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

CODES: Mapping[str, tuple[int, int, str]] = {
    "429": (429, 20429, "Too Many Requests"),
    "stopped": (400, 21610, "Attempt to send to unsubscribed recipient"),
    "invalid": (400, 21211, "Invalid 'To' Phone Number"),
    "refused": (400, 30007, "Message filtered"),
    "500": (500, 20500, "Internal Server Error"),
}
Behaviour = Callable[[int, str], str]
"""What becomes of the n-th request, which is for a number: `ok`, a key of `CODES`, or one of `slow`, `garbage`,
`cut before` and `cut after` it was done."""


@dataclass(frozen=True, slots=True)
class Fate:
    """What the carrier makes of a message: the states that are told one after the other, with an error at the end."""

    states: tuple[str, ...] = ()
    error: int | None = None
    after_s: float = 0.0


NOTHING_TOLD = Fate()
DELIVERED = Fate(("sent", "delivered"))
UNREACHABLE = Fate(("sent", "undelivered"), 30003)
"""Error 30003: the handset is switched off or out of reach."""
FateOf = Callable[[str], Fate]


def well(_number: int, _to: str) -> str:
    return "ok"
