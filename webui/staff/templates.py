"""The words of notices: shown, changed and tried before they count."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from core.errors import BadRequest, NotFound
from core.notify.matters import STATUTORY, purpose
from core.notify.states import Kind
from core.notify.templates import KINDS, TemplateView
from core.notify.words import EVENTS, FACTS, Worded, check, sample_facts
from webui.staff.visit import Visit

_ALWAYS = frozenset({"item", "number", "stage", "text"})


async def listed(visit: Visit) -> web.Response:
    """Every event with its words on each kind of channel, in the language of the page."""
    views = [one for one in await visit.site.message_templates.listed() if one.language == visit.language.code]
    by_event = {event: [one for one in views if one.event == event] for event in EVENTS}
    return visit.page("templates.html", by_event=by_event, statutory=STATUTORY)


async def template(visit: Visit) -> web.Response:
    return await _page(visit, await _asked(visit))


async def save(visit: Visit) -> web.Response:
    """`what` is `try` or `save` the `text`."""
    now_in_force, text = await _asked(visit), visit.posted.get("text")
    templates = visit.site.message_templates
    try:
        if visit.posted.get("what") == "save":
            await templates.save(now_in_force.event, now_in_force.kind, now_in_force.language, text, visit.member.login)
            return visit.to(visit.request.path)
        check(now_in_force.event, text)
    except BadRequest as error:
        return await _page(visit, now_in_force, status=400, error=visit.why(error), text=text)
    return await _page(visit, now_in_force, text=text)


async def _asked(visit: Visit) -> TemplateView:
    event, kind, code = (visit.request.match_info[name] for name in ("event", "kind", "language"))
    if event not in EVENTS or kind not in KINDS or code not in visit.site.catalogues:
        raise NotFound(f"there are no words for {event} on {kind} in {code}")
    return await visit.site.message_templates.in_force(event, kind, code)


async def _page(
    visit: Visit, in_force: TemplateView, *, status: int = 200, error: str = "", text: str | None = None
) -> web.Response:
    text = in_force.text if text is None else text
    shown = TemplateView(in_force.event, in_force.kind, in_force.language, in_force.version, text)
    sample = sample_facts(in_force.event, visit.site.public_url, visit.site.centre_phone)
    facts = await visit.site.records.latest_facts(in_force.event, sample)
    needed = {name: value for name, value in facts.items() if name in _ALWAYS}
    tried = [] if error else [_tried(visit, shown, told) for told in (facts, needed)]
    return visit.page(
        "template.html",
        status=status,
        error=error,
        shown=shown,
        in_force=in_force,
        facts=FACTS[in_force.event],
        tried=tried,
        counted=in_force.kind == Kind.TEXT,
        versions=await visit.site.message_templates.versions(in_force.event, in_force.kind, in_force.language),
    )


def _tried(visit: Visit, shown: TemplateView, facts: Mapping[str, Any]) -> Worded:
    text = visit.site.message_templates.tried(shown, purpose(shown.event), facts)
    return Worded(text, "", shown.version)
