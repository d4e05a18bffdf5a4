"""Operations: which parts answer, which channels are on, and the last sign of life of kiosks and boards."""

from __future__ import annotations

from aiohttp import web

from core.errors import BadRequest
from core.staff import Right
from webui.staff.export import export, wanted
from webui.staff.visit import Visit


async def operations(visit: Visit) -> web.Response:
    """What runs; `as` a file of the kiosks."""
    site = visit.site
    if form := wanted(visit.asked()):
        return await _exported(visit, form)
    return visit.page(
        "operations.html",
        parts=await site.operations.parts(),
        channels=await site.operations.channels(),
        kiosks=await site.kiosks.listed(),
        webhooks=await site.operations.webhooks(),
        boards=site.operations.boards(),
        speaks=bool(site.operations.prompts()),
        operates=visit.member.may(Right.OPERATE),
    )


async def switch(visit: Visit) -> web.Response:
    """Stops a channel's answers, or lets it answer again; noted."""
    name, to = visit.posted.get("channel"), visit.posted.get("to")
    if to not in ("on", "off"):
        raise BadRequest("a channel is switched on or off")
    await visit.site.operations.switch(name, on=to == "on", by=visit.member.login)
    return visit.to("/staff/operations")


async def disable_kiosk(visit: Visit) -> web.Response:
    await visit.site.kiosks.disable(visit.posted.get("name"), visit.member.login)
    return visit.to("/staff/operations")


async def _exported(visit: Visit, form: str) -> web.Response:
    names = ("kiosk", "place", "seen", "state")
    rows = [
        [
            one.name,
            one.place,
            one.seen_at.strftime("%Y-%m-%d %H:%M") if one.seen_at else "",
            visit.t("staff.people.disabled") if one.disabled else " · ".join(one.state.values()),
        ]
        for one in await visit.site.kiosks.listed()
    ]
    return await export(visit, form, "kiosks", [visit.t(f"staff.operations.{name}") for name in names], rows)
