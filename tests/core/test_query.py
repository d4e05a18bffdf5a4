"""What every channel is told of a case, on a real SQLite and a real PostgreSQL."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial

import pytest

from core.asker import Asker
from core.codes import Decision, Stage, Status
from core.errors import BadNumber, NotFound, NotRecognised, Unavailable
from core.local_time import ZONE, now
from core.models import Case, Department, ItemVersion, Notice, ServiceItem
from core.views import CaseStatus
from tests.core.case_steps import CLERK, SYSTEM, who_may
from tests.core.outage import away
from tests.county import County

S = Status
CITIZEN = Asker("sms", "+8613800005678")

# The table of what a citizen is told: the stage, and what follows where it applies.
STAGES = {
    S.SUBMITTED: (Stage.CHECKING, ""),
    S.PRE_PASSED: (Stage.CHECKING, "bring_originals"),
    S.PRE_RETURNED: (Stage.AMEND, "reason missing amend_until"),
    S.CORRECTION: (Stage.AMEND, "reason missing amend_until"),
    S.RECEIVED: (Stage.RECEIVED, ""),
    S.ACCEPTED: (Stage.ACCEPTED, "due_at"),
    S.REVIEWING: (Stage.REVIEWING, "due_at"),
    S.TRANSFERRED: (Stage.REVIEWING, "due_at"),
    S.SPECIAL: (Stage.REVIEWING, "due_at reason paused_by paused_until"),
    S.DECIDED: (Stage.DECIDED, "due_at"),
    S.COMPLETED: (Stage.FINISHED, "completed_at decision result_name result_no collect"),
    S.DELIVERED: (Stage.DELIVERED, "completed_at decision result_name result_no collect"),
    S.NOT_ACCEPTED: (Stage.NOT_ACCEPTED, "reason"),
    S.WITHDRAWN: (Stage.ENDED, "reason"),
    S.TERMINATED: (Stage.ENDED, "reason"),
}
WHERE_IT_APPLIES = {name for _, names in STAGES.values() for name in names.split()}


async def asked(county: County, status: Status) -> CaseStatus:
    return await county.house.query.case_status(county.number(status), county.pin(status), CITIZEN)


async def test_each_status_is_told_as_its_stage_with_what_applies_and_no_more(county: County) -> None:
    assert set(STAGES) == set(Status) - {S.DRAFT}
    for status, (stage, names) in STAGES.items():
        told = await asked(county, status)
        assert (told.status, told.stage) == (status, stage)
        assert {name for name in WHERE_IT_APPLIES if getattr(told, name)} == set(names.split()), status


async def test_what_is_told_is_dressed_for_citizens(county: County) -> None:
    told = await asked(county, S.SPECIAL)
    case = await Case.get(number=told.number).select_related("version", "version__item", "version__department")
    assert told.applicant == case.applicant_name[0] + "*"
    assert (told.item, told.item_version) == (case.version.name, case.version.number)
    assert (told.task_code, told.department) == (case.version.item.task_code, case.version.department.name)
    assert case.mobile not in repr(told)
    assert all(
        time.tzinfo is ZONE for time in (told.applied_at, told.accepted_at, told.due_at, told.updated_at) if time
    )
    with pytest.raises(AttributeError):
        told.applicant = case.applicant_name  # type: ignore[misc]


async def test_names_are_masked_and_companies_are_not(county: County) -> None:
    number = county.number(S.REVIEWING)
    named = {("欧阳小明", "1"): "欧阳*", ("王", "1"): "王*", ("示例县好办有限公司", "2"): "示例县好办有限公司"}
    for (name, kind), masked in named.items():
        await county.house.cases.amend(number, {"applicant_name": name, "applicant_type": kind}, CLERK)
        assert (await asked(county, S.REVIEWING)).applicant == masked


async def test_a_decision_is_told_only_once_the_case_is_finished_and_a_refusal_with_its_reason(county: County) -> None:
    cases, number = county.house.cases, county.number(S.REVIEWING)
    await cases.move(number, S.DECIDED, who_may(S.DECIDED), reason="不符合第二项", data={"decision": "refused"})
    told = await asked(county, S.REVIEWING)
    assert (told.stage, told.decision, told.reason) == (Stage.DECIDED, None, "")
    await cases.move(number, S.COMPLETED, who_may(S.COMPLETED), data={"result_code": "6"})
    told = await asked(county, S.REVIEWING)
    assert (told.stage, told.decision, told.reason) == (Stage.FINISHED, Decision.REFUSED, "不符合第二项")


async def test_a_case_that_ends_for_want_of_material_says_why(county: County) -> None:
    number = county.number(S.CORRECTION)
    who = who_may(S.COMPLETED)
    await county.house.cases.move(number, S.COMPLETED, who, reason="逾期未补正", data={"result_code": "5"})
    told = await asked(county, S.CORRECTION)
    assert (told.stage, told.decision, told.reason) == (Stage.FINISHED, None, "逾期未补正")


async def test_a_stopped_clock_without_an_end_has_no_due_day(county: County) -> None:
    number = county.number(S.REVIEWING)
    await county.house.cases.move(number, S.SPECIAL, who_may(S.SPECIAL), reason="需要检测", data={"procedure": "检测"})
    told = await asked(county, S.REVIEWING)
    assert (told.paused_by, told.paused_until, told.due_at) == ("检测", None, None)


async def test_a_promise_is_broken_once_its_day_is_over_and_not_while_the_clock_stands_still(
    county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    due = (await asked(county, S.REVIEWING)).due_at
    assert due is not None
    for at, overdue in ((due - timedelta(days=1), False), (due, False), (due + timedelta(seconds=1), True)):
        monkeypatch.setattr("core.query.now", lambda at=at: at)
        assert (await asked(county, S.REVIEWING)).overdue is overdue
    monkeypatch.setattr("core.query.now", lambda: due + timedelta(days=400))
    for status in set(STAGES) - {S.ACCEPTED, S.REVIEWING, S.TRANSFERRED, S.DECIDED}:
        assert not (await asked(county, status)).overdue, status


async def test_the_version_a_case_was_accepted_under_is_told_after_a_new_one_is_published(county: County) -> None:
    before = await asked(county, S.REVIEWING)
    old = (await Case.get(number=before.number).select_related("version")).version
    columns = {name: value for name, value in dict(old).items() if name != "id"}
    await ItemVersion.create(**columns | {"number": old.number + 1, "name": "新版事项", "promise_days": 99})
    await ServiceItem.filter(task_code=before.task_code).update(version=old.number + 1)
    assert await asked(county, S.REVIEWING) == before


async def test_a_draft_is_nobodys_but_its_writers(county: County) -> None:
    with pytest.raises(NotRecognised):
        await asked(county, S.DRAFT)
    case = await Case.get(number=county.number(S.DRAFT))
    with pytest.raises(NotFound):
        await county.house.query.case_by_token(county.house.keys.token(case.id, 1), CITIZEN)


async def test_number_and_pin_are_read_as_people_type_them(county: County) -> None:
    number, pin = county.number(S.ACCEPTED), county.pin(S.ACCEPTED)
    wide = str.maketrans("0123456789", "０１２３４５６７８９")
    for typed in (f" {number[:4]} {number[4:8]}-{number[8:]} ", number.translate(wide)):
        told = await county.house.query.case_status(typed, f"{pin[:3]} {pin[3:].translate(wide)}", CITIZEN)
        assert told.number == number


@pytest.mark.parametrize("kind", ["sqlite"])
async def test_a_slip_in_the_number_is_told_at_once(county: County) -> None:
    number = county.number(S.ACCEPTED)
    for slip in (
        "",
        number[:-1],
        number + "0",
        number[:-1] + str((int(number[-1]) + 1) % 10),
        "号" * 12,
        "\ud800" * 12,
    ):
        with pytest.raises(BadNumber):
            await county.house.query.case_status(slip, county.pin(S.ACCEPTED), CITIZEN)


async def test_a_pin_that_is_none_is_a_wrong_one(county: County) -> None:
    number, pin = county.number(S.ACCEPTED), county.pin(S.ACCEPTED)
    for n, wrong in enumerate(("", pin[:-1], pin + "0", "号" * 6, "\ud800" * 6, "²" + pin[1:])):
        with pytest.raises(NotRecognised):
            await county.house.query.case_status(number, wrong, Asker("web", f"192.0.2.{n}"))


async def test_the_qr_code_tells_the_same_until_it_is_revoked(county: County) -> None:
    told = await asked(county, S.REVIEWING)
    assert await county.house.query.case_by_token(told.token, CITIZEN) == told
    await county.house.cases.revoke_token(told.number, CLERK, reason="回执遗失")
    with pytest.raises(NotFound):
        await county.house.query.case_by_token(told.token, CITIZEN)
    renewed = (await asked(county, S.REVIEWING)).token
    assert renewed != told.token
    assert (await county.house.query.case_by_token(renewed, CITIZEN)).number == told.number


@pytest.mark.parametrize("status", [S.REVIEWING, S.DELIVERED])
async def test_who_shows_no_code_is_told_the_same_but_for_the_code(county: County, status: S) -> None:
    ask = partial(county.house.query.case_status, asker=CITIZEN, with_token=False)
    facts = await ask(county.number(status), county.pin(status))
    assert facts == (await asked(county, status))._replace(token="")
    with pytest.raises(NotRecognised):
        await ask(county.number(status), county.wrong_pin(status))
    with pytest.raises(BadNumber):
        await ask("261123000019", county.pin(status))


async def test_a_renewed_pin_makes_the_old_one_worthless(county: County) -> None:
    case = await county.house.cases.renew_pin(county.number(S.REVIEWING), CLERK, reason="回执遗失")
    with pytest.raises(NotRecognised):
        await asked(county, S.REVIEWING)
    pin = county.house.keys.pin(case.number, case.pin_version)
    assert (await county.house.query.case_status(case.number, pin, CITIZEN)).number == case.number


async def test_a_receipt_can_be_reprinted_and_is_the_same(county: County) -> None:
    number, pin = county.number(S.ACCEPTED), county.pin(S.ACCEPTED)
    receipt = await county.house.query.receipt(number, f" {pin}", CITIZEN)
    assert receipt.pin == pin
    assert receipt.address == f"http://localhost:8080/q/{receipt.status.token}"
    assert await county.house.query.receipt(number, pin, CITIZEN) == receipt


async def test_tokens_of_no_case_are_not_found(county: County) -> None:
    for token in ("", "x" * 31, county.house.keys.token(2**40 - 1, 1), "\ud800", "号" * 31):
        with pytest.raises(NotFound):
            await county.house.query.case_by_token(token, CITIZEN)


async def test_notices_are_shown_between_their_days_once_approved(county: County) -> None:
    await Notice.all().delete()
    department = await Department.first()
    for key, days, approved in (
        ("now", (date(2026, 3, 1), date(2026, 3, 7)), "局长"),
        ("no end", (date(2026, 3, 2), None), "局长"),
        ("draft", (date(2026, 3, 1), None), ""),
        ("over", (date(2026, 2, 1), date(2026, 3, 6)), "局长"),
        ("to come", (date(2026, 3, 8), None), "局长"),
    ):
        told = {"kind": "publicity", "title": key, "text": "", "approved_by": approved, "department": department}
        await Notice.create(key=key, from_day=days[0], until_day=days[1], **told)
    shown = await county.house.query.notices(date(2026, 3, 7))
    assert [notice.key for notice in shown] == ["no end", "now"]
    assert shown[0].department == department.name


@pytest.mark.parametrize("kind", ["postgres"])
async def test_all_that_is_asked_while_the_database_is_away_is_unavailable(county: County) -> None:
    query, told = county.house.query, await asked(county, S.ACCEPTED)
    async with away(county.house.database):
        for ask in (
            asked(county, S.ACCEPTED),
            query.case_by_token(told.token, CITIZEN),
            query.item(told.task_code),
            query.forms(told.task_code),
            query.form("none"),
            query.notices(date(2026, 3, 7)),
            county.house.cases.history(told.number),
            county.house.cases.move(told.number, S.REVIEWING, who_may(S.REVIEWING)),
        ):
            with pytest.raises(Unavailable):
                await ask
    assert await asked(county, S.ACCEPTED) == told


async def test_a_list_that_brings_a_case_up_is_told(county: County) -> None:
    number = county.number(S.DECIDED)
    data = {"result_code": "0", "result_no": "示例〔2026〕1号", "completed_at": now().isoformat()}
    await county.house.cases.sync(number, S.COMPLETED, SYSTEM, now(), data)
    told = await asked(county, S.DECIDED)
    assert (told.stage, told.decision, told.result_no) == (Stage.FINISHED, Decision.GRANTED, "示例〔2026〕1号")


@pytest.mark.parametrize("name", ["", "\0", "a\0b", "x" * 17, "x" * 65, "x" * 5000])
async def test_no_name_whatever_of_an_item_or_a_form_is_more_than_unknown(county: County, name: str) -> None:
    for ask in (county.house.query.item, county.house.query.form):
        with pytest.raises(NotFound):
            await ask(name)
