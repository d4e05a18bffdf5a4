"""公告: written by editors, approved and withdrawn by who may."""

from __future__ import annotations

from aiohttp import web

from core.codes import NoticeKind
from core.errors import BadRequest
from core.local_time import now
from core.staff import Right
from webui.staff.export import export, wanted
from webui.staff.posted import Posted
from webui.staff.visit import Visit

FIELDS = ("kind", "title", "text", "department", "task_code", "from_day", "until_day", "objection_contact")


async def listed(visit: Visit) -> web.Response:
    """All notices with where each stands; `key` opens a draft for its writer, `as` is a file of them."""
    if form := wanted(visit.asked()):
        return await _exported(visit, form)
    return await _page(visit)


async def _exported(visit: Visit, form: str) -> web.Response:
    names = ("kind", "title", "text", "from", "until", "contact")
    heads = [visit.t(f"staff.notice.{name}") for name in names]
    heads += [visit.t("staff.people.department"), visit.t("staff.work.status")]
    rows = [
        [
            visit.t(f"staff.notice.kinds.{one.kind}"),
            one.title,
            one.text,
            one.from_day.isoformat(),
            one.until_day.isoformat() if one.until_day else "",
            one.objection_contact,
            one.department,
            visit.t(f"staff.notice.{one.state}"),
        ]
        for one in await visit.site.notices.listed()
    ]
    return await export(visit, form, "notices", heads, rows)


async def write(visit: Visit) -> web.Response:
    """Keeps a draft, a new one or the one that `key` names."""
    posted = visit.posted
    try:
        told = {name: posted.get(name) for name in FIELDS}
        visit.member.need_own(told["department"])
        if key := posted.get("key"):
            visit.member.need_own((await visit.site.notices.one(key)).department)
        await visit.site.notices.write(told, visit.member.login, posted.get("key"))
    except BadRequest as error:
        return await _page(visit, status=400, error=visit.why(error), typed=posted)
    return visit.to("/staff/content/notices")


async def settle(visit: Visit) -> web.Response:
    """Approves or withdraws, as `what` says."""
    posted, site, member = visit.posted, visit.site, visit.member
    member.need_own((await site.notices.one(posted.get("key"))).department)
    try:
        if posted.get("what") == "approve":
            await site.notices.approve(posted.get("key"), member.login, member.name)
        elif posted.get("what") == "withdraw":
            await site.notices.withdraw(posted.get("key"), member.login, posted.get("reason"))
        else:
            raise BadRequest("a notice is approved or withdrawn")
    except BadRequest as error:
        return await _page(visit, status=400, error=visit.why(error))
    return visit.to("/staff/notices")


async def _page(visit: Visit, *, status: int = 200, error: str = "", typed: Posted | None = None) -> web.Response:
    key = visit.asked().get("key", "")
    draft = await visit.site.notices.one(key) if key else None
    departments = await visit.site.query.departments()
    return visit.page(
        "notices.html",
        status=status,
        error=error,
        notices=await visit.site.notices.listed(),
        draft=draft,
        typed=typed or Posted({}),
        kinds=tuple(NoticeKind),
        today=now().date(),
        departments=[one.name for one in departments],
        writes=visit.member.may(Right.EDIT_CONTENT),
        approves=visit.member.may(Right.APPROVE_CONTENT),
    )
