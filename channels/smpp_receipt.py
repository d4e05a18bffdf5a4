"""Receipts as SMSCs write them, each in its own fashion: whose they are, and what became of the message.

Source: "SMPP Protocol Specification v3.4", appendix B (the text) and 5.2.28 (message_state).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from channels.smpp_wire import MESSAGE_STATE, RECEIPTED_ID, Delivered
from core.notify.states import State

_WORDS: Mapping[str, State] = {
    "DELIVRD": State.DELIVERED,
    "EXPIRED": State.FAILED,
    "DELETED": State.FAILED,
    "UNDELIV": State.FAILED,
    "REJECTD": State.FAILED,
    "ACCEPTD": State.ACCEPTED,
    "ENROUTE": State.ACCEPTED,
}
_CODES = ("", "ENROUTE", "DELIVRD", "EXPIRED", "DELETED", "UNDELIV", "ACCEPTD", "UNKNOWN", "REJECTD")
_FIELD = re.compile(rb"(id|stat|err):\s*([A-Za-z0-9_.:/+-]{1,65})", re.IGNORECASE)
_HEX, _DECIMAL = re.compile(r"[0-9a-fA-F]{1,16}"), re.compile(r"[0-9]{1,19}")


@dataclass(frozen=True, slots=True)
class Report:
    """The SMSC's name of a message, what became of it, None where that isn't said, and the carrier's own word."""

    message_id: str
    state: State | None
    word: str


def report(came: Delivered) -> Report:
    """What a receipt says; an empty `message_id` for one that doesn't say whose it is."""
    fields = {name.lower(): value.decode("ascii") for name, value in reversed(_FIELD.findall(came.content))}
    name = came.options.get(RECEIPTED_ID, b"").partition(b"\0")[0].decode("ascii", "replace") or fields.get(b"id", "")
    code = int.from_bytes(came.options.get(MESSAGE_STATE, b"")[:1])
    stat = fields.get(b"stat", "").upper()[:7] or (_CODES[code] if code < len(_CODES) else "")
    error = fields.get(b"err", "")
    word = f"{stat} {error}" if error.strip("0") else stat
    return Report(name[:65], _WORDS.get(stat), word[:100])


def spellings(message_id: str) -> Sequence[str]:
    """How else an SMSC may have written the same name: many answer in hexadecimal and report in decimal, or turned."""
    found = [message_id]
    if _DECIMAL.fullmatch(message_id):
        number = int(message_id)
        found += [f"{number:x}", f"{number:X}", f"{number:08X}", f"{number:08x}", str(number)]
    if _HEX.fullmatch(message_id):
        number = int(message_id, 16)
        found += [str(number), f"{number:x}", f"{number:X}", f"{number:010d}"]
    return tuple(dict.fromkeys(found))
