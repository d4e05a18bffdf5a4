"""The worklist: what waits, soonest first, and finding one case."""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import web

from core.desk.worklist import Line, Page, Tab
from core.numbers import is_query_number, plain_digits
from core.staff import Post
from webui.sent import words
from webui.staff.export import export, wanted
from webui.staff.visit import Visit

MOST_EXPORTED = 20_000

_FIRST = {Post.CLERK: Tab.WAITING, Post.HANDLER: Tab.RUNNING, Post.HEAD: Tab.RUNNING}


async def work(visit: Visit) -> web.Response:
    """`tab` and `after` a page of it, or `q` what is looked for; a query number leads straight to its case."""
    asked = visit.asked()
    if sought := words(asked.get("q", "")):
        number = plain_digits(sought)
        if is_query_number(number):
            return visit.to(f"/staff/cases/{number}")
        lines = await visit.site.worklist.find(visit.member, sought)
        if form := wanted(asked):
            return await _exported(visit, form, lines)
        await visit.site.trail.looked(visit.member.login, f"{len(lines)} cases", "a list of cases", visit.origin)
        return visit.page("work.html", tab="", tabs=tuple(Tab), page=Page(lines, ""), sought=sought)
    tab = next((tab for tab in Tab if tab == asked.get("tab")), _FIRST.get(visit.member.post, Tab.RUNNING))
    if form := wanted(asked):
        return await _exported(visit, form, await visit.site.worklist.all(visit.member, tab, MOST_EXPORTED))
    page = await visit.site.worklist.page(visit.member, tab, asked.get("after", ""))
    await visit.site.trail.looked(visit.member.login, f"{len(page.lines)} cases", "a list of cases", visit.origin)
    return visit.page("work.html", tab=tab, tabs=tuple(Tab), page=page, sought="")


async def _exported(visit: Visit, form: str, lines: Sequence[Line]) -> web.Response:
    """The lines as a file, names and all: whoever takes them along is noted with how many."""
    heads = ("case", "project_no", "item", "applicant", "department", "status", "applied_at", "act_by", "handler")
    rows = [
        [
            line.number,
            line.project_no,
            line.item,
            line.applicant,
            line.department,
            visit.t(f"staff.status.{line.status}"),
            line.applied_at.strftime("%Y-%m-%d %H:%M") if line.applied_at else "",
            line.act_by.strftime("%Y-%m-%d") if line.act_by else "",
            line.handler,
        ]
        for line in lines
    ]
    return await export(visit, form, "cases", [visit.t(f"staff.work.{head}") for head in heads], rows)
