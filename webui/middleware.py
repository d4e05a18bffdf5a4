"""What holds for every answer: security headers, and errors told clearly and never as a traceback."""

from __future__ import annotations

import secrets
import traceback
from collections.abc import Awaitable, Callable
from pathlib import Path

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

# Asked about each request before it is answered; raises what is told instead.
Admit = Callable[[web.Request], Awaitable[None]]
_log = structlog.get_logger(__name__)


async def admit_all(_request: web.Request) -> None:
    """Nobody is refused."""


def install(app: web.Application, admit: Admit, *, secure: bool) -> None:
    """Give an application the headers and the error pages; `secure` when the public address is https. `admit` is asked
    about each request first; what it raises is told.
    """
    app.on_response_prepare.append(header_writer(secure=secure))
    app.middlewares.append(_faults_told(admit))


def header_writer(*, secure: bool) -> Callable[[web.Request, web.StreamResponse], Awaitable[None]]:
    """Writes the security headers on each answer as it starts, streams too; one that a handler set itself stands."""
    always = CIMultiDict(SECURITY_HEADERS + ((HSTS,) if secure else ()))

    async def write(request: web.Request, response: web.StreamResponse) -> None:
        response.headers.merge(always)
        request[STARTED] = True

    return write


def _faults_told(admit: Admit) -> Middleware:
    @web.middleware
    async def faults_told(request: web.Request, handler: Handler) -> web.StreamResponse:
        """Turns errors into answers. What nobody foresaw is logged under a reference that the page shows."""
        try:
            await admit(request)
            return await handler(request)
        except Exception as error:
            if _cannot_be_told(request, error):
                raise
            return _told(request, error)

    return faults_told


def _cannot_be_told(request: web.Request, error: Exception) -> bool:
    if STARTED in request or (isinstance(error, web.HTTPException) and error.status < 400):
        return True
    # Who asked has hung up: there is nobody to tell, and nothing to look into.
    return isinstance(error, ConnectionResetError) and (request.transport is None or request.transport.is_closing())


def _told(request: web.Request, error: Exception) -> web.Response:
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
