"""The door of the console: no page without a session, a right and, for what changes something, the form's mark."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

import structlog
from aiohttp import web

from core.errors import BadRequest, Conflict, HaobanError
from core.staff import Right, SignedIn, Stage
from webui.faults import Fault, fault_of
from webui.language import language_of
from webui.staff.posted import NOTHING, read_posted
from webui.staff.site import STAFF
from webui.staff.visit import Visit, render

COOKIE = "haoban_staff"
PATH = "/staff"
_STAGES = {Stage.PASSWORD: "/staff/password", Stage.ENROL: "/staff/enrol", Stage.CODE: "/staff/code"}
_log = structlog.get_logger()

Handler = Callable[[Visit], Awaitable[web.StreamResponse]]
RequestHandler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def guarded(
    handler: Handler, right: Right | None, stages: frozenset[Stage] = frozenset({Stage.FULL})
) -> RequestHandler:
    """A handler that only who has the right, in one of the stages of signing in, gets to."""

    async def answered(request: web.Request) -> web.StreamResponse:
        session = await session_of(request)
        if session is None:
            return _to_sign_in(request)
        if session.stage not in stages:
            return _go(_STAGES.get(session.stage, "/staff/"))
        visit = Visit(request, language_of(request, request.app[STAFF].catalogues), session)
        try:
            if right is not None:
                session.member.need(right)
            return await handler(await _with_posted(visit))
        except (HaobanError, web.HTTPClientError) as error:
            return _told(visit, error)

    return answered


async def session_of(request: web.Request) -> SignedIn | None:
    token = request.cookies.get(COOKIE, "")
    return await request.app[STAFF].sign_in.known_by(token) if token else None


def keep(response: web.StreamResponse, token: str, *, secure: bool) -> None:
    """Have the browser keep a session, for the console alone and never for a request that comes from elsewhere."""
    response.set_cookie(COOKIE, token, path=PATH, httponly=True, samesite="Strict", secure=secure or None)


def forget(response: web.StreamResponse) -> None:
    response.del_cookie(COOKIE, path=PATH)


def from_elsewhere(request: web.Request) -> bool:
    """Whether a browser says that another site sent this. Our own pages send no referrer, and so the origin `null`."""
    if fetched := request.headers.get("Sec-Fetch-Site"):
        return fetched not in ("same-origin", "none")
    origin = request.headers.get("Origin", "null")
    return origin != "null" and urlsplit(origin).netloc != request.host


async def _with_posted(visit: Visit) -> Visit:
    request = visit.request
    if request.method != "POST":
        return visit
    if from_elsewhere(request):
        raise BadRequest("this form came from another site")
    posted = await read_posted(request, visit.mark, visit.site.most_upload_bytes)
    return Visit(request, visit.language, visit.session, posted)


def _told(visit: Visit, error: Exception) -> web.Response:
    """A fault as a page of the console. What is refused says why, in the words of the house."""
    fault = fault_of(error)
    assert fault is not None  # noqa: S101
    why = visit.why(error) if isinstance(error, BadRequest | Conflict) else ""
    _log.info("refused at the desk", route=visit.request.path, status=fault.status, login=visit.member.login)
    return _fault_page(visit, fault, why)


def _fault_page(visit: Visit, fault: Fault, why: str) -> web.Response:
    response = visit.page("fault.html", status=fault.status, fault=fault, why=why)
    response.headers.update(fault.headers)
    return response


def _to_sign_in(request: web.Request) -> web.Response:
    response = _go("/staff/sign-in")
    if COOKIE in request.cookies:
        forget(response)
    return response


def _go(address: str) -> web.Response:
    return web.Response(status=303, headers={"Location": address, "Cache-Control": "no-store"})


__all__ = ["COOKIE", "NOTHING", "Handler", "forget", "from_elsewhere", "guarded", "keep", "render", "session_of"]
