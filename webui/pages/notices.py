"""公示公告: what the centre makes public today."""

from __future__ import annotations

from aiohttp import web

from core.local_time import now
from webui.page import render
from webui.site import WEB


async def notices(request: web.Request) -> web.Response:
    listed = await request.app[WEB].query.notices(now().date())
    return render(request, "notices.html", notices=listed)
