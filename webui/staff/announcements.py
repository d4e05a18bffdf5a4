"""Announcements: written, counted before anything goes out, released by somebody else, paused at will."""

from __future__ import annotations

from aiohttp import web

from core.errors import BadRequest
from core.staff import Right
from webui.staff.posted import Posted
from webui.staff.visit import Visit

FIELDS = ("title", "text_zh", "text_en", "task_code", "department", "urgent")


async def listed(visit: Visit) -> web.Response:
    """All of them; `count` names one to be counted without sending anything."""
    return await _page(visit)


async def write(visit: Visit) -> web.Response:
    """Keeps a draft."""
    posted = visit.posted
    told = {name: posted.get(name) for name in FIELDS}
    visit.member.need_own(told["department"])
    try:
        await visit.site.announcements.write(told, visit.member.login)
    except BadRequest as error:
        return await _page(visit, status=400, error=visit.why(error), typed=posted)
    return visit.to("/staff/content/announcements")


async def change(visit: Visit) -> web.Response:
    """Releases, pauses or resumes the one that `id` names, as `what` says."""
    posted = visit.posted
    one = posted.number("id")
    mine = {each.id: each for each in await visit.site.announcements.listed()}
    if one in mine:
        visit.member.need_own(mine[one].department)
    try:
        await visit.site.announcements.change(one, posted.get("what"), visit.member.login)
    except BadRequest as error:
        return await _page(visit, status=400, error=visit.why(error))
    return visit.to("/staff/announcements")


async def _page(visit: Visit, *, status: int = 200, error: str = "", typed: Posted | None = None) -> web.Response:
    site = visit.site
    count = visit.asked().get("count", "")
    counted = await site.announcements.dry_run(int(count)) if count.isascii() and count.isdigit() else None
    return visit.page(
        "announcements.html",
        status=status,
        error=error,
        rows=await site.announcements.listed(),
        counted=counted,
        count=count,
        typed=typed or Posted({}),
        departments=[one.name for one in await site.query.departments()],
        writes=visit.member.may(Right.EDIT_CONTENT),
        releases=visit.member.may(Right.APPROVE_CONTENT),
    )
