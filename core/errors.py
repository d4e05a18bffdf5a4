"""The errors of the house, so that every caller can tell whose fault it was and what to say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Literal

SendReason = Literal["config", "invalid", "rejected", "opted_out", "throttled", "unreachable", "unknown"]


class HaobanError(Exception):
    """The root of all errors that the house raises on purpose; its text is fit to be shown to staff.

    `key` names the words `refused.<key>` in the catalogues that say the same in every language, `values` fill them.
    """

    key = ""
    values: Mapping[str, object] = MappingProxyType({})


class SettingsError(HaobanError):
    """The settings are wrong; `problems` names every one with its place."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


class BadRequest(HaobanError):
    """What was sent can't be understood or isn't allowed; the sender can mend it."""

    def __init__(self, text: str = "", *, key: str = "", **values: object) -> None:
        super().__init__(text)
        self.key, self.values = key, values


class NotFound(HaobanError):
    """There is no such thing, or the asker may not know of it."""


class BadNumber(BadRequest):
    """A query number whose check digit is wrong: a slip of the finger, told at once."""


class NotRecognised(NotFound):
    """Number and PIN don't fit; an unknown number and a wrong PIN are told alike."""


class Wait(HaobanError):
    """Too many tries; the next one is listened to after `retry_after_s` seconds. `locked` after wrong PINs."""

    def __init__(self, retry_after_s: int, *, locked: bool = False) -> None:
        super().__init__(f"try again in {retry_after_s} s")
        self.retry_after_s = retry_after_s
        self.locked = locked


class Conflict(HaobanError):
    """Somebody else changed the thing first; look again and decide anew."""


class Unavailable(HaobanError):
    """Something the answer needs is away for the moment; asking again later may work."""


class Undone(Unavailable):
    """A transaction that the database undid for another's sake; nothing of it is left, and it may be tried again."""


class SendError(HaobanError):
    """A message could not be sent.

    `reason` is one of config, invalid, rejected, opted_out, throttled, unreachable (the request never left) and unknown
    (it may have arrived); only throttled and unreachable may be sent again. `retry_after` is in seconds.
    """

    def __init__(self, reason: SendReason, detail: str = "", retry_after: float | None = None) -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail
        self.retry_after = retry_after
