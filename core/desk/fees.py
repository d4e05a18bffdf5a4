"""收费: what an item's own standard asks, what was reduced, paid and given back, and the closing of a clerk's day.

A ledger: nothing in it is ever changed. Sums are in fen, so that no cent is lost to rounding.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.expressions import Q

from core.case_store import read_case
from core.change_checks import check_department
from core.database import reading, transaction
from core.errors import BadRequest
from core.local_time import local, now
from core.models import Case, DailyClosing, FeeEntry
from core.models import Fee as FeeOfItem
from core.staff.trail import note
from core.staff.views import Member
from core.transitions import ENDS, OPENING

MOST_FEN = 100_000_000_00


class Entry(StrEnum):
    """应缴, 减免, 缴费, 退费."""

    DUE = "due"
    REDUCTION = "reduction"
    PAID = "paid"
    REFUND = "refund"


class Method(StrEnum):
    """How money came: 现金, 刷卡, 票据号 of a payment made elsewhere."""

    CASH = "cash"
    CARD = "card"
    VOUCHER = "voucher"


@dataclass(frozen=True, slots=True)
class FeeLine:
    """A line of the ledger; `method` is empty for what is due and what is reduced."""

    kind: Entry
    fee_name: str
    by_law: str
    amount_fen: int
    method: str
    voucher_no: str
    reason: str
    clerk_name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Standard:
    """A fee of the item's own standard, the only ones that may be asked."""

    fee_name: str
    fee_stand: str
    by_law: str
    reducible: bool


NO_STANDARD = Standard("", "", "", False)


@dataclass(frozen=True, slots=True)
class Account:
    """What a case owes and has paid; `open_fen` is what is still to be paid, below zero when too much was."""

    standards: tuple[Standard, ...]
    lines: tuple[FeeLine, ...]
    due_fen: int
    reduced_fen: int
    paid_fen: int
    refunded_fen: int

    @property
    def open_fen(self) -> int:
        return self.due_fen - self.reduced_fen - self.paid_fen + self.refunded_fen


@dataclass(frozen=True, slots=True)
class Till:
    """What a clerk took and gave back since the last closing, by method and by department of the cases, in fen."""

    entries: int
    by_method: Mapping[str, int]
    by_department: Mapping[str, int]

    @property
    def cash_fen(self) -> int:
        return self.by_method.get(Method.CASH, 0)


@dataclass(frozen=True, slots=True)
class Closing:
    """A closed day; `counted_fen` is the cash that lay there, `totals` what should have."""

    id: int
    day: date
    clerk: str
    clerk_name: str
    department: str
    totals: Mapping[str, Mapping[str, int]]
    counted_fen: int
    remark: str
    closed_at: datetime

    @property
    def difference_fen(self) -> int:
        return self.counted_fen - self.totals["method"].get(Method.CASH, 0)


class Fees:
    """The fee ledger. Every refusal is a BadRequest that says why."""

    @reading
    async def account(self, case_id: int, version_id: int) -> Account:
        """The fees of a case that is handled under a version of its item."""
        rows = await FeeEntry.filter(case_id=case_id).order_by("id")
        return _account(await _standards(version_id), rows)

    async def ask(self, number: str, fee_name: str, amount_fen: int, member: Member) -> None:
        """应缴: put a fee of the item's standard on the payment notice."""
        case, account = await self._read(number, member)
        standard = _standard(account, fee_name)
        if case.status in (ENDS | OPENING) - {"received"}:
            raise BadRequest("this case asks no fee", key="fee_none")
        await self._add(case, member, Entry.DUE, amount_fen, account, standard)

    async def reduce(self, number: str, fee_name: str, amount_fen: int, reason: str, member: Member) -> None:
        """减免: only where the item allows it, with a reason, and never below nothing."""
        case, account = await self._read(number, member)
        standard = _standard(account, fee_name)
        if not standard.reducible:
            raise BadRequest(f"{fee_name} can't be reduced: the item does not allow it", key="fee_fixed", fee=fee_name)
        if not reason.strip():
            raise BadRequest("a reduction needs a reason", key="no_reason")
        if amount_fen > _of_fee(account, fee_name):
            raise BadRequest("a reduction can't be more than what is due", key="fee_over_due")
        await self._add(case, member, Entry.REDUCTION, amount_fen, account, standard, reason=reason)

    async def pay(self, number: str, amount_fen: int, method: Method, voucher_no: str, member: Member) -> None:
        """缴费: never more than is due; a card or voucher payment with its number."""
        case, account = await self._read(number, member)
        if method is not Method.CASH and not voucher_no.strip():
            raise BadRequest("the number of the voucher is needed", key="fee_voucher")
        if amount_fen > account.open_fen:
            raise BadRequest("more than what is due can't be taken", key="fee_over_due")
        await self._add(case, member, Entry.PAID, amount_fen, account, method=method, voucher_no=voucher_no)

    async def refund(
        self, number: str, amount_fen: int, method: Method, voucher_no: str, reason: str, member: Member
    ) -> None:
        """退费: a new line, with a reason, never more than was paid."""
        case, account = await self._read(number, member)
        if not reason.strip():
            raise BadRequest("a refund needs a reason", key="no_reason")
        if amount_fen > account.paid_fen - account.refunded_fen:
            raise BadRequest("more than what was paid can't be given back", key="fee_over_paid")
        add, line = self._add, (case, member, Entry.REFUND, amount_fen, account)
        await add(*line, method=method, voucher_no=voucher_no, reason=reason)

    async def _read(self, number: str, member: Member) -> tuple[Case, Account]:
        case = await read_case(number)
        check_department(case, member.actor)
        return case, await self.account(case.id, case.version.id)

    async def _add(
        self,
        case: Case,
        member: Member,
        kind: Entry,
        amount_fen: int,
        seen: Account,
        standard: Standard = NO_STANDARD,
        *,
        method: str = "",
        voucher_no: str = "",
        reason: str = "",
    ) -> None:
        if not 0 < amount_fen <= MOST_FEN:
            raise BadRequest("an amount is more than nothing", key="fee_amount")
        async with transaction() as connection:
            # The case's row is taken first, so that two clerks can't both take the same money.
            await Case.filter(id=case.id).using_db(connection).select_for_update().get()
            if await FeeEntry.filter(case_id=case.id).using_db(connection).count() != len(seen.lines):
                raise BadRequest(
                    "somebody else changed the fees of this case at the same moment; look again", key="fee_meanwhile"
                )
            await FeeEntry.create(
                using_db=connection,
                case_id=case.id,
                kind=kind.value,
                fee_name=standard.fee_name,
                by_law=standard.by_law,
                amount_fen=amount_fen,
                method=str(method),
                voucher_no=voucher_no.strip()[:50],
                reason=reason.strip()[:500],
                clerk=member.login,
                clerk_name=member.name,
                department=case.department,
                at=now(),
            )
            detail = {"amount_fen": amount_fen, "method": str(method), "fee": standard.fee_name}
            await note(connection, member.login, f"fee {kind}", case.number, detail)

    @reading
    async def till(self, login: str) -> Till:
        """What a clerk's till should hold since the last closing."""
        return _till(await _open_entries(login))

    async def close_day(self, member: Member, counted_fen: int, remark: str) -> Closing:
        """日结: count the cash, and close. Raises BadRequest for a difference without a remark, or nothing to close."""
        if not 0 <= counted_fen <= MOST_FEN:
            raise BadRequest("the counted cash is an amount")
        async with transaction() as connection:
            entries = await _open_entries(member.login, connection)
            if not entries:
                raise BadRequest("nothing was taken since the last closing", key="till_empty")
            till = _till(entries)
            if counted_fen != till.cash_fen and not remark.strip():
                raise BadRequest("the cash does not fit the ledger: count again, or say why", key="till_differs")
            row = await DailyClosing.create(
                using_db=connection,
                clerk=member.login,
                clerk_name=member.name,
                department=member.department,
                day=now().date(),
                totals={"method": dict(till.by_method), "department": dict(till.by_department)},
                counted_fen=counted_fen,
                remark=remark.strip()[:500],
                closed_at=now(),
            )
            ids = [entry.id for entry in entries]
            open_still = FeeEntry.filter(id__in=ids, closing_id=None).using_db(connection)
            if await open_still.update(closing_id=row.id) != len(ids):
                raise BadRequest("this day was closed at the same moment", key="till_empty")
            await note(connection, member.login, "day closed", member.login, {"entries": len(ids)})
        return _closing(row)

    @reading
    async def closings(self, department: str = "", clerk: str = "", most: int = 60) -> list[Closing]:
        """Closed days, the latest first; of one department or clerk where told."""
        which = Q()
        if department:
            which &= Q(department=department)
        if clerk:
            which &= Q(clerk=clerk)
        return [_closing(row) for row in await DailyClosing.filter(which).order_by("-id").limit(most)]


async def _open_entries(login: str, connection: BaseDBAsyncClient | None = None) -> list[FeeEntry]:
    moved = [Entry.PAID.value, Entry.REFUND.value]
    found = FeeEntry.filter(clerk=login, closing_id=None, kind__in=moved)
    return await (found.using_db(connection) if connection else found).order_by("id")


async def _standards(version_id: int) -> tuple[Standard, ...]:
    rows = await FeeOfItem.filter(version_id=version_id).order_by("order_num", "id")
    return tuple(Standard(row.fee_name, row.fee_stand, row.by_law, row.reducible) for row in rows)


def _account(standards: tuple[Standard, ...], rows: Sequence[FeeEntry]) -> Account:
    sums = Counter(dict.fromkeys(Entry, 0))
    for row in rows:
        sums[Entry(row.kind)] += row.amount_fen
    lines = tuple(
        FeeLine(
            Entry(row.kind),
            row.fee_name,
            row.by_law,
            row.amount_fen,
            row.method,
            row.voucher_no,
            row.reason,
            row.clerk_name,
            local(row.at),
        )
        for row in rows
    )
    return Account(standards, lines, sums[Entry.DUE], sums[Entry.REDUCTION], sums[Entry.PAID], sums[Entry.REFUND])


def _standard(account: Account, fee_name: str) -> Standard:
    for standard in account.standards:
        if standard.fee_name == fee_name:
            return standard
    raise BadRequest("only fees of the item's own standard can be asked", key="fee_unknown")


def _of_fee(account: Account, fee_name: str) -> int:
    """What is due of one fee, less what was reduced."""
    signs = {Entry.DUE: 1, Entry.REDUCTION: -1}
    return sum(signs.get(line.kind, 0) * line.amount_fen for line in account.lines if line.fee_name == fee_name)


def _till(entries: Sequence[FeeEntry]) -> Till:
    by_method: Counter[str] = Counter()
    by_department: Counter[str] = Counter()
    for entry in entries:
        amount = entry.amount_fen if entry.kind == Entry.PAID else -entry.amount_fen
        by_method[entry.method] += amount
        by_department[entry.department] += amount
    return Till(len(entries), dict(by_method), dict(by_department))


def _closing(row: DailyClosing) -> Closing:
    return Closing(
        row.id,
        row.day,
        row.clerk,
        row.clerk_name,
        row.department,
        row.totals,
        row.counted_fen,
        row.remark,
        local(row.closed_at),
    )
