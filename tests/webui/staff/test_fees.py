"""Money: only what the standard asks, nothing twice, nothing changed, and a till that balances."""

from __future__ import annotations

import asyncio
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.case_store import read_case
from core.desk.fees import Account, Method
from core.errors import BadRequest
from core.models import AuditRecord, Case, FeeEntry
from core.models import Fee as FeeOfItem
from tests.county import County
from tests.webui.staff.conftest import Enter
from tests.webui.staff.test_whole_case import taken_in
from webui.staff.fees import fen

FEE = "居民身份证补领工本费"


async def _account(desk: County, number: str) -> Account:
    case = await read_case(number)
    return await desk.house.fees.account(case.id, case.version.id)


async def test_a_fee_is_asked_paid_given_back_and_closed(desk: County, enter: Enter) -> None:
    clerk = await enter("clerk")
    number = await taken_in(clerk)
    at = f"/staff/cases/{number}/fees"
    assert FEE in await clerk.text(at)
    await clerk.done(at, kind="due", fee=FEE, amount="40")
    notice = await clerk.text(f"{at}/notice")
    assert "¥40.00" in notice
    assert (await FeeOfItem.filter(fee_name=FEE).first()).by_law in notice  # type: ignore[union-attr]
    for wrong in (
        {"kind": "due", "fee": "自己想的收费", "amount": "1"},
        {"kind": "reduction", "fee": FEE, "amount": "1", "reason": "困难"},
        {"kind": "paid", "amount": "40.01", "method": "cash"},
        {"kind": "paid", "amount": "40", "method": "card"},
        {"kind": "paid", "amount": "40", "method": "gold"},
        {"kind": "paid", "amount": "-1", "method": "cash"},
        {"kind": "refund", "amount": "1", "method": "cash", "reason": "多收"},
    ):
        assert (await clerk.post(at, **wrong)).status == 400, wrong
    await clerk.done(at, kind="paid", amount="30", method="cash")
    await clerk.done(at, kind="paid", amount="10.00", method="card", voucher="V-1")
    assert (await clerk.post(at, kind="paid", amount="0.01", method="cash")).status == 400
    assert (await clerk.post(at, kind="refund", amount="5", method="cash")).status == 400, "no reason"
    await clerk.done(at, kind="refund", amount="5", method="cash", reason="多收")
    page = await clerk.text("/staff/till")
    assert "¥25.00" in page
    assert (await clerk.post("/staff/till", counted="24")).status == 400, "a difference is explained"
    await clerk.done("/staff/till", counted="24", remark="找零少一元")
    assert (await clerk.post("/staff/till", counted="0")).status == 400, "nothing is left to close"
    supervisor = await enter("supervisor")
    closed = await supervisor.text("/staff/till")
    assert "¥-1.00" in closed
    [closing] = await desk.house.fees.closings()
    assert (closing.totals["method"], closing.difference_fen) == ({"cash": 2500, "card": 1000}, -100)
    assert sum(closing.totals["department"].values()) == 3500
    entries = await FeeEntry.all().count()
    assert await AuditRecord.filter(action__startswith="fee ").count() == entries == 4


async def test_a_reduction_is_only_where_the_item_allows_it(desk: County, enter: Enter) -> None:
    await FeeOfItem.filter(fee_name=FEE).update(reducible=True)
    clerk = await enter("clerk")
    number = await taken_in(clerk)
    at = f"/staff/cases/{number}/fees"
    await clerk.text(at)
    await clerk.done(at, kind="due", fee=FEE, amount="40")
    assert (await clerk.post(at, kind="reduction", fee=FEE, amount="10")).status == 400
    assert (await clerk.post(at, kind="reduction", fee=FEE, amount="41", reason="x")).status == 400
    await clerk.done(at, kind="reduction", fee=FEE, amount="40", reason="最低生活保障对象")
    assert (await _account(desk, number)).open_fen == 0


async def test_two_clerks_cant_take_the_same_money(desk: County, enter: Enter) -> None:
    clerk = await enter("clerk")
    number = await taken_in(clerk)
    people = {one.login: one for one in await desk.house.accounts.listed()}
    fees = desk.house.fees
    await fees.ask(number, FEE, 4000, people["clerk"])
    tries = (fees.pay(number, 4000, Method.CASH, "", people["clerk"]) for _ in range(4))
    outcomes = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(outcome is None for outcome in outcomes) == 1
    assert all(isinstance(outcome, BadRequest) for outcome in outcomes if outcome is not None)
    assert (await _account(desk, number)).paid_fen == 4000


async def test_taking_money_leaves_alone_who_took_the_case_meanwhile(desk: County, enter: Enter) -> None:
    clerk = await enter("clerk")
    number = await taken_in(clerk)
    fees, people = desk.house.fees, {one.login: one for one in await desk.house.accounts.listed()}
    standard = fees._read

    async def read_and_taken(number: str, member: object) -> object:
        found = await standard(number, member)  # type: ignore[arg-type]
        await desk.house.cases.take(number, "handler", people["handler"].actor)
        return found

    fees._read = read_and_taken  # type: ignore[method-assign,assignment]
    await fees.ask(number, FEE, 4000, people["clerk"])
    assert (await Case.get(number=number)).handler == "handler"


async def test_a_day_is_closed_once_however_often_at_once(desk: County, enter: Enter) -> None:
    clerk = await enter("clerk")
    number = await taken_in(clerk)
    fees, people = desk.house.fees, {one.login: one for one in await desk.house.accounts.listed()}
    await fees.ask(number, FEE, 4000, people["clerk"])
    await fees.pay(number, 4000, Method.CASH, "", people["clerk"])
    tries = (fees.close_day(people["clerk"], 4000, "") for _ in range(4))
    outcomes = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(one, BadRequest) for one in outcomes) == 3
    assert len(await fees.closings()) == 1


@given(st.decimals(min_value=0, max_value=999_999_999, places=2))
@settings(max_examples=200)
def test_an_amount_loses_no_fen(amount: Decimal) -> None:
    assert fen(f"{amount:,}") == int(amount * 100)
    assert fen(f"¥{amount}") == int(amount * 100)


@pytest.mark.parametrize("text", ["", "-1", "1.005", "1e3", "٣", "1 000", "0x1", "NaN", "9" * 20])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(BadRequest):
        fen(text)
