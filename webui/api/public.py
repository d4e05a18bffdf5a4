"""What everybody may ask: items, forms, notices, and a case's status by number and PIN or by token."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import orjson
from aiohttp import web

from core.errors import BadRequest
from core.legal_clock import Limit
from core.local_time import now
from core.views import CaseStatus, FormView, ItemGuide, ItemSummary
from webui.client import asker
from webui.page import NO_STORE
from webui.site import WEB

MOST_ITEMS = 50
MOST_WORDS = 200
MOST_TOKEN = 100
_JSON = "application/json"


async def items(request: web.Request) -> web.Response:
    """`?q=` everyday words, `?limit=` from 1 to 50: the items they may mean, best first."""
    words = request.query.get("q", "").strip()
    if not words or len(words) > MOST_WORDS:
        raise BadRequest(f"q: 1 to {MOST_WORDS} characters are needed")
    found = await request.app[WEB].query.find_items(words, _limit(request.query.get("limit", "5")))
    return _answer({"items": [_summary(item) for item in found.items]})


async def item(request: web.Request) -> web.Response:
    """The guide of an item in force; 404 when there is none."""
    return _answer(_guide(await request.app[WEB].query.item(request.match_info["task_code"])))


async def status(request: web.Request) -> web.Response:
    """`{"number", "pin"}` or `{"token"}` → where the case stands.

    400 wrong check digit, 404 number and PIN don't fit, or a token that isn't valid, 429 locked.
    """
    site = request.app[WEB]
    who = asker(request, site.trusted_proxies, "api")
    sent = _sent(await request.read())
    if "token" in sent:
        return _answer(status_facts(await site.query.case_by_token(_token(sent), who)), NO_STORE)
    found = await site.query.case_status(*_number_and_pin(sent), who, with_token=False)
    return _answer(status_facts(found), NO_STORE)


async def forms(request: web.Request) -> web.Response:
    """The blank forms of an item, each with the address to download it; 404 when there is no such item."""
    guide = await request.app[WEB].query.item(request.match_info["task_code"])
    return _answer({"forms": [form_facts(form) for form in guide.forms]})


async def notices(request: web.Request) -> web.Response:
    """What the centre makes public today, the newest first."""
    listed = await request.app[WEB].query.notices(now().date())
    return _answer({"notices": [{name: getattr(one, name) for name in one.__slots__} for one in listed]})


def form_facts(form: FormView) -> dict[str, Any]:
    return {
        "title": form.title,
        "title_en": form.title_en,
        "material_name": form.material_name,
        "address": f"/forms/{form.slug}",
        "notes": form.notes,
        "media_type": form.media_type,
        "size_bytes": form.size_bytes,
    }


def _sent(body: bytes) -> dict[str, Any]:
    try:
        sent = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise BadRequest("the body is no JSON") from None
    if not isinstance(sent, dict):
        raise BadRequest("a JSON object with number and pin, or with token, is needed")
    return sent


def _token(sent: dict[str, Any]) -> str:
    token = sent["token"]
    if not isinstance(token, str) or len(token) > MOST_TOKEN:
        raise BadRequest("token is a text")
    return token


def _number_and_pin(sent: dict[str, Any]) -> tuple[str, str]:
    number, pin = sent.get("number"), sent.get("pin")
    if not isinstance(number, str) or not isinstance(pin, str):
        raise BadRequest("number and pin are needed, both as text")
    return number[:40], pin[:40]


def status_facts(status: CaseStatus) -> dict[str, Any]:
    """A status as the API tells it, its times to be written in ISO 8601; what doesn't apply is None or empty."""
    return {
        "number": status.number,
        "status": status.status,
        "stage": status.stage,
        "item": status.item,
        "item_en": status.item_en,
        "task_code": status.task_code,
        "item_version": status.item_version,
        "department": status.department,
        "applicant": status.applicant,
        "applied_at": status.applied_at,
        "accepted_at": status.accepted_at,
        "completed_at": status.completed_at,
        "due_date": _day(status.due_at),
        "due_at": status.due_at if status.due_to_the_minute else None,
        "due_provisional": status.due_provisional,
        "overdue": status.overdue,
        "extended": status.extended,
        "reason": status.reason,
        "missing": status.missing,
        "amend_until": status.amend_until,
        "paused_by": status.paused_by,
        "paused_until": status.paused_until,
        "decision": status.decision,
        "result_name": status.result_name,
        "result_no": status.result_no,
        "collect": status.collect,
        "link_way": status.link_way,
        "updated_at": status.updated_at,
    }


def _guide(guide: ItemGuide) -> dict[str, Any]:
    facts = {name: getattr(guide, name) for name in guide.__slots__ if name not in ("summary", "forms")}
    facts |= {"statutory": _duration(guide.statutory), "promised": _duration(guide.promised)}
    forms = [form_facts(form) for form in guide.forms]
    return {**_summary(guide.summary), **facts, "forms": forms}


def _summary(item: ItemSummary) -> dict[str, str]:
    return {name: getattr(item, name) for name in item.__slots__}


def _duration(limit: Limit | None) -> dict[str, Any] | None:
    return {"amount": limit.amount, "unit": limit.unit} if limit else None


def _limit(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:6]) <= MOST_ITEMS):
        raise BadRequest(f"limit: a number from 1 to {MOST_ITEMS} is needed")
    return int(text)


def _day(at: datetime | None) -> date | None:
    return at.date() if at else None


def _answer(facts: dict[str, Any], cache: str = "no-cache") -> web.Response:
    body = orjson.dumps(facts, option=orjson.OPT_OMIT_MICROSECONDS)
    return web.Response(body=body, content_type=_JSON, headers={"Cache-Control": cache})
