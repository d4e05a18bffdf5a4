"""The first page: one big search box, and the ways in for those who'd rather choose than type."""

from __future__ import annotations

from aiohttp import web

from core.local_time import now
from webui.page import render
from webui.site import WEB

NOTICES_SHOWN = 3


async def home(request: web.Request) -> web.Response:
    query = request.app[WEB].query
    notices = await query.notices(now().date())
    departments = await query.departments()
    return render(request, "home.html", departments=departments, notices=notices[:NOTICES_SHOWN])
