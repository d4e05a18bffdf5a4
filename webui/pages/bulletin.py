"""日办理事项公告: the cases that were accepted and finished on a day, masked, to look up whenever."""

from __future__ import annotations

from datetime import date, timedelta

from aiohttp import web

from core.errors import BadRequest, NotFound
from core.local_time import now
from webui.page import render
from webui.sent import query_fields, words
from webui.site import WEB

MOST_CASES = 200


async def bulletin(request: web.Request) -> web.Response:
    """`day` (today when it isn't told), `department` and `q`, words in the items' names. Raises NotFound."""
    site, fields = request.app[WEB], query_fields(request)
    today = now().date()
    day = _day(fields.get("day", ""), today)
    department, sought = fields.get("department", "").strip(), words(fields.get("q", ""))
    departments = await site.query.departments()
    if department and department not in {one.name for one in departments}:
        raise NotFound("there is no such department")
    return render(
        request,
        "bulletin.html",
        day=day,
        today=today,
        before=day - timedelta(days=1),
        after=day + timedelta(days=1) if day < today else None,
        department=department,
        departments=departments,
        sought=sought,
        told=await site.board.day(day, department, sought, MOST_CASES),
    )


def _day(text: str, today: date) -> date:
    """A day as browsers send it; today for none. Raises BadRequest for no day, NotFound for one to come."""
    if not text:
        return today
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise BadRequest("day: YYYY-MM-DD is needed") from None
    if not date(2000, 1, 1) <= day <= today:
        raise NotFound("nothing is known of that day")
    return day
