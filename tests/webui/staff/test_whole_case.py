"""A case from reception to delivery by three people, with the citizen asking after each step in two ways."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from itertools import count

import pytest
from twilio.request_validator import RequestValidator

from core.codes import Status
from core.models import AuditRecord, Case, CaseEvent
from core.staff import Post
from gateway.settings import Server
from tests.county import SECRET, County
from tests.webui.staff.conftest import Enter
from tests.webui.staff.person import Person

ITEM = "DEMOGA001"
PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x00\x00\x00\x00:~\x9bU\x00\x00\x00\n"
    b"IDATx\x9cc`\x00\x00\x00\x02\x00\x01H\xaf\xa4q\x00\x00\x00\x00IEND\xaeB`\x82"
)
OLD_NUMBER = "511602193207040019"
APPLICANT = {"id_type": "10", "id_number": "11010519491231002X", "name": "欧阳测试", "mobile": "138 0013 8000"}


async def taken_in(clerk: Person, outcome: str = "accept", ticked: str = "0123456789", **more: object) -> str:
    """Take a case in; its query number."""
    await clerk.text(f"/staff/reception/{ITEM}")
    ticks = {f"received-{n}": "1" for n in ticked}
    led = await clerk.done(f"/staff/reception/{ITEM}", **(APPLICANT | ticks | {"outcome": outcome} | more))
    return str(led.split("/")[3])


URL = "http://haoban.example"
ACCOUNT, AUTH_TOKEN = "AC" + "0" * 32, "a token for tests"
TWILIO = {"enabled": True, "account_sid": ACCOUNT, "auth_token": AUTH_TOKEN, "from_number": "+8610000000000"}
_messages = count(1)
Tells = Callable[[str, str], Awaitable[None]]


@pytest.fixture
def given() -> dict[str, object]:
    server = Server(port=0, secret_key=SECRET, public_url=URL)
    return {"server": server, "channels": {"twilio_sms": TWILIO}}


@pytest.fixture
def told(stranger: Person, desk: County) -> Tells:
    """The citizen asks on the web and by text message, and gets the same words from both."""

    async def asked(number: str, words: str) -> None:
        pin = desk.house.keys.pin(number, 1)
        page = await (await stranger.client.post("/cases", data={"number": number, "pin": pin})).text()
        sent = {"AccountSid": ACCOUNT, "MessageSid": f"SM{next(_messages)}", "From": "+8613800001234"}
        sent["Body"] = f"CX {number} {pin}"
        signature = RequestValidator(AUTH_TOKEN).compute_signature(f"{URL}/channels/twilio/sms", sent)
        headers = {"X-Twilio-Signature": signature}
        answer = await stranger.client.post("/channels/twilio/sms", data=sent, headers=headers)
        assert words in page
        assert words in await answer.text()

    return asked


async def test_three_people_lead_a_case_from_the_counter_to_the_citizens_hand(
    desk: County, enter: Enter, told: Tells
) -> None:
    clerk, handler, head = [await enter(login) for login in ("clerk", "handler", "head")]
    number = await taken_in(clerk)
    at = f"/staff/cases/{number}"
    await told(number, "已受理")
    await handler.text(at)
    await handler.done(f"{at}/take")
    case = await Case.get(number=number)
    await handler.done(f"{at}/move/reviewing", seq=case.seq)
    await told(number, "审查中")
    assert (await handler.get(f"{at}/move/decided")).status == 404, "the head decides"
    await handler.done(f"{at}/opinion", decision="granted", reason="材料属实")
    page = await head.text(f"{at}/move/decided")
    assert "材料属实" in page
    case = await Case.get(number=number)
    await head.done(f"{at}/move/decided", seq=case.seq, decision="granted", reason="同意", file=("批文.png", PNG))
    await told(number, "已决定")
    case = await Case.get(number=number)
    await handler.done(
        f"{at}/move/completed",
        seq=case.seq,
        result_code="0",
        result_name="居民身份证",
        result_no="K1",
        collect="出证窗口",
    )
    await told(number, "已办结")
    await clerk.done(f"{at}/ready", collect="一楼3号窗口，带回执")
    case = await Case.get(number=number)
    assert case.told["collect"] == "一楼3号窗口，带回执"
    await clerk.done(
        f"{at}/move/delivered", seq=case.seq, delivered_to="欧阳测试", delivered_how="窗口领取", file=("签收.png", PNG)
    )
    await told(number, "已送达")
    kinds = [event.kind for event in await CaseEvent.filter(case_id=case.id).order_by("seq")]
    assert kinds == ["opened", "moved", "taken", "moved", "opinion", "moved", "moved", "ready", "moved"]
    actors = {event.actor for event in await CaseEvent.filter(case_id=case.id)}
    assert actors == {"王小丽 (clerk)", "李建国 (handler)", "陈志强 (head)"}
    assert "签收.png" in await clerk.text(at)


async def test_known_data_are_offered_and_the_look_is_noted(desk: County, enter: Enter) -> None:
    clerk = await enter("clerk")
    number = await taken_in(clerk)
    answer = await clerk.post("/staff/reception/known", id_number="11010519491231002x")
    assert (await answer.json()) | {} == {**(await answer.json()), "name": "欧阳测试", "mobile": "13800138000"}
    assert await AuditRecord.filter(subject=number, action="looked at what is known of an applicant").count() == 1
    nobody = await clerk.post("/staff/reception/known", id_number="440524188001010014")
    assert await nobody.json() == {}


async def test_what_is_missing_is_told_once_and_completely(desk: County, enter: Enter) -> None:
    clerk = await enter("clerk")
    page = f"/staff/reception/{ITEM}"
    await clerk.text(page)
    refused = await clerk.post(page, **APPLICANT, outcome="accept")
    assert refused.status == 400
    told = await refused.text()
    assert "还缺少：居民身份证申领登记表（补领）" in told
    assert "11010519491231002X" in told, "what was typed stays"
    number = await taken_in(clerk, "correct", "", amend_until="2027-12-31")
    case = await Case.get(number=number)
    assert (case.status, case.told["missing"]) == ("correction", ["居民身份证申领登记表（补领）"])
    receipt = await clerk.text(f"/staff/cases/{number}/receipt")
    assert "补正告知书" in receipt
    await clerk.text(f"/staff/cases/{number}/materials")
    await clerk.done(f"/staff/cases/{number}/materials", **{"received-0": "1", "scan-0": ("a.png", PNG)})
    assert (await Case.get(number=number)).status == "received"
    page = await clerk.text(f"/staff/cases/{number}")
    assert "a.png" in page


async def test_a_refusal_needs_its_reason(desk: County, enter: Enter) -> None:
    clerk = await enter("clerk")
    before = await Case.all().count()
    refused = await clerk.post(f"/staff/reception/{ITEM}", **APPLICANT, outcome="refuse")
    assert refused.status == 400
    assert "请填写理由" in await refused.text()
    assert await Case.all().count() == before, "nothing is left behind"
    number = await taken_in(clerk, "refuse", "", reason="不属于本机关职权")
    assert "不属于本机关职权" in await clerk.text(f"/staff/cases/{number}/receipt")


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("id_number", "110105194912310021", "身份证号码不正确"),
        ("name", "", "请填写申请人姓名"),
        ("mobile", "138 0013 8000 转", "手机号不正确"),
        ("copies-0", "x", "请填写整数"),
    ],
)
async def test_slips_are_told_and_nothing_is_lost(enter: Enter, field: str, value: str, told: str) -> None:
    clerk = await enter("clerk")
    fields = APPLICANT | {"outcome": "receive", field: value}
    answer = await clerk.post(f"/staff/reception/{ITEM}", **fields)
    assert answer.status == 400
    page = await answer.text()
    assert told in page
    assert "138 0013 8000" in page


async def test_an_old_persons_number_is_taken_though_its_county_is_younger(enter: Enter) -> None:
    """Numbers were first given out in the 1980s, with codes that no county had when old people were born."""
    clerk = await enter("clerk")
    number = await taken_in(clerk, id_number=OLD_NUMBER)
    assert (await Case.get(number=number)).id_number == OLD_NUMBER


async def test_of_two_at_once_one_wins_and_the_other_is_told(desk: County, enter: Enter) -> None:
    first, second = await enter("clerk"), await enter("head")
    number = desk.number(Status.RECEIVED)
    case = await Case.get(number=number)
    assert await first.done(f"/staff/cases/{number}/move/accepted", seq=case.seq)
    answer = await second.post(f"/staff/cases/{number}/move/not_accepted", seq=case.seq, reason="晚了")
    assert answer.status == 409
    assert "刚刚被他人更新" in await answer.text()
    assert (await Case.get(number=number)).status == "accepted"


async def test_a_step_is_taken_back_as_a_new_event(desk: County, enter: Enter) -> None:
    clerk, head = await enter("clerk"), await enter("head")
    number = await taken_in(clerk)
    at = f"/staff/cases/{number}"
    accepted = await Case.get(number=number)
    assert accepted.due_at is not None
    assert (await clerk.post(f"{at}/undo", seq=accepted.seq)).status == 400, "no reason"
    await clerk.done(f"{at}/undo", seq=accepted.seq, reason="受理错了事项")
    case = await Case.get(number=number)
    assert (case.status, case.accepted_at, case.due_at, case.seq) == ("received", None, None, 3)
    assert (await head.post(f"{at}/undo", seq=case.seq, reason="x")).status == 400, "an undoing is no step"
    await clerk.done(f"{at}/move/accepted", seq=case.seq)
    history = await desk.house.cases.history(number)
    assert [event.kind for event in history] == ["opened", "moved", "undone", "moved"]


async def test_only_who_is_accountable_changes_a_case_under_way(desk: County, enter: Enter) -> None:
    clerk, handler, head = [await enter(login) for login in ("clerk", "handler", "head")]
    number = await taken_in(clerk)
    at = f"/staff/cases/{number}"
    case = await Case.get(number=number)
    answer = await handler.post(f"{at}/move/reviewing", seq=case.seq)
    assert (answer.status, "请先承办" in await answer.text()) == (400, True)
    await head.done(f"{at}/take", to="head")
    case = await Case.get(number=number)
    answer = await handler.post(f"{at}/move/reviewing", seq=case.seq)
    assert (answer.status, "由 head 承办" in await answer.text()) == (400, True)
    assert (await handler.post(f"{at}/take")).status == 400
    assert (await clerk.post(f"{at}/take", to="handler")).status == 400, "a clerk hands nothing over"
    assert (await clerk.post(f"{at}/move/draft", seq=case.seq)).status == 404
    await head.done(f"{at}/take", to="handler", reason="请办理")
    case = await Case.get(number=number)
    await handler.done(f"{at}/move/reviewing", seq=case.seq)
    assert (await head.post(f"{at}/take", to="clerk")).status == 400, "a clerk handles nothing"


async def test_a_person_of_one_department_sees_only_its_cases(desk: County, enter: Enter) -> None:
    mine = await Case.filter(department="示例县公安局").exclude(status="draft").first()
    other = await Case.exclude(department="示例县公安局").exclude(status="draft").first()
    assert mine and other
    await desk.house.accounts.change("handler", Post.HANDLER, "示例县公安局", "", "tests")
    handler = await enter("handler")
    assert (await handler.get(f"/staff/cases/{mine.number}")).status == 200
    assert (await handler.get(f"/staff/cases/{other.number}")).status == 404
    for tab in ("waiting", "running", "done"):
        page = await handler.text(f"/staff/work?tab={tab}")
        assert "示例县市场监督管理局" not in page
    assert other.number not in (await handler.text(f"/staff/work?q={other.applicant_name}")).replace(" ", "")
    assert (await handler.post(f"/staff/cases/{other.number}/take")).status == 404


CHANGES: dict[str, dict[str, object]] = {
    "opinion": {"decision": "granted", "reason": "x"},
    "ready": {"collect": "x"},
    "undo": {"reason": "x"},
    "extend": {"workdays": "1", "reason": "x"},
    "move/accepted": {},
    "files": {"file": ("scan.png", PNG)},
    "take": {},
}


@pytest.mark.parametrize("what", CHANGES)
async def test_a_case_of_another_department_and_a_draft_are_not_there_to_be_changed(
    desk: County, enter: Enter, what: str
) -> None:
    other = await Case.exclude(department="示例县公安局").exclude(status="draft").first()
    draft = await Case.filter(department="示例县公安局").first()
    assert other and draft
    await Case.filter(id=draft.id).update(status="draft")
    head = await enter("head")
    await desk.house.accounts.change("head", Post.HEAD, "示例县公安局", "", "tests")
    head = await enter("head")
    events, notes = await CaseEvent.all().count(), await AuditRecord.all().count()
    for number in (other.number, draft.number, "261123000018"):
        answer = await head.post(f"/staff/cases/{number}/{what}", **CHANGES[what])
        assert answer.status == 404, number
    assert (await CaseEvent.all().count(), await AuditRecord.all().count()) == (events, notes)


async def test_a_change_is_no_look_and_a_refused_step_that_shows_the_case_is_one(desk: County, enter: Enter) -> None:
    clerk, case = await enter("clerk"), await Case.filter(status="received").first()
    assert case
    number, sequence = case.number, {"seq": case.seq}
    assert (await clerk.post(f"/staff/cases/{number}/move/correction", **sequence)).status == 400
    looked = AuditRecord.filter(subject=number, action="looked at a case")
    assert await looked.count() == 1
    assert (await clerk.post(f"/staff/cases/{number}/move/accepted", **sequence)).status == 303
    assert await looked.count() == 1


async def test_every_look_at_a_case_is_noted_and_the_id_number_is_shown_on_demand(desk: County, enter: Enter) -> None:
    clerk, supervisor = await enter("clerk"), await enter("supervisor")
    number = await taken_in(clerk)
    await AuditRecord.all().delete()
    page = await supervisor.text(f"/staff/cases/{number}")
    assert "110***********002X" in page
    assert "11010519491231002X" not in page
    whole = await supervisor.post(f"/staff/cases/{number}/id")
    assert "11010519491231002X" in await whole.text()
    noted = [(row.actor, row.action) for row in await AuditRecord.filter(subject=number).order_by("id")]
    assert ("supervisor", "looked at a case") in noted
    assert ("supervisor", "looked at an ID number") in noted
