"""No more mail, from the mail itself: a page with one button, and what a mail program posts in its place (RFC 8058)."""

from __future__ import annotations

from aiohttp import web

from webui.page import NO_STORE, render
from webui.site import WEB


async def form(request: web.Request) -> web.Response:
    """Looking changes nothing: programs that check links look too. Raises NotFound for a token that is none."""
    return await _page(request, done=False)


async def stop(request: web.Request) -> web.Response:
    """Whatever is posted along: the token says all, and a mail program has neither cookie nor mark."""
    await request.app[WEB].mail_stop.stop(request.match_info["token"])
    return await _page(request, done=True)


async def _page(request: web.Request, *, done: bool) -> web.Response:
    token = request.match_info["token"]
    found = await request.app[WEB].mail_stop.state(token)
    return render(
        request,
        "mail_stop.html",
        cache=NO_STORE,
        preferred=found.language,
        token=token,
        found=found,
        done=done or found.stopped,
    )
