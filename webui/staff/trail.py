"""The audit trail: who did what and who looked at whom, to be searched and taken along."""

from __future__ import annotations

from datetime import date

from aiohttp import web

from core.errors import BadRequest
from core.staff.trail import PAGE, TrailFilter
from webui.staff.export import export, wanted
from webui.staff.visit import Visit

MOST_EXPORTED = 20_000


async def trail(visit: Visit) -> web.Response:
    """`actor`, `action`, `subject`, `since`, `until` filter; `before` a further page; `as` xlsx or csv a file of it."""
    asked = visit.asked()
    which = TrailFilter(
        asked.get("actor", "").strip(),
        asked.get("action", "").strip(),
        asked.get("subject", "").strip(),
        _day(asked.get("since", "")),
        _day(asked.get("until", "")),
    )
    if form := wanted(asked):
        return await _exported(visit, which, form)
    before = asked.get("before", "")
    entries = await visit.site.trail.found(which, int(before[:18]) if before.isdigit() else None, PAGE + 1)
    onward = entries[PAGE - 1].id if len(entries) > PAGE else None
    return visit.page("trail.html", entries=entries[:PAGE], onward=onward, which=which)


async def _exported(visit: Visit, which: TrailFilter, form: str) -> web.Response:
    entries = await visit.site.trail.found(which, None, MOST_EXPORTED)
    heads = [visit.t(f"staff.trail.{name}") for name in ("at", "actor", "action", "subject", "detail")]
    rows = [
        [f"{entry.at:%Y-%m-%d %H:%M:%S}", entry.actor, entry.action, entry.subject, _plain(entry.detail)]
        for entry in entries
    ]
    return await export(visit, form, "trail", heads, rows)


def _plain(detail: object) -> str:
    return "; ".join(f"{name}: {value}" for name, value in detail.items()) if isinstance(detail, dict) else ""


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadRequest(f"{text} is no day", key="no_day") from error
