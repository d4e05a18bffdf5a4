"""The worklist: what waits, soonest first, and finding one case."""

from __future__ import annotations

from aiohttp import web

from core.desk.worklist import Page, Tab
from core.numbers import is_query_number, plain_digits
from core.staff import Post
from webui.sent import words
from webui.staff.visit import Visit

_FIRST = {Post.CLERK: Tab.WAITING, Post.HANDLER: Tab.RUNNING, Post.HEAD: Tab.RUNNING}


async def work(visit: Visit) -> web.Response:
    """`tab` and `after` a page of it, or `q` what is looked for; a query number leads straight to its case."""
    asked = visit.asked()
    if sought := words(asked.get("q", "")):
        number = plain_digits(sought)
        if is_query_number(number):
            return visit.to(f"/staff/cases/{number}")
        lines = await visit.site.worklist.find(visit.member, sought)
        await visit.site.trail.looked(visit.member.login, f"{len(lines)} cases", "a list of cases", visit.origin)
        return visit.page("work.html", tab="", tabs=tuple(Tab), page=Page(lines, ""), sought=sought)
    tab = next((tab for tab in Tab if tab == asked.get("tab")), _FIRST.get(visit.member.post, Tab.RUNNING))
    page = await visit.site.worklist.page(visit.member, tab, asked.get("after", ""))
    await visit.site.trail.looked(visit.member.login, f"{len(page.lines)} cases", "a list of cases", visit.origin)
    return visit.page("work.html", tab=tab, tabs=tuple(Tab), page=page, sought="")
