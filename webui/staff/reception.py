"""收件: picking the item, writing down the applicant once, ticking the materials, and how the sitting ends."""

from __future__ import annotations

from datetime import timedelta

import orjson
from aiohttp import web

from core.codes import ApplicantType, IdType
from core.desk.materials import Ticked
from core.desk.reception import Form, Outcome, Person, Sitting
from core.errors import BadRequest, NotFound
from core.local_time import now
from core.uploads import Upload
from webui.page import NO_STORE
from webui.sent import words
from webui.staff.case import AMEND_DAYS, dossier_of
from webui.staff.posted import NOTHING, Posted
from webui.staff.visit import Visit

CHOICES = 8
ID_TYPES = tuple(IdType)


async def pick(visit: Visit) -> web.Response:
    """Finding the item: what is surely meant is opened at once, so that nobody clicks for nothing."""
    sought = words(visit.asked().get("q", ""))
    if not sought:
        return visit.page("pick.html", sought="", items=())
    found = await visit.site.query.find_items(sought, CHOICES)
    if found.clear or len(found.items) == 1:
        return visit.to(f"/staff/reception/{found.items[0].task_code}")
    return visit.page("pick.html", sought=sought, items=found.items)


async def form(visit: Visit) -> web.Response:
    return _page(visit, await _form(visit), await visit.site.query.item(_code(visit)), NOTHING)


async def known(visit: Visit) -> web.Response:
    """免填单: what is known of a person by ID number, for the form's script; the look is noted."""
    person = await visit.site.reception.known_person(visit.posted.get("id_number")[:40], visit.member, visit.origin)
    told = {} if person is None else {name: getattr(person, name) for name in person.__slots__}
    return web.Response(body=orjson.dumps(told), content_type="application/json", headers={"Cache-Control": NO_STORE})


async def take_in(visit: Visit) -> web.Response:
    """Takes the case in and shows its receipt; the form again, with all that was typed, when something is wrong."""
    form, posted = await _form(visit), visit.posted
    try:
        sitting = _sitting(form, posted)
        case = await visit.site.reception.take_in(sitting, visit.member)
    except BadRequest as error:
        guide = await visit.site.query.item(form.task_code)
        return _page(visit, form, guide, posted, status=400, error=visit.why(error))
    return visit.to(f"/staff/cases/{case.number}/receipt")


async def materials(visit: Visit) -> web.Response:
    """The checklist of a case that waits, to be completed."""
    return visit.page("materials.html", case=await dossier_of(visit), typed=NOTHING, error="")


async def complete(visit: Visit) -> web.Response:
    dossier = await dossier_of(visit)
    lines = [_ticked(n, line.name, line.needed, visit.posted) for n, line in enumerate(dossier.materials)]
    files = _scans([line.name for line in dossier.materials], visit.posted)
    try:
        await visit.site.reception.complete(dossier.number, lines, files, visit.member)
    except BadRequest as error:
        return visit.page("materials.html", status=400, case=dossier, typed=visit.posted, error=visit.why(error))
    return visit.to(f"/staff/cases/{dossier.number}")


async def _form(visit: Visit) -> Form:
    return await visit.site.reception.form(_code(visit), visit.member)


def _code(visit: Visit) -> str:
    return visit.request.match_info["task_code"]


def _sitting(form: Form, posted: Posted) -> Sitting:
    outcome = next((one for one in Outcome if one == posted.get("outcome")), None)
    if outcome is None:
        raise BadRequest("how the sitting ends is missing", key="no_outcome")
    return Sitting(
        form.task_code,
        _person(posted),
        [_ticked(n, line.name, line.needed, posted) for n, line in enumerate(form.lines)],
        outcome,
        posted.get("reason")[:2000],
        posted.get("amend_until"),
        posted.get("invest_no"),
        _scans([line.name for line in form.lines], posted),
    )


def _person(posted: Posted) -> Person:
    id_type = posted.get("id_type", IdType.RESIDENT_ID)
    return Person(
        name=posted.get("name"),
        applicant_type=ApplicantType.LEGAL_PERSON if id_type == IdType.CREDIT_CODE else ApplicantType.PERSON,
        id_type=id_type if id_type in ID_TYPES else IdType.OTHER,
        id_number=posted.get("id_number"),
        mobile=posted.get("mobile"),
        agent_name=posted.get("agent_name"),
        agent_id=posted.get("agent_id"),
        agent_mobile=posted.get("agent_mobile"),
        legal_representative=posted.get("legal_representative"),
    )


def _ticked(n: int, name: str, needed: bool, posted: Posted) -> Ticked:
    return Ticked(
        name,
        needed,
        bool(posted.get(f"received-{n}")),
        posted.get(f"format-{n}", "1"),
        posted.number(f"originals-{n}"),
        posted.number(f"copies-{n}"),
    )


def _scans(names: list[str], posted: Posted) -> list[tuple[str, Upload]]:
    """The scans with the names of what they copy, by the number of their line."""
    found = []
    for field, upload in posted.files:
        _, _, line = field.partition("scan-")
        if not (line.isascii() and line.isdigit() and int(line) < len(names)):
            raise NotFound("there is no such material")
        found.append((names[int(line)], upload))
    return found


def _page(
    visit: Visit, form: Form, guide: object, posted: Posted, *, status: int = 200, error: str = ""
) -> web.Response:
    return visit.page(
        "reception.html",
        status=status,
        form=form,
        guide=guide,
        typed=posted,
        error=error,
        id_types=ID_TYPES,
        amend_until=(now() + timedelta(days=AMEND_DAYS)).date(),
    )
