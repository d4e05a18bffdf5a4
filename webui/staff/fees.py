"""收费: the payment notice of a case, what was paid, and the closing of one's day."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

from aiohttp import web

from core.desk.fees import Closing, Method
from core.errors import BadRequest
from core.staff import Right
from webui.staff.case import dossier_of
from webui.staff.export import export, wanted
from webui.staff.visit import Visit

MOST_EXPORTED = 20_000
_MONEY = re.compile(r"[0-9]{1,9}(\.[0-9]{1,2})?")


async def fees(visit: Visit) -> web.Response:
    return await _page(visit)


async def notice(visit: Visit) -> web.Response:
    """缴费通知单, to be printed: the item's own fee lines with their basis."""
    dossier = await dossier_of(visit)
    account = await visit.site.fees.account(dossier.id, dossier.version_id)
    return visit.page("fee_notice.html", case=dossier, account=account)


async def change(visit: Visit) -> web.Response:
    """One line more: `kind` is due, reduction, paid or refund."""
    posted, ledger, number = visit.posted, visit.site.fees, visit.request.match_info["number"]
    try:
        amount, member = fen(posted.get("amount")), visit.member
        match posted.get("kind"):
            case "due":
                await ledger.ask(number, posted.get("fee"), amount, member)
            case "reduction":
                await ledger.reduce(number, posted.get("fee"), amount, posted.get("reason"), member)
            case "paid":
                await ledger.pay(number, amount, _method(posted.get("method")), posted.get("voucher"), member)
            case "refund":
                method, voucher = _method(posted.get("method")), posted.get("voucher")
                await ledger.refund(number, amount, method, voucher, posted.get("reason"), member)
            case _:
                raise BadRequest("there is no such line")
    except BadRequest as error:
        return await _page(visit, status=400, error=visit.why(error))
    return visit.to(f"/staff/cases/{number}/fees")


async def till(visit: Visit) -> web.Response:
    """One's own till and closings, or everybody's for who only looks; `as` a file of the closings."""
    if form := wanted(visit.asked()):
        return await _exported(visit, form)
    return await _till(visit)


async def close(visit: Visit) -> web.Response:
    try:
        await visit.site.fees.close_day(visit.member, fen(visit.posted.get("counted")), visit.posted.get("remark"))
    except BadRequest as error:
        return await _till(visit, status=400, error=visit.why(error))
    return visit.to("/staff/till")


def fen(text: str) -> int:
    """An amount in yuan as typed, in fen. Raises BadRequest."""
    plain = text.strip().replace(",", "").removeprefix("¥").removeprefix("￥")
    if not _MONEY.fullmatch(plain):
        raise BadRequest("an amount is written as 20 or 20.50", key="fee_amount")
    try:
        return int(Decimal(plain) * 100)
    except InvalidOperation as error:
        raise BadRequest("an amount is written as 20 or 20.50", key="fee_amount") from error


def _method(text: str) -> Method:
    found = next((method for method in Method if method == text), None)
    if found is None:
        raise BadRequest("how it was paid is missing", key="fee_method")
    return found


async def _page(visit: Visit, *, status: int = 200, error: str = "") -> web.Response:
    dossier = await dossier_of(visit)
    account = await visit.site.fees.account(dossier.id, dossier.version_id)
    return visit.page(
        "fees.html",
        status=status,
        case=dossier,
        account=account,
        error=error,
        methods=tuple(Method),
        takes=visit.member.may(Right.TAKE_FEES),
        typed=visit.posted,
    )


async def _till(visit: Visit, *, status: int = 200, error: str = "") -> web.Response:
    member, ledger = visit.member, visit.site.fees
    mine = member.may(Right.TAKE_FEES)
    closings = await _closings(visit)
    till = await ledger.till(member.login) if mine else None
    return visit.page("till.html", status=status, till=till, closings=closings, error=error, typed=visit.posted)


async def _exported(visit: Visit, form: str) -> web.Response:
    names = ("closed_at", "clerk", "department", "cash", "counted", "difference", "remark")
    rows = [
        [
            closing.closed_at.strftime("%Y-%m-%d %H:%M"),
            closing.clerk_name,
            "; ".join(closing.totals["department"]),
            closing.totals["method"].get(Method.CASH, 0) / 100,
            closing.counted_fen / 100,
            closing.difference_fen / 100,
            closing.remark,
        ]
        for closing in await _closings(visit, MOST_EXPORTED)
    ]
    return await export(visit, form, "closings", [visit.t(f"staff.till.{name}") for name in names], rows)


async def _closings(visit: Visit, most: int = 60) -> list[Closing]:
    """One's own closings for who takes fees, else those of the department or of all."""
    member = visit.member
    own = member.login if member.may(Right.TAKE_FEES) else ""
    return await visit.site.fees.closings(member.department, own, most)
