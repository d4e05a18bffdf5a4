"""内容: items with their versions, blank forms, words for the search, the calendar and the office hours."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from core.content.forms import NewForm
from core.content.items import FIELDS, NESTED, label_of, nested_fields, options_of
from core.errors import BadRequest, NotFound
from core.exchange.columns import EXTRA
from core.local_time import now
from core.new_case import Actor
from core.transitions import Role
from webui.sent import words
from webui.staff.posted import Posted
from webui.staff.visit import Visit

CHOICES = 20
FLAGS = ("is_fee", "is_online", "is_schedule", "is_pay_online", "is_express", "reducible")
LONG = frozenset(
    {
        *("accept_condition", "handle_flow", "transact_addr", "transact_time", "link_way", "supervise_way"),
        *("special_procedure", "fee_stand", "by_law", "accept_stand", "fill_explain", "answer", "clause_content"),
    }
)
FIXED = ("task_code",)
_NESTED_FIELD = re.compile(r"([a-z_]+)-(\d{1,4})-([a-z_]+)")


async def content(visit: Visit) -> web.Response:
    """Items by words, each with what its guide still lacks."""
    sought = words(visit.asked().get("q", ""))
    found = (await visit.site.query.find_items(sought, CHOICES)).items if sought else ()
    lacking = {item.task_code: await visit.site.items.unpublished(item.task_code) for item in found}
    return visit.page("content.html", sought=sought, items=found, lacking=lacking)


async def item(visit: Visit) -> web.Response:
    return await _item_page(visit, _code(visit))


async def new_item(visit: Visit) -> web.Response:
    return _editor(visit, {"task_code": "", "task_state": "1"}, 0)


async def save(visit: Visit) -> web.Response:
    """Saves what the form says as the next version; the form again with what is wrong."""
    code = _code(visit) if "task_code" in visit.request.match_info else visit.posted.get("task_code")
    version = visit.posted.number("version")
    kept = await _own_row(visit, code) if version else {}
    visit.member.need_own(visit.posted.get("department"))
    row = {**read_row(visit.posted), "task_code": code, EXTRA: kept.get(EXTRA, {})}
    try:
        await visit.site.items.save(row, version or None, visit.member.login)
    except BadRequest as error:
        return _editor(visit, row, version, status=400, error=visit.why(error))
    return visit.to(f"/staff/content/items/{code}")


async def compare(visit: Visit) -> web.Response:
    """What two versions say differently: `before` and `after`, the last two unless told otherwise."""
    code, asked = _code(visit), visit.asked()
    await _own_row(visit, code)
    versions = await visit.site.items.versions(code)
    after = _number(asked.get("after"), versions[0].number)
    before = _number(asked.get("before"), max(1, after - 1))
    differences = await visit.site.items.differences(code, before, after)
    return visit.page("compare.html", code=code, versions=versions, before=before, after=after, differences=differences)


async def put_form(visit: Visit) -> web.Response:
    posted, code = visit.posted, _code(visit)
    await _own_row(visit, code)
    try:
        if not posted.files:
            raise BadRequest("no file was chosen", key="no_file")
        form = NewForm(
            code,
            posted.get("material"),
            posted.get("title"),
            posted.get("title_en"),
            posted.get("notes"),
            posted.files[0][1],
        )
        await visit.site.forms.put(form, visit.member.login)
    except BadRequest as error:
        return await _item_page(visit, code, status=400, error=visit.why(error))
    return visit.to(f"/staff/content/items/{code}#forms")


async def void_form(visit: Visit) -> web.Response:
    await _own_row(visit, _code(visit))
    await visit.site.forms.void(_code(visit), visit.posted.get("slug"), visit.member.login)
    return visit.to(f"/staff/content/items/{_code(visit)}#forms")


async def synonyms(visit: Visit) -> web.Response:
    return visit.page("synonyms.html", rows=await visit.site.synonyms.listed(), error="", typed=visit.posted)


async def change_synonyms(visit: Visit) -> web.Response:
    """Adds a row, or removes the one that `remove` names."""
    posted, own = visit.posted, visit.site.synonyms
    try:
        if posted.get("remove"):
            await own.remove(posted.number("remove"), visit.member.login)
        else:
            await own.add(posted.get("say"), posted.get("means"), visit.member.login)
    except BadRequest as error:
        rows = await own.listed()
        return visit.page("synonyms.html", status=400, rows=rows, error=visit.why(error), typed=posted)
    return visit.to("/staff/content/synonyms")


async def calendar(visit: Visit) -> web.Response:
    return await _calendar(visit)


async def publish_calendar(visit: Visit) -> web.Response:
    """Publishes a year, or sets the office hours; tells how many due dates moved."""
    posted, times = visit.posted, visit.site.working_times
    try:
        if posted.get("what") == "hours":
            await times.set_office_hours(posted.get("hours"), visit.member.login)
            return await _calendar(visit)
        member = visit.member
        actor = Actor(f"{member.name} ({member.login})", Role.SYSTEM)
        year = _year(posted.get("year"))
        moved = await times.publish(year, posted.get("lines"), posted.get("source"), actor, member.login)
    except BadRequest as error:
        return await _calendar(visit, status=400, error=visit.why(error))
    return await _calendar(visit, moved=moved)


def read_row(posted: Posted) -> dict[str, Any]:
    """A row of a list, as the form tells it; nested rows of which nothing is filled in are left out."""
    row: dict[str, Any] = {name: posted.get(name) for name in FIELDS}
    nested: dict[str, dict[int, dict[str, str]]] = {kind: {} for kind in NESTED}
    for name in posted.values:
        if (match := _NESTED_FIELD.fullmatch(name)) and match[1] in nested:
            nested[match[1]].setdefault(int(match[2]), {})[match[3]] = posted.get(name)
    for kind, rows in nested.items():
        row[kind] = [rows[n] for n in sorted(rows) if any(rows[n].get(name) for name in nested_fields(kind)[:2])]
    return row


async def _item_page(visit: Visit, code: str, *, status: int = 200, error: str = "") -> web.Response:
    site = visit.site
    versions = await site.items.versions(code)
    row = await _own_row(visit, code)
    version = next(line.number for line in versions if line.in_force)
    more = {"versions": versions, "forms": await site.forms.of(code)}
    try:
        more["lacking"] = await site.items.unpublished(code)
    except NotFound:  # a cancelled item has no guide any more
        more["lacking"] = ()
    return _editor(visit, row, version, status=status, error=error, **more)


def _editor(
    visit: Visit, row: Mapping[str, Any], version: int, *, status: int = 200, error: str = "", **more: Any
) -> web.Response:
    usual = {"versions": (), "forms": (), "lacking": ()}
    return visit.page(
        "item.html",
        status=status,
        row=row,
        version=version,
        error=error,
        fields=FIELDS,
        nested={kind: nested_fields(kind) for kind in NESTED},
        label=label_of,
        options=options_of,
        flags=FLAGS,
        long=LONG,
        as_text=as_text,
        **(usual | more),
    )


def as_text(value: object) -> str:
    """A part of an item as its field in the form shows it."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list):
        return "，".join(map(str, value))
    return "" if value is None else str(value)


async def _calendar(visit: Visit, *, status: int = 200, error: str = "", moved: int | None = None) -> web.Response:
    times = visit.site.working_times
    year = _year(visit.posted.get("year") or visit.asked().get("year") or str(now().year))
    return visit.page(
        "calendar.html",
        status=status,
        error=error,
        years=await times.years(),
        view=await times.year(year),
        hours=await times.office_hours(),
        typed=visit.posted if error else Posted({}),
        moved=moved,
    )


async def _own_row(visit: Visit, code: str) -> dict[str, Any]:
    """The item in force as a row. Raises NotFound, also for one that another department looks after."""
    row = await visit.site.items.row(code)
    visit.member.need_own(row["department"])
    return row


def _code(visit: Visit) -> str:
    return visit.request.match_info["task_code"]


def _number(text: str | None, otherwise: int) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 7 else otherwise


def _year(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 2000 <= int(text[:5]) <= 2200):
        raise BadRequest("a year is needed", key="no_number")
    return int(text)
