"""A person's rights at the desk: all that is held handed over in one file, and erased once the law lets it go."""

from __future__ import annotations

import asyncio

from aiohttp import web

from core.errors import BadRequest
from core.local_time import now
from core.persons import STAYS, Erasure
from webui.page import NO_STORE
from webui.staff.case import disposition
from webui.staff.visit import Visit


async def ask(visit: Visit) -> web.Response:
    return visit.page("persons.html", error="")


async def hand_over(visit: Visit) -> web.Response:
    """Everything on the person with this ID number, as a file."""
    try:
        held = await visit.site.persons.held(visit.posted.get("id_number"), visit.member.login)
    except BadRequest as error:
        return visit.page("persons.html", status=400, error=visit.why(error))
    body = await asyncio.to_thread(held.as_zip)
    name = f"person-{now():%Y%m%d-%H%M}.zip"
    headers = {"Content-Disposition": disposition("attachment", name), "Cache-Control": NO_STORE}
    return web.Response(body=body, content_type="application/zip", headers=headers)


async def ask_erasure(visit: Visit) -> web.Response:
    return _erasure(visit)


async def erase(visit: Visit) -> web.Response:
    """Erases what may be erased, and tells what stays and why."""
    posted = visit.posted
    try:
        done = await visit.site.persons.erase(posted.get("id_number"), visit.member.login, posted.get("reason"))
    except BadRequest as error:
        return _erasure(visit, status=400, error=visit.why(error))
    return _erasure(visit, done=done)


def _erasure(visit: Visit, *, status: int = 200, error: str = "", done: Erasure | None = None) -> web.Response:
    return visit.page("erasure.html", status=status, error=error, done=done, stays=STAYS)
