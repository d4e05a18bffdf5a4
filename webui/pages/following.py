"""Where a case's notices go to: stopped and had again by who was shown the case, and a further address told."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from core.errors import BadRequest, Wait
from core.notify.addresses import contact, masked
from core.notify.web_following import WebFollowing
from webui.client import asker
from webui.faults import minutes
from webui.language import language_of
from webui.page import NO_STORE, render
from webui.sent import form_fields
from webui.site import WEB


async def notices(request: web.Request) -> web.Response:
    """`what` is `stop`, `again`, `add` a `number`, or `confirm` it by its `code`; without one the page is shown.

    A `number` is a telephone's or, where mail is sent, a mail address.

    Raises NotFound for a bad code of a case, and where nothing can be sent.
    """
    site = request.app[WEB]
    fields, following = await form_fields(request), site.following
    if not following.is_possible:
        raise web.HTTPNotFound
    try:
        shown = await _done(request, following, fields)
    except (BadRequest, Wait) as error:
        return await _page(request, fields, _status(error), error=_why(request, error), **_step(fields))
    return await _page(request, fields, 200, **shown)


async def to_form(request: web.Request) -> web.Response:
    """Back to where a case is asked for: what the form was filled with isn't kept anywhere."""
    raise web.HTTPSeeOther("/cases")


async def _done(request: web.Request, following: WebFollowing, fields: dict[str, str]) -> dict[str, Any]:
    """Does what the form asks for; what the page then shows."""
    token, number = fields.get("token", ""), fields.get("number", "")
    who, language = asker(request, request.app[WEB].trusted_proxies), language_of(request, request.app[WEB].catalogues)
    match fields.get("what"):
        case "stop" | "again":
            await following.stop(token, who, stop=fields["what"] == "stop")
            return {"done": fields["what"]}
        case "add":
            return {"confirms": await following.ask_code(token, number, who, language.code)}
        case "confirm":
            await following.give_code(token, number, fields.get("code", ""), who, language.code)
            return {"done": "added", "told": masked(contact(number))}
    return {}


def _step(fields: dict[str, str]) -> dict[str, Any]:
    """A wrong code is asked for again; any other slip leads back to the page."""
    return {"confirms": fields.get("number", "")} if fields.get("what") == "confirm" else {}


def _status(error: BadRequest | Wait) -> int:
    return 429 if isinstance(error, Wait) else 400


def _why(request: web.Request, error: BadRequest | Wait) -> str:
    language = language_of(request, request.app[WEB].catalogues)
    if isinstance(error, Wait):
        return language.text("web.cases.wait", n=minutes(error))
    return language.text(f"refused.{error.key}", **error.values) if error.key else str(error)


async def _page(request: web.Request, fields: dict[str, str], status: int, **values: Any) -> web.Response:
    site = request.app[WEB]
    token = fields.get("token", "")
    found = await site.following.state(token, asker(request, site.trusted_proxies))
    shown = {"error": "", "done": "", "told": "", "confirms": "", **values}
    return render(
        request,
        "following.html",
        status=status,
        cache=NO_STORE,
        address="/cases",
        token=token,
        found=found,
        number=fields.get("number", "") if not shown["done"] else "",
        **shown,
    )
