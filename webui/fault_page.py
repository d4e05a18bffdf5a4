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
PROBLEM_TYPE = "application/problem+json"


def answer(request: web.Request, fault: Fault, reference: str = "") -> web.Response:
    """The fault in the form that suits who asked; `reference` finds it in the log."""
    made = _problem(request, fault, reference) if request.path.startswith(API) else _page(request, fault, reference)
    made.headers.update(fault.headers)
    return made


def not_found_page(request: web.Request, key: str) -> web.Response:
    """The page that says something isn't there, with the words of `key` in the catalogue."""
    return _page(request, Fault(404, "not_found"), body_key=key)


def _page(request: web.Request, fault: Fault, reference: str = "", body_key: str = "") -> web.Response:
    return render(
        request,
        "fault.html",
        status=fault.status,
        cache=NO_STORE,
        address=None if request.method in ("GET", "HEAD") else _form_of(request),
        fault=fault,
        body_key=body_key or _body_key(request, fault),
        reference=reference,
    )


def _body_key(request: web.Request, fault: Fault) -> str:
    if fault.code == "not_found" and request.path.startswith(SCANS):
        return "web.cases.token_unknown"
    return f"web.error.{fault.code}.body"


def _form_of(request: web.Request) -> str:
    """Where the form of a refused POST is."""
    return "/cases" if request.path.startswith("/cases") else "/"


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
