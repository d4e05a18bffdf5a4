"""One case at the desk: all that is known of it, and what this person may do with it now."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import quote

from aiohttp import web

from core.codes import Decision, ResultCode, SpecialProcedure, Status
from core.desk.dossier import Dossier
from core.errors import BadRequest, Conflict, NotFound
from core.local_time import now
from core.numbers import is_query_number
from core.staff import Right
from webui.page import NO_STORE
from webui.staff.visit import Visit

AMEND_DAYS = 15
INLINE = ("application/pdf", "image/jpeg", "image/png", "image/webp")
# A scan is only looked at: nothing in it may run, whatever the browser takes it for. Browsers don't show PDF in a
# sandbox, and run nothing of it in the page's name without one.
FILE_POLICY = "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; object-src 'self'; frame-ancestors 'none'"
SANDBOXED = f"{FILE_POLICY}; sandbox"
PDF = "application/pdf"


async def case(visit: Visit) -> web.Response:
    return await _page(visit, await dossier_of(visit))


async def id_number(visit: Visit) -> web.Response:
    """The page with the whole ID number, which the trail then knows of."""
    number = await visit.site.dossiers.id_number(_number(visit), visit.member, visit.origin)
    return await _page(visit, await dossier_of(visit), id_number=number)


async def take(visit: Visit) -> web.Response:
    """Take the case, or hand it over to a colleague."""
    dossier = await dossier_of(visit)
    to = visit.posted.get("to") or visit.member.login
    if to not in {one.login for one in await visit.site.accounts.handlers(dossier.department)}:
        raise BadRequest("nobody of that name handles cases of this department")
    await visit.site.cases.take(dossier.number, to, visit.member.actor, reason=visit.posted.get("reason"))
    return _back(visit, dossier.number)


async def opinion(visit: Visit) -> web.Response:
    posted, number = visit.posted, await _changed_number(visit)
    await visit.site.cases.give_opinion(number, posted.get("decision"), visit.member.actor, reason=posted.get("reason"))
    return _back(visit, number)


async def ready(visit: Visit) -> web.Response:
    number = await _changed_number(visit)
    await visit.site.cases.make_ready(number, visit.posted.get("collect"), visit.member.actor)
    return _back(visit, number)


async def undo(visit: Visit) -> web.Response:
    posted, number = visit.posted, await _changed_number(visit)
    await visit.site.cases.undo(
        number, visit.member.actor, reason=posted.get("reason"), expected_seq=posted.number("seq")
    )
    return _back(visit, number)


async def extend(visit: Visit) -> web.Response:
    number = await _changed_number(visit)
    days, reason = visit.posted.number("workdays"), visit.posted.get("reason")
    await visit.site.cases.extend(number, days, visit.member.actor, reason=reason)
    return _back(visit, number)


async def move_form(visit: Visit) -> web.Response:
    """What this move wants to know. Raises NotFound for one that this person can't make now."""
    dossier = await dossier_of(visit)
    return _move_page(visit, dossier, _wanted(visit, dossier))


async def move(visit: Visit) -> web.Response:
    """Makes the move with its files, whole or not at all; the form again when something is wrong with it."""
    posted, site = visit.posted, visit.site
    number = await _changed_number(visit)
    to = next((status for status in Status if status == visit.request.match_info["status"]), None)
    if to is None or to is Status.DRAFT:
        raise NotFound("no case becomes that")
    try:
        await site.handling.move(
            number,
            to,
            visit.member,
            reason=posted.get("reason"),
            data=_told(visit),
            files=[upload for _, upload in posted.files],
            expected_seq=posted.number("seq"),
        )
    except Conflict:
        return await _page(visit, await dossier_of(visit), status=409, changed=True)
    except BadRequest as error:
        return _move_page(visit, await dossier_of(visit), to, status=400, error=visit.why(error))
    return _back(visit, number)


async def attach(visit: Visit) -> web.Response:
    """Further files for the case."""
    visit.member.need(Right.HANDLE)
    number = await _changed_number(visit)
    if not visit.posted.files:
        raise BadRequest("no file was chosen", key="no_file")
    await visit.site.handling.attach(number, [upload for _, upload in visit.posted.files], visit.member)
    return _back(visit, number)


async def file(visit: Visit) -> web.StreamResponse:
    """A file of the case, to be looked at or saved, never run; the look is noted."""
    dossier = await dossier_of(visit)
    wanted = visit.request.match_info["file"]
    if not (wanted.isascii() and wanted.isdigit()):
        raise NotFound("there is no such file")
    found = await visit.site.case_files.one(dossier.id, int(wanted[:12]))
    shown = "inline" if found.media_type in INLINE else "attachment"
    response = web.FileResponse(visit.site.case_files.path(found))
    response.content_type = found.media_type
    response.headers["Content-Disposition"] = disposition(shown, found.file_name)
    response.headers["Content-Security-Policy"] = FILE_POLICY if found.media_type == PDF else SANDBOXED
    response.headers["Cache-Control"] = NO_STORE
    return response


async def receipt(visit: Visit) -> web.Response:
    """回执: what the applicant takes along."""
    dossier = await dossier_of(visit)
    pin = await visit.site.dossiers.pin(dossier.number, visit.member)
    token = await visit.site.dossiers.token(dossier.number, visit.member)
    address = visit.site.query.qr_address(token)
    return visit.page("receipt.html", case=dossier, pin=pin, token=token, address=address)


async def dossier_of(visit: Visit) -> Dossier:
    """The case in the address. Raises NotFound."""
    return await visit.site.dossiers.open(_number(visit), visit.member, visit.origin)


async def _changed_number(visit: Visit) -> str:
    """The number of a case that is changed and not shown: no look at it is noted. Raises NotFound."""
    number = _number(visit)
    await visit.site.dossiers.check(number, visit.member)
    return number


def disposition(kind: str, name: str) -> str:
    """A Content-Disposition with a name in any language. Source: RFC 6266, RFC 8187."""
    return f"{kind}; filename*=UTF-8''{quote(name, safe='')}"


def _number(visit: Visit) -> str:
    number = visit.request.match_info["number"]
    if not is_query_number(number):
        raise NotFound("this is no query number")
    return number


def _wanted(visit: Visit, dossier: Dossier) -> Status:
    wanted = visit.request.match_info["status"]
    found = next((status for status in dossier.moves if status == wanted), None)
    if found is None:
        raise NotFound(f"case {dossier.number} can't become {wanted} now")
    return found


def _told(visit: Visit) -> dict[str, object]:
    posted = visit.posted
    facts: dict[str, object] = {
        "missing": [line.strip() for line in posted.get("missing").splitlines() if line.strip()],
        "amend_until": posted.get("amend_until"),
        "procedure": posted.get("procedure"),
        "until": posted.get("until"),
        "decision": posted.get("decision"),
        "result_code": posted.get("result_code"),
        "result_name": posted.get("result_name"),
        "result_no": posted.get("result_no"),
        "collect": posted.get("collect"),
        "delivered_to": posted.get("delivered_to"),
        "delivered_how": posted.get("delivered_how"),
    }
    return {name: value for name, value in facts.items() if value}


def _move_page(visit: Visit, dossier: Dossier, to: Status, *, status: int = 200, error: str = "") -> web.Response:
    missing = [line.name for line in dossier.materials if line.needed and not line.received]
    return visit.page(
        "move.html",
        status=status,
        case=dossier,
        to=to,
        error=error,
        typed=visit.posted,
        missing=missing,
        amend_until=(now() + timedelta(days=AMEND_DAYS)).date(),
        procedures=tuple(SpecialProcedure),
        decisions=tuple(Decision),
        results=tuple(ResultCode),
    )


async def _page(
    visit: Visit, dossier: Dossier, *, status: int = 200, id_number: str = "", changed: bool = False
) -> web.Response:
    handlers = await visit.site.accounts.handlers(dossier.department) if dossier.may_take else []
    account = await visit.site.fees.account(dossier.id, dossier.version_id)
    return visit.page(
        "case.html",
        status=status,
        case=dossier,
        id_number=id_number,
        changed=changed,
        handlers=handlers,
        account=account,
        decisions=tuple(Decision),
    )


def _back(visit: Visit, number: str) -> web.Response:
    return visit.to(f"/staff/cases/{number}")
