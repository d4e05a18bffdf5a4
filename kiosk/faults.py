"""What goes wrong at a kiosk, told on a screen of its own or, to its script, in a sentence."""

from __future__ import annotations

import functools
import math
from collections.abc import Awaitable, Callable

from aiohttp import web

from core.errors import BadNumber, BadRequest, Conflict, HaobanError, NotFound, NotRecognised, Unavailable, Wait
from core.language import DEFAULT
from kiosk.frame import answer, screen
from kiosk.printers import PrinterFault
from kiosk.site import SITE

AWAY_RETRY_S = 5
Handler = Callable[[web.Request], Awaitable[web.Response]]


def shown(handler: Handler) -> Handler:
    """A handler of screens whose errors are screens too."""

    @functools.wraps(handler)
    async def guarded(request: web.Request) -> web.Response:
        try:
            return await handler(request)
        except (NotFound, Unavailable) as error:
            status = 404 if isinstance(error, NotFound) else 503
            if request.match_info.get("lang", DEFAULT) not in request.app[SITE].catalogues:
                raise
            response = await screen(request, "fault.html", back="", key=f"kiosk.fault.{status}")
            response.set_status(status)
            response.headers.update({"Cache-Control": "no-store", **_again(error)})
            return response

    return guarded


def said(handler: Handler) -> Handler:
    """A handler for the screens' script, whose errors are sentences."""

    @functools.wraps(handler)
    async def guarded(request: web.Request) -> web.Response:
        try:
            return await handler(request)
        except HaobanError as error:
            status, key, n = _told(error)
            site = request.app[SITE]
            language = site.catalogues[request.match_info.get("lang", DEFAULT)]
            told = answer(status, say=language.text(key, n=n, phone=site.centre_phone))
            told.headers.update(_again(error))
            return told

    return guarded


def _again(error: HaobanError) -> dict[str, str]:
    """When it is worth asking again, where waiting helps."""
    match error:
        case Wait(retry_after_s=wait_s):
            return {"Retry-After": str(wait_s)}
        case Unavailable():
            return {"Retry-After": str(AWAY_RETRY_S)}
    return {}


def _told(error: HaobanError) -> tuple[int, str, int]:
    match error:
        case PrinterFault(state=state):
            return 503, f"kiosk.printer.{state}", 0
        case Wait(locked=locked, retry_after_s=wait_s):
            return 429, "web.cases.locked" if locked else "web.cases.wait", max(1, math.ceil(wait_s / 60))
        case BadNumber():
            return 400, "web.cases.bad_number", 0
        case NotRecognised():
            return 404, "web.cases.not_recognised", 0
        case NotFound():
            return 404, "kiosk.fault.code", 0
        case BadRequest():
            return 400, "kiosk.fault.400", 0
        case Conflict():
            return 409, "rating.before", 0
    return 503, "kiosk.fault.503", 0
