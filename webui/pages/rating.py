"""评价: a finished case is rated on the page that showed it, by whoever was shown it; never asked for twice."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from core.errors import Conflict
from core.ratings import BEST, MOST_WORDS, WORST
from webui.page import NO_STORE, render
from webui.sent import form_fields
from webui.site import WEB

SCORES = range(BEST, WORST + 1)


async def rate(request: web.Request) -> web.Response:
    """Takes the form's rating and thanks; the form again when no score was chosen. Raises NotFound for a bad code."""
    fields = await form_fields(request)
    token, words = fields.get("token", ""), fields.get("words", "")
    by = "qr" if fields.get("by") == "qr" else "web"
    score = next((score for score in SCORES if str(score) == fields.get("score")), None)
    if score is None:
        return _page(request, 400, {"token": token, "by": by, "words": words[:MOST_WORDS], "unchosen": True})
    try:
        await request.app[WEB].ratings.rate(token, score, words, by)
    except Conflict:
        return _page(request, 409, {"before": True})
    return _page(request, 200, {"before": False})


async def to_form(request: web.Request) -> web.Response:
    """Back to where a case is asked for: what the form was filled with isn't kept anywhere."""
    raise web.HTTPSeeOther("/cases")


def _page(request: web.Request, status: int, values: dict[str, Any]) -> web.Response:
    shown = {"scores": SCORES, "unchosen": False, **values}
    return render(request, "rating.html", status=status, cache=NO_STORE, address="/cases", **shown)
