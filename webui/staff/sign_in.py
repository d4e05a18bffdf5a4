"""Signing in and out, the second factor, and one's own password."""

from __future__ import annotations

import asyncio

from aiohttp import web

from core.errors import BadRequest, NotRecognised, Wait
from core.qr import image
from core.second_factor import app_address
from core.staff import SignedIn, Stage
from webui.client import sender
from webui.faults import minutes
from webui.language import language_of
from webui.page import NO_STORE
from webui.sent import form_fields
from webui.staff.guard import forget, from_elsewhere, keep, session_of
from webui.staff.site import STAFF
from webui.staff.visit import WAYS, Visit, render

# Version 15 at error correction M, shown large on a screen.
MOST_ENROLMENT_BYTES = 400


async def form(request: web.Request) -> web.Response:
    """Login and password; whoever is signed in already goes on."""
    session = await session_of(request)
    if session is not None and session.stage is Stage.FULL:
        return _go("/staff/")
    return _form(request)


async def enter(request: web.Request) -> web.Response:
    """Takes login and password, and leads to what is still asked for. A refusal says nothing of which was wrong."""
    site = request.app[STAFF]
    if from_elsewhere(request):
        raise BadRequest("this form came from another site")
    fields = await form_fields(request)
    login, password = fields.get("login", "").strip().lower(), fields.get("password", "")
    try:
        session = await site.sign_in.begin(login, password, sender(request, site.trusted_proxies))
    except NotRecognised:
        return _form(request, 403, "staff.sign_in.wrong", login=login)
    except Wait as wait:
        return _form(request, 429, "staff.sign_in.locked", login=login, n=minutes(wait))
    response = _go(_next(session))
    keep(response, session.token, secure=site.is_secure)
    return response


async def leave(visit: Visit) -> web.Response:
    await visit.site.sign_in.end(visit.session)
    response = visit.to("/staff/sign-in")
    forget(response)
    return response


async def home(visit: Visit) -> web.Response:
    """The first page of the person's post."""
    return visit.to(next((href for href, _, right in WAYS if visit.member.may(right)), "/staff/password"))


async def enrolment(visit: Visit) -> web.Response:
    secret = await visit.site.sign_in.enrolment(visit.session)
    grouped = " ".join(secret[n : n + 4] for n in range(0, len(secret), 4))
    return visit.page("enrol.html", secret=grouped, error="")


async def enrolment_code(visit: Visit) -> web.Response:
    """The QR code that an authenticator app reads."""
    site = visit.site
    secret = await site.sign_in.enrolment(visit.session)
    address = app_address(secret, visit.member.login, site.centre_name_en or site.centre_name)
    # Made anew each time: the other codes' memory is no place for a secret.
    svg = await asyncio.to_thread(image, address, "svg", most_bytes=MOST_ENROLMENT_BYTES)
    return web.Response(body=svg, content_type="image/svg+xml", headers={"Cache-Control": NO_STORE})


async def code(visit: Visit) -> web.Response:
    return visit.page("code.html", error="")


async def give_code(visit: Visit) -> web.Response:
    """Takes the six digits of either page."""
    try:
        await visit.site.sign_in.give_code(visit.session, visit.posted.get("code").replace(" ", ""))
    except BadRequest:
        error = visit.t("staff.code.wrong")
    except Wait as wait:
        error = visit.t("staff.sign_in.locked", n=minutes(wait))
    else:
        return visit.to("/staff/")
    if visit.session.stage is Stage.CODE:
        return visit.page("code.html", status=403, error=error)
    secret = await visit.site.sign_in.enrolment(visit.session)
    return visit.page("enrol.html", status=403, secret=secret, error=error)


async def password(visit: Visit) -> web.Response:
    return visit.page("password.html", errors={})


async def set_password(visit: Visit) -> web.Response:
    old, new, again = (visit.posted.get(name) for name in ("old", "new", "again"))
    errors = {} if new == again else {"again": visit.t("staff.password.differs")}
    if not errors:
        try:
            await visit.site.sign_in.set_password(visit.session, old, new)
        except NotRecognised:
            errors = {"old": visit.t("staff.password.wrong")}
        except Wait as wait:
            errors = {"old": visit.t("staff.sign_in.locked", n=minutes(wait))}
        except BadRequest:
            errors = {"new": visit.t("staff.password.plain")}
    return visit.page("password.html", status=400, errors=errors) if errors else visit.to("/staff/")


def _form(request: web.Request, status: int = 200, error: str = "", *, login: str = "", n: int = 0) -> web.Response:
    language = language_of(request, request.app[STAFF].catalogues)
    told = language.text(error, n=n) if error else ""
    return render(request, language, "sign_in.html", status=status, values={"error": told, "login": login[:32]})


def _next(session: SignedIn) -> str:
    stages = {Stage.PASSWORD: "/staff/password", Stage.ENROL: "/staff/enrol", Stage.CODE: "/staff/code"}
    return stages.get(session.stage, "/staff/")


def _go(address: str) -> web.Response:
    return web.Response(status=303, headers={"Location": address, "Cache-Control": NO_STORE})
