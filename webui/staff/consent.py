"""Opting out and in at the desk, for somebody who asks for it there."""

from __future__ import annotations

from aiohttp import web

from core.errors import BadRequest
from core.notify.addresses import contact
from core.notify.states import REFUSABLE
from webui.staff.export import export, wanted
from webui.staff.messages import KINDS
from webui.staff.visit import Visit


async def listed(visit: Visit) -> web.Response:
    """Who opted out of what, the latest first; `as` a file of it."""
    if form := wanted(visit.asked()):
        heads = [visit.t(f"staff.consent.{name}") for name in ("address", "kind", "purpose", "at", "by")]
        rows = [
            [one.address, one.kind, one.purpose, f"{one.at:%Y-%m-%d %H:%M}", one.by]
            for one in await visit.site.consent.listed()
        ]
        return await export(visit, form, "opt-outs", heads, rows)
    return await _page(visit)


async def change(visit: Visit) -> web.Response:
    """`what` is `out` or `in` for an address, `follow` or `unfollow` a `case` by it, or `back` for one of the list.

    A `number` is that of a telephone, or a mail address.
    """
    posted, consent, by = visit.posted, visit.site.consent, f"desk {visit.member.login}"
    what, kind, purpose = posted.get("what"), posted.get("kind"), posted.get("purpose")
    try:
        if what == "back":
            await consent.opt_in_by_id(posted.number("id"), by)
            return visit.to("/staff/consent")
        address = contact(posted.get("number"))
        if not address:
            raise BadRequest("a telephone number or a mail address is needed", key="no_telephone")
        if what in ("follow", "unfollow"):
            await _follow(visit, posted.get("case").replace(" ", ""), address, by, follow=what == "follow")
        elif what == "out":
            await consent.opt_out(address, by, kind=kind, purpose=purpose)
        elif what == "in":
            await consent.opt_in(address, by, kind=kind, purpose=purpose)
        else:
            raise BadRequest("somebody opts out or in")
    except BadRequest as error:
        return await _page(visit, status=400, error=visit.why(error))
    return visit.to("/staff/consent")


async def _follow(visit: Visit, case: str, address: str, by: str, *, follow: bool) -> None:
    """Have a further address told of a case, or not any more. Raises NotFound for another department's case."""
    case_id = await visit.site.records.case_id(case, visit.member.department)
    change = visit.site.following.case_of if follow else visit.site.following.not_case_of
    await change(case_id, address, by)


async def _page(visit: Visit, *, status: int = 200, error: str = "") -> web.Response:
    return visit.page(
        "consent.html",
        status=status,
        error=error,
        rows=await visit.site.consent.listed(),
        kinds=KINDS,
        purposes=REFUSABLE,
        number=visit.posted.get("number"),
    )
