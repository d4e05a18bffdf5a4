"""What holds for every answer: a gate before it, security headers, and errors told clearly, never as a traceback."""

from __future__ import annotations

import secrets
import traceback
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Protocol

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from multidict import CIMultiDict

from webui.fault_page import answer
from webui.faults import Fault, fault_of
from webui.look.policy import CONTENT_POLICY

SECURITY_HEADERS = (
    ("Content-Security-Policy", CONTENT_POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
)
HSTS = ("Strict-Transport-Security", "max-age=31536000")
STARTED: web.RequestKey[bool] = web.RequestKey("STARTED", bool)
FRAMES_LOGGED = 12

_log = structlog.get_logger(__name__)


class Gate(Protocol):
    """What each request passes before it is answered, and after."""

    def begun(self) -> float:
        """A request has come, of which no more than its head was read; the moment, by the gate's own clock."""

    async def admit(self, request: web.Request) -> None:
        """Returns for who is let in; raises what is told instead of an answer."""

    def ended(self, request: web.Request, response: web.StreamResponse | None, began: float) -> None:
        """The request that began in that moment has its answer, which has yet to be sent unless it was a stream; None
        when it has none: cancelled, hung up, or an error in the middle of a stream. Called once for each that began,
        and must not fail.
        """


def install(app: web.Application, gate: Gate, *, secure: bool) -> None:
    """Give an application the gate, the headers and the error pages; `secure` when the public address is https."""
    app.on_response_prepare.append(header_writer(secure=secure))
    app.middlewares.append(_answering(gate))


def header_writer(*, secure: bool) -> Callable[[web.Request, web.StreamResponse], Awaitable[None]]:
    """Writes the security headers on each answer as it starts, streams too; one that a handler set itself stands."""
    always = CIMultiDict(SECURITY_HEADERS + ((HSTS,) if secure else ()))

    async def write(request: web.Request, response: web.StreamResponse) -> None:
        response.headers.merge(always)
        request[STARTED] = True

    return write


def _answering(gate: Gate) -> Middleware:
    """Each request passes the gate, and errors become answers."""

    # One middleware for all of it, for each takes a fiftieth of a short answer's time.
    @web.middleware
    async def answering(request: web.Request, handler: Handler) -> web.StreamResponse:
        began = gate.begun()
        response: web.StreamResponse | None = None
        try:
            await gate.admit(request)
            response = await handler(request)
        except Exception as error:
            if _cannot_be_told(request, error):
                response = error if isinstance(error, web.HTTPException) else None
                raise
            response = _told(request, error)
        finally:
            gate.ended(request, response, began)
        return response

    return answering


def _cannot_be_told(request: web.Request, error: Exception) -> bool:
    if STARTED in request or (isinstance(error, web.HTTPException) and error.status < 400):
        return True
    # Who asked has hung up: there is nobody to tell, and nothing to look into.
    return isinstance(error, ConnectionResetError) and (request.transport is None or request.transport.is_closing())


def _told(request: web.Request, error: Exception) -> web.Response:
    """An error as an answer. What nobody foresaw is logged under a reference that the page shows."""
    if fault := fault_of(error):
        return answer(request, fault)
    reference = secrets.token_hex(4)
    _log.error("request_failed", reference=reference, method=request.method, route=_route(request), **_cause(error))
    return answer(request, Fault(500, "unforeseen"), reference)


def _route(request: web.Request) -> str:
    """The route and not the address, which may hold a token."""
    resource = request.match_info.route.resource
    return resource.canonical if resource else ""


def _cause(error: Exception) -> dict[str, object]:
    """Where an error arose and of what kind, without its text, which may quote what a citizen sent."""
    frames = traceback.extract_tb(error.__traceback__)[-FRAMES_LOGGED:]
    where = [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
    return {"error": type(error).__name__, "where": where}
