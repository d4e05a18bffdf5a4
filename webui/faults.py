"""What an error means by HTTP: its status, the key of its words, and when to come back."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

from aiohttp import web

from core.errors import BadNumber, BadRequest, Conflict, HaobanError, NotFound, NotRecognised, Unavailable, Wait

AWAY_RETRY_S = 5
PASSED_ON = ("Allow", "Retry-After")
_KINDS: tuple[tuple[type[HaobanError], int, str], ...] = (
    (BadNumber, 400, "bad_number"),
    (BadRequest, 400, "bad_request"),
    (NotRecognised, 404, "not_recognised"),
    (NotFound, 404, "not_found"),
    (Conflict, 409, "conflict"),
    (Unavailable, 503, "unavailable"),
)
_STATUSES = {404: "not_found", 405: "method", 413: "too_large"}


@dataclass(frozen=True, slots=True)
class Fault:
    """`code` names the fault for programs, and its words: `web.error.<code>.title` and `.body`."""

    status: int
    code: str
    headers: Mapping[str, str] = field(default_factory=dict)
    minutes: int = 0

    @property
    def phrase(self) -> str:
        return HTTPStatus(self.status).phrase


def fault_of(error: Exception) -> Fault | None:
    """What to answer to an error; None for one that nobody foresaw."""
    if isinstance(error, Wait):
        headers = {"Retry-After": str(error.retry_after_s)}
        return Fault(429, "locked" if error.locked else "wait", headers, minutes(error))
    if isinstance(error, web.HTTPException):
        return _of_http(error)
    if isinstance(error, web.RequestPayloadError):  # a body that isn't what its headers say
        return Fault(400, "bad_request")
    for kind, status, code in _KINDS:
        if isinstance(error, kind):
            return Fault(
                status, code, {"Retry-After": str(AWAY_RETRY_S)} if status == HTTPStatus.SERVICE_UNAVAILABLE else {}
            )
    return None


def minutes(wait: Wait) -> int:
    """How long to wait in whole minutes, never told too short."""
    return max(1, math.ceil(wait.retry_after_s / 60))


def _of_http(error: web.HTTPException) -> Fault:
    headers = {name: error.headers[name] for name in PASSED_ON if name in error.headers}
    usual = "bad_request" if error.status < HTTPStatus.INTERNAL_SERVER_ERROR else "unavailable"
    return Fault(error.status, _STATUSES.get(error.status, usual), headers)
