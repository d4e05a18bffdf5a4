"""Tasks for the desk: whom no channel reached, told by a person."""

from __future__ import annotations

from aiohttp import web

from core.errors import BadRequest
from core.notify.tasks import NOT_REACHED, REACHED
from webui.staff.export import export, wanted
from webui.staff.visit import Visit


async def listed(visit: Visit) -> web.Response:
    """The open ones and those done of late; `as` a file of the open ones."""
    if form := wanted(visit.asked()):
        heads = [visit.t(f"staff.task.{name}") for name in ("at", "case", "item", "event", "words", "department")]
        rows = [
            [
                f"{one.at:%Y-%m-%d %H:%M}",
                one.case,
                one.item,
                visit.t(f"staff.message.events.{one.event}"),
                one.words,
                one.department,
            ]
            for one in await visit.site.tasks.listed(visit.language, visit.member.department)
        ]
        return await export(visit, form, "tasks", heads, rows)
    return await _page(visit)


async def done(visit: Visit) -> web.Response:
    """How `task` went: `outcome` and a `remark`."""
    posted, member = visit.posted, visit.member
    try:
        await visit.site.tasks.done(
            posted.number("task"), posted.get("outcome"), posted.get("remark"), member.login, member.department
        )
    except BadRequest as error:
        return await _page(visit, status=400, error=visit.why(error))
    return visit.to("/staff/tasks")


async def _page(visit: Visit, *, status: int = 200, error: str = "") -> web.Response:
    tasks, department = visit.site.tasks, visit.member.department
    return visit.page(
        "tasks.html",
        status=status,
        error=error,
        waiting=await tasks.listed(visit.language, department),
        settled=await tasks.listed(visit.language, department, done=True),
        outcomes=(REACHED, NOT_REACHED),
    )
