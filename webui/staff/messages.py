"""Messages: what was sent to whom by which way, the proof of one, and the dead letters."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import orjson
from aiohttp import web

from core.errors import BadRequest
from core.notify.records import PAGE, MessageFilter, MessageView
from core.notify.resending import MOST_AT_ONCE
from core.notify.states import Kind, State
from core.notify.words import EVENTS
from core.staff import Right
from webui.page import NO_STORE
from webui.staff.case import disposition
from webui.staff.export import export, wanted
from webui.staff.visit import Visit

MOST_EXPORTED = 20_000
KINDS = (Kind.TEXT, Kind.CHAT, Kind.VOICE, Kind.MAIL)
_HEADS = ("at", "case", "event", "kind", "address", "state", "reason", "attempts")


async def listed(visit: Visit) -> web.Response:
    """`number`, `address`, `kind`, `event`, `state`, `since`, `until` filter; `before` a further page; `as` a file."""
    asked = visit.asked()
    which = MessageFilter(
        asked.get("number", "").strip().replace(" ", ""),
        asked.get("address", "").strip(),
        _known(asked.get("kind", ""), KINDS),
        _known(asked.get("event", ""), EVENTS),
        _known(asked.get("state", ""), tuple(State)),
        _day(asked.get("since", "")),
        _day(asked.get("until", "")),
        department=visit.member.department,
    )
    if form := wanted(asked):
        rows = await visit.site.records.found(which, None, MOST_EXPORTED)
        heads = [visit.t(f"staff.message.{head}") for head in _HEADS]
        return await export(visit, form, "messages", heads, [_row(visit, one) for one in rows])
    if which.address:
        await visit.site.trail.looked(visit.member.login, "messages", "messages of an address", visit.origin)
    found = await visit.site.records.found(which, _number(asked.get("before", "")), PAGE + 1)
    onward = found[PAGE - 1].id if len(found) > PAGE else None
    return visit.page(
        "messages.html",
        messages=found[:PAGE],
        onward=onward,
        which=which,
        kinds=KINDS,
        events=EVENTS,
        states=tuple(State),
    )


async def evidence(visit: Visit) -> web.Response:
    """The whole trail of one message; `as=json` as a file. Every look is noted."""
    message = _number(visit.request.match_info["message"]) or 0
    found = await visit.site.records.evidence(message, visit.member.department)
    await visit.site.trail.looked(visit.member.login, found.case or str(message), "evidence", visit.origin)
    if visit.asked().get("as") == "json":
        body = orjson.dumps(found.as_json(), option=orjson.OPT_INDENT_2)
        headers = {
            "Content-Disposition": disposition("attachment", f"evidence-{message}.json"),
            "Cache-Control": NO_STORE,
        }
        return web.Response(body=body, content_type="application/json", headers=headers)
    return visit.page("evidence.html", found=found, message=message)


async def dead(visit: Visit) -> web.Response:
    return await _dead(visit)


async def send_again(visit: Visit) -> web.Response:
    """Those that are ticked, or with `all` every one that is shown."""
    ids = [int(one) for one in visit.posted.all("message") if one.isascii() and one.isdigit() and len(one) <= 18]
    try:
        if not ids:
            raise BadRequest("nothing was chosen", key="nothing_chosen")
        mine = {one.id for one in await _found(visit)}
        again = await visit.site.resending.send_again([one for one in ids if one in mine], visit.member.login)
    except BadRequest as error:
        return await _dead(visit, status=400, error=visit.why(error))
    return await _dead(visit, again=again)


async def _found(visit: Visit) -> list[MessageView]:
    which = MessageFilter(dead=True, department=visit.member.department)
    return await visit.site.records.found(which, None, MOST_AT_ONCE)


async def _dead(visit: Visit, *, status: int = 200, error: str = "", again: int = 0) -> web.Response:
    return visit.page(
        "dead.html",
        status=status,
        error=error,
        again=again,
        messages=await _found(visit),
        sees_cases=visit.member.may(Right.SEE_CASES),
    )


def _row(visit: Visit, one: MessageView) -> list[object]:
    return [
        f"{one.at:%Y-%m-%d %H:%M:%S}",
        one.case,
        visit.t(f"staff.message.events.{one.event}"),
        visit.t(f"staff.message.kinds.{one.kind}"),
        one.address,
        visit.t(f"staff.message.states.{one.state}"),
        f"{one.reason} {one.detail}".strip(),
        one.attempts,
    ]


def _known(text: str, values: Sequence[str]) -> str:
    return text if text in values else ""


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise BadRequest(f"{text} is no day", key="no_day") from error
