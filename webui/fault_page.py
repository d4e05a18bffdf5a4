"""A fault as an answer: a page that says what to do next, or problem details (RFC 9457) for programs."""

from __future__ import annotations

import orjson
from aiohttp import web

from webui.faults import Fault
from webui.language import language_of
from webui.page import NO_STORE, render
from webui.site import WEB

API = "/api/"
SCANS = "/q/"
CASES = "/cases"
PROBLEM_TYPE = "application/problem+json"


def answer(request: web.Request, fault: Fault, reference: str = "") -> web.Response:
    """The fault in the form that suits who asked; `reference` finds it in the log."""
    made = _problem(request, fault, reference) if request.path.startswith(API) else _page(request, fault, reference)
    made.headers.update(fault.headers)
    return made


def _page(request: web.Request, fault: Fault, reference: str) -> web.Response:
    return render(
        request,
        "fault.html",
        status=fault.status,
        cache=NO_STORE,
        address=None if request.method in ("GET", "HEAD") else _form_of(request),
        fault=fault,
        told=_told(request, fault),
        asked_for_case=request.path.startswith((SCANS, CASES)),
        reference=reference,
    )


def _told(request: web.Request, fault: Fault) -> str:
    """Whose words to say: those of the fault, or for a receipt's code that opens nothing, its own."""
    return "scan" if fault.code == "not_found" and request.path.startswith(SCANS) else fault.code


def _form_of(request: web.Request) -> str:
    """Where the form of a refused POST is."""
    return CASES if request.path.startswith(CASES) else "/"


def _problem(request: web.Request, fault: Fault, reference: str) -> web.Response:
    language = language_of(request, request.app[WEB].catalogues)
    told = {
        "type": "about:blank",
        "title": fault.phrase,
        "status": fault.status,
        "detail": language.text(f"web.error.{fault.code}.body", n=fault.minutes),
        "code": fault.code,
    } | ({"reference": reference} if reference else {})
    headers = {"Cache-Control": NO_STORE, "Vary": "Accept-Language, Cookie"}
    return web.Response(body=orjson.dumps(told), status=fault.status, content_type=PROBLEM_TYPE, headers=headers)
