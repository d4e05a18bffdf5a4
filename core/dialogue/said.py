"""What a citizen does in a conversation, before anybody asks what it means."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Written:
    """A message, or what a speech recogniser heard."""

    text: str
    spoken: bool = False


@dataclass(frozen=True, slots=True)
class Keyed:
    """Keys of a telephone: digits, `*` and `#`."""

    keys: str


@dataclass(frozen=True, slots=True)
class Tapped:
    """A button of the message that was sent in turn `turn` of the conversation."""

    turn: int
    key: str


@dataclass(frozen=True, slots=True)
class Opened:
    """A call comes in, a chat is opened; `token` when that was by a receipt's QR code."""

    token: str = ""


@dataclass(frozen=True, slots=True)
class Scanned:
    """A picture of a receipt's QR code was sent."""

    token: str


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Something without words was sent: a sticker, a voice message, a place."""


@dataclass(frozen=True, slots=True)
class Unanswered:
    """The operator to whom a call was put through did not answer."""


@dataclass(frozen=True, slots=True)
class Silence:
    """The time for an answer is over."""


Said = Written | Keyed | Tapped | Opened | Scanned | Unreadable | Unanswered | Silence
