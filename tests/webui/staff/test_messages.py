"""The desk sees what was sent and proves it, changes the words, announces, and tells whom no channel reached."""

from __future__ import annotations

import json
import re

import pytest

from core.codes import Status
from core.models import AuditRecord, Case, Department, Message, StaffMember, Subscription
from core.notify.states import State
from core.ports import Receipt
from gateway.settings import NotifySection
from tests.channels.twilio import SECTION
from tests.county import County
from tests.webui.staff.conftest import PLENTY, Enter
from tests.webui.staff.test_whole_case import APPLICANT, taken_in
from tests.webui.staff.test_writes import waits_for_somebody

READY = "/staff/content/templates/ready/text/zh"


@pytest.fixture
def given() -> dict[str, object]:
    return {"limits": PLENTY, "channels": {"twilio_sms": SECTION}, "notify": NotifySection(worker=False)}


async def sent(desk: County, enter: Enter) -> tuple[str, Message]:
    """A case taken in at the desk, and the message that went out for it."""
    number = await taken_in(await enter("clerk"))
    message = await Message.filter(notification__case__number=number).order_by("id").first()
    assert message is not None
    await desk.house.receipts.take(Receipt(message.id, State.DELIVERED, "delivered", "SM1"))
    return number, message


async def test_what_was_sent_is_found_by_case_and_proven(desk: County, enter: Enter) -> None:
    number, message = await sent(desk, enter)
    clerk = await enter("clerk")
    page = await clerk.text(f"/staff/messages?number={number}&state=delivered")
    assert f"/staff/messages/{message.id}" in page
    assert APPLICANT["mobile"] not in page
    proof = await clerk.text(f"/staff/messages/{message.id}")
    for part in ("SM1", "回执", "服务商", "/text/zh", number):
        assert part in proof
    assert APPLICANT["mobile"] not in proof
    file = json.loads(await (await clerk.get(f"/staff/messages/{message.id}?as=json")).read())
    assert file["state"] == "told"
    assert await AuditRecord.filter(action="looked at evidence", subject=number).count() == 2


async def test_another_departments_messages_are_not_there(desk: County, enter: Enter) -> None:
    _, message = await sent(desk, enter)
    other = await Department.get(name="示例县市场监督管理局")
    await StaffMember.filter(login="handler").update(department_id=other.id)
    handler = await enter("handler")
    assert (await handler.get(f"/staff/messages/{message.id}")).status == 404
    assert f"/staff/messages/{message.id}" not in await handler.text("/staff/messages")


async def test_words_are_tried_before_they_count_and_refused_with_the_reason(desk: County, enter: Enter) -> None:
    editor = await enter("editor")
    assert "出厂版" in await editor.text("/staff/content/templates")
    tried = await (await editor.post(READY, what="try", text="请来领{item}[，{collect}]")).text()
    assert "【示例政务】请来领食品经营许可，3号窗口，凭身份证领取" in tried
    assert "短信条数：1" in tried
    assert (await desk.house.templates.in_force("ready", "text", "zh")).version == 0
    for text, why in (("{nobody}", "nobody"), ("[{item}", "括号"), ("", "字")):
        answer = await editor.post(READY, what="save", text=text)
        assert answer.status == 400
        assert why in await answer.text()
    assert await editor.done(READY, what="save", text="请来领{item}") == READY
    assert "第1版" in await editor.text(READY)
    assert (await editor.get("/staff/content/templates/ready/pigeon/zh")).status == 404


async def test_an_announcement_is_counted_and_released_by_somebody_else(desk: County, enter: Enter) -> None:
    await desk.house.consent.follow("all", "channels.twilio_sms", "+8613800002222", "zh", "sms")
    editor, head = await enter("editor"), await enter("head")
    await editor.done("/staff/content/announcements", title="停水", text_zh="明天停水")
    page = await editor.text("/staff/content/announcements")
    count = re.search(r"count=(\d+)", page)
    assert count is not None
    assert "1人，1条消息" in await editor.text(f"/staff/content/announcements?count={count[1]}")
    assert (await editor.post("/staff/announcements", id=count[1], what="release")).status == 404
    assert await head.done("/staff/announcements", id=count[1], what="release") == "/staff/announcements"
    assert "停水" in await head.text("/staff/announcements")


async def test_opting_out_at_the_desk_counts_at_once(desk: County, enter: Enter) -> None:
    clerk = await enter("clerk")
    assert await clerk.done("/staff/consent", what="out", number=APPLICANT["mobile"]) == "/staff/consent"
    page = await clerk.text("/staff/consent")
    assert APPLICANT["mobile"] not in page
    number = await taken_in(clerk)
    assert await Message.filter(notification__case__number=number).count() == 0
    assert (await clerk.post("/staff/consent", what="out", number="12")).status == 400
    await clerk.done("/staff/consent", what="out", number="wang@example.com", kind="mail")
    assert "w***@example.com" in await clerk.text("/staff/consent")


async def test_a_further_telephone_is_told_of_a_case_for_who_asks_at_the_desk(desk: County, enter: Enter) -> None:
    clerk = await enter("clerk")
    number = await taken_in(clerk)
    assert f"/staff/messages?number={number}" in await clerk.text(f"/staff/cases/{number}")
    asked = {"case": number, "number": "139 0000 3333"}
    await clerk.done("/staff/consent", what="follow", **asked)
    assert await Subscription.filter(address="+8613900003333").count() == 1
    await clerk.done("/staff/consent", what="unfollow", **asked)
    assert await Subscription.all().count() == 0
    assert (await clerk.post("/staff/consent", what="follow", case=number, number="0312-1234567")).status == 400
    assert (await clerk.post("/staff/consent", what="follow", case="1", number="13900003333")).status == 404


async def test_whom_nothing_reached_somebody_tells_and_says_how_it_went(desk: County, enter: Enter) -> None:
    case = await Case.get(number=desk.number(Status.CORRECTION))
    await waits_for_somebody(case)
    clerk = await enter("clerk")
    page = await clerk.text("/staff/tasks")
    assert "一次性告知补正" in page
    task = re.search(r'name="task" value="(\d+)"', page)
    assert task is not None
    assert (await clerk.post("/staff/tasks", task=task[1], outcome="not_reached")).status == 400
    await clerk.done("/staff/tasks", task=task[1], outcome="reached")
    assert "没有要告知的" in await clerk.text("/staff/tasks")
    assert (await clerk.post("/staff/tasks", task=task[1], outcome="reached")).status == 409


async def test_dead_letters_go_out_again_and_the_administrator_sees_no_case(desk: County, enter: Enter) -> None:
    case = await Case.get(number=desk.number(Status.CORRECTION))
    await waits_for_somebody(case)
    dead = await Message.get(is_dead=True)
    admin = await enter("admin")
    page = await admin.text("/staff/dead")
    assert case.number not in page
    assert "渠道设置有误" in page
    assert (await admin.post("/staff/dead")).status == 400
    assert "已重新排队：1" in await (await admin.post("/staff/dead", message=dead.id)).text()
    await dead.refresh_from_db()
    assert not dead.is_dead
    assert (await admin.get(f"/staff/messages/{dead.id}")).status == 404
