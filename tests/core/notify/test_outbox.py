"""A case event and what it has to tell are written together, once, and in words that say what the query layer says."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.codes import Status
from core.database import transaction
from core.local_time import now
from core.models import Case, CaseEvent, DeskTask, Message
from core.new_case import NewCase
from core.notify.consent import about_case
from core.notify.matters import purpose
from core.notify.outbox import Matter
from core.notify.recipients import Recipient
from core.transitions import Role
from tests.core.case_steps import actor
from tests.core.notify.conftest import CLERK, NUMBER, Centre

S = Status
SMS = "channels.twilio_sms"
KINDS = {
    S.RECEIVED: "received",
    S.CORRECTION: "correction",
    S.NOT_ACCEPTED: "not_accepted",
    S.ACCEPTED: "accepted",
    S.SPECIAL: "paused",
    S.DECIDED: "decided",
    S.COMPLETED: "completed",
    S.DELIVERED: "delivered",
    S.WITHDRAWN: "ended",
}


async def kinds(centre: Centre) -> list[str]:
    return [one.kind for one in await centre.notifications()]


async def test_receiving_a_case_tells_its_applicant(open_centre: Centre) -> None:
    case = await open_centre.opened()
    [message] = await open_centre.messages()
    assert message.address == NUMBER
    assert message.text.startswith("【示例政务】您的“身份证补领”已收件")
    number = f"{case.number[:4]} {case.number[4:8]} {case.number[8:]}"
    assert number in message.text
    assert "/q/" in message.text
    assert message.text.endswith("退订回TD")
    assert (message.state, message.template, message.template_version) == ("queued", "received/text/zh", 0)


@pytest.mark.parametrize(
    ("way", "told"),
    [
        (
            (S.ACCEPTED, S.REVIEWING, S.DECIDED, S.COMPLETED, S.DELIVERED),
            ["accepted", "decided", "completed", "delivered", "rating"],
        ),
        ((S.CORRECTION, S.RECEIVED, S.NOT_ACCEPTED), ["correction", "received", "not_accepted"]),
        ((S.ACCEPTED, S.REVIEWING, S.SPECIAL, S.REVIEWING), ["accepted", "paused", "resumed"]),
        ((S.ACCEPTED, S.WITHDRAWN), ["accepted", "ended"]),
    ],
)
async def test_each_change_is_told_as_what_it_is(open_centre: Centre, way: tuple[Status, ...], told: list[str]) -> None:
    await open_centre.led(await open_centre.opened(), *way)
    assert await kinds(open_centre) == ["received", *told]


async def test_a_correction_brings_the_complete_list_and_the_last_day(open_centre: Centre) -> None:
    case = await open_centre.moved(await open_centre.opened(), S.CORRECTION, missing=["照片", "户口簿", "委托书"])
    message = (await open_centre.messages())[-1]
    assert "照片、户口簿、委托书" in message.text
    assert "前" in message.text
    assert "退订" not in message.text
    assert message.purpose == "statutory"
    assert case.status == S.CORRECTION


async def test_a_due_date_that_moved_is_told_with_the_reason(open_centre: Centre) -> None:
    case = await open_centre.led(await open_centre.opened(), S.ACCEPTED)
    await open_centre.house.cases.extend(case.number, 5, actor(Role.HEAD), reason="需要现场核查")
    message = (await open_centre.messages())[-1]
    assert message.notification.kind == "due_changed"
    assert "需要现场核查" in message.text


async def test_what_the_desk_notes_for_itself_is_not_told(open_centre: Centre) -> None:
    case = await open_centre.opened()
    for step in (S.ACCEPTED, S.REVIEWING, S.DECIDED, S.COMPLETED):
        case = await open_centre.moved(case, step, reason="领导已阅，速办")
    assert not [one.text for one in await open_centre.messages() if "速办" in one.text]


async def test_a_clock_that_runs_again_is_told_with_the_reason(open_centre: Centre) -> None:
    case = await open_centre.led(await open_centre.opened(), S.ACCEPTED, S.REVIEWING, S.SPECIAL)
    await open_centre.moved(case, S.REVIEWING, reason="检测报告已出")
    message = (await open_centre.messages())[-1]
    assert message.notification.kind == "resumed"
    assert "检测报告已出" in message.text


async def test_a_calendar_published_since_is_told_as_service_and_an_extension_as_the_law_has_it(
    open_centre: Centre,
) -> None:
    case = await open_centre.led(await open_centre.opened(), S.ACCEPTED)
    await Case.filter(id=case.id).update(due_at=now() + timedelta(days=90), due_provisional=True)
    await open_centre.house.cases.reschedule(actor(Role.SYSTEM))
    await open_centre.house.cases.extend(case.number, 5, actor(Role.HEAD), reason="案情复杂")
    told = [(one.kind, one.purpose) for one in await open_centre.notifications()][-2:]
    assert told == [("due_changed", "service"), ("due_changed", "statutory")]


async def test_a_result_that_can_be_collected_is_told(open_centre: Centre) -> None:
    case = await open_centre.led(await open_centre.opened(), S.ACCEPTED, S.REVIEWING, S.DECIDED, S.COMPLETED)
    await open_centre.house.cases.make_ready(case.number, "2号窗口", CLERK)
    message = (await open_centre.messages())[-1]
    assert message.notification.kind == "ready"
    assert "2号窗口" in message.text


async def test_an_event_reported_twice_is_told_once(open_centre: Centre) -> None:
    case = await open_centre.opened()
    for _ in range(3):
        await open_centre.house.cases.sync(case.number, S.ACCEPTED, actor(Role.SYSTEM), now(), {})
    assert await kinds(open_centre) == ["received", "accepted"]


async def test_what_happened_long_ago_is_no_news(open_centre: Centre) -> None:
    case = await open_centre.opened()
    await open_centre.house.cases.sync(case.number, S.ACCEPTED, actor(Role.SYSTEM), now() - timedelta(days=8), {})
    assert await kinds(open_centre) == ["received"]


async def test_without_the_event_there_is_no_message(open_centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    case = await open_centre.opened()

    async def breaks(*_: object, **__: object) -> None:
        raise RuntimeError("in the middle")

    monkeypatch.setattr(open_centre.house.outbox, "_message_of_step", breaks)
    with pytest.raises(RuntimeError):
        await open_centre.moved(case, S.ACCEPTED)
    assert (await Case.get(id=case.id)).status == S.RECEIVED
    assert await CaseEvent.filter(case_id=case.id).count() == 1
    assert await kinds(open_centre) == ["received"]


async def test_a_step_taken_back_before_anything_left_is_not_told_at_all(open_centre: Centre) -> None:
    case = await open_centre.moved(await open_centre.opened(), S.ACCEPTED)
    await open_centre.house.cases.undo(case.number, actor(Role.HEAD), reason="误操作")
    assert await kinds(open_centre) == ["received", "accepted"]
    assert [(one.state, one.reason) for one in await open_centre.messages()][-1] == ("expired", "undone")
    assert (await open_centre.notifications())[-1].state == "stopped"


async def test_a_step_taken_back_after_it_was_told_is_put_right(open_centre: Centre) -> None:
    case = await open_centre.opened()
    await open_centre.moved(case, S.ACCEPTED)
    await open_centre.send()
    await open_centre.house.cases.undo(case.number, actor(Role.HEAD), reason="误操作")
    message = (await open_centre.messages())[-1]
    assert message.notification.kind == "put_right"
    assert "更正" in message.text
    assert "已收件" in message.text


async def test_whom_nothing_reaches_the_desk_tells_what_the_law_wants_told(open_centre: Centre) -> None:
    case = await open_centre.opened(mobile="")
    await open_centre.moved(case, S.CORRECTION)
    assert await Message.all().count() == 0
    [task] = await DeskTask.all().select_related("notification")
    assert (task.notification.kind, task.department) == ("correction", "公安局")


async def test_a_landline_is_called_and_not_written_to(open_centre: Centre) -> None:
    await open_centre.opened(mobile="0312-7654321")
    [message] = await open_centre.messages()
    assert (message.kind, message.address) == ("voice", "+863127654321")
    assert "http" not in message.text


async def test_a_company_that_follows_by_another_telephone_is_told_beside_the_applicant(open_centre: Centre) -> None:
    case = await open_centre.opened()
    follow = open_centre.house.consent.follow
    await follow(about_case(case.id), "channels.twilio_sms", "+8613900001111", "en", "sms")
    await open_centre.moved(case, S.ACCEPTED)
    told = {one.address: one.text for one in (await open_centre.messages())[1:]}
    assert set(told) == {NUMBER, "+8613900001111"}
    assert told["+8613900001111"].startswith("Service Centre: Your application for")


async def test_a_list_taken_over_tells_nobody(open_centre: Centre) -> None:
    new = NewCase(
        open_centre.version.id, "X" * 31, "张三", S.ACCEPTED, project_no="P1", person={"mobile": "13800005678"}
    )
    await open_centre.house.cases.open_many([new], CLERK)
    assert await kinds(open_centre) == []


async def test_a_step_taken_back_after_somebody_told_it_at_the_desk_is_put_right(open_centre: Centre) -> None:
    case = await open_centre.opened(mobile="")
    await open_centre.moved(case, S.CORRECTION)
    [task] = await DeskTask.all()
    await open_centre.house.tasks.done(task.id, "reached", "", "clerk")
    await open_centre.house.cases.undo(case.number, actor(Role.HEAD), reason="误操作")
    assert [one.kind for one in await open_centre.notifications()] == ["correction", "put_right"]


async def test_what_a_text_message_cant_bear_is_cut_and_the_link_tells_all(open_centre: Centre) -> None:
    case = await open_centre.opened()
    await open_centre.moved(case, S.CORRECTION, reason="因" * 3000, missing=[f"材料{n:03d}的说明" for n in range(300)])
    message = (await open_centre.messages())[-1]
    assert len(message.text) < 1600
    assert "… (300)" in message.text
    assert "/q/" in message.text


async def test_many_who_follow_cost_the_database_as_many_questions_as_two(
    open_centre: Centre, caplog: pytest.LogCaptureFixture
) -> None:
    cases = [await open_centre.opened() for _ in range(2)]
    for case, count in zip(cases, (2, 60), strict=True):
        for n in range(count):
            number = f"+86139{n:08d}"
            await open_centre.house.consent.follow(about_case(case.id), SMS, number, "zh", "test")
    asked = []
    for case in cases:
        with caplog.at_level("DEBUG", "tortoise.db_client"):
            caplog.clear()
            await open_centre.moved(case, S.ACCEPTED)
        asked.append(len(caplog.records))
    few, many = asked
    assert 0 < few <= 20
    assert many == few
    told = [one for one in await open_centre.notifications() if one.kind == "accepted"]
    assert len(told) == 2 + 60 + 2
    assert {one.notification_id for one in await Message.filter(notification__kind="accepted")} == {
        one.id for one in told
    }


async def test_each_follower_is_told_by_the_ways_that_they_did_not_refuse(open_centre: Centre) -> None:
    case = await open_centre.opened()
    consent = open_centre.house.consent
    numbers = [f"+8613900000{n:03d}" for n in range(4)]
    for number in numbers:
        await consent.follow(about_case(case.id), SMS, number, "zh", "test")
    await consent.opt_out(numbers[0], "test")
    await consent.opt_out(numbers[1], "test", kind="text")
    await consent.opt_out(numbers[2], "test", kind="voice")
    await consent.opt_out(numbers[3], "test", purpose="announcement")
    await open_centre.moved(case, S.ACCEPTED)
    told = {one.recipient: one.route for one in await open_centre.notifications() if one.kind == "accepted"}
    ways = {number: [place for place, _ in told.get(f"phone:{number}", [])] for number in numbers}
    assert ways == {
        numbers[0]: [],
        numbers[1]: ["channels.twilio_voice"],
        numbers[2]: [SMS],
        numbers[3]: [SMS, "channels.twilio_voice"],
    }


async def test_who_stands_twice_among_the_recipients_is_told_once_and_nobody_twice_later(open_centre: Centre) -> None:
    outbox = open_centre.house.outbox
    told = Matter("test:1", "alert", purpose("alert"), {"text": "x"})
    second, third, fourth = (f"+861390000000{n}" for n in (2, 3, 4))
    people = [Recipient("a"), Recipient("a", NUMBER), Recipient("b", second), Recipient("a", third)]
    await outbox.ready()
    async with transaction() as connection:
        assert await outbox.write(connection, told, people) == 2
        assert await outbox.write(connection, told, [*people, Recipient("c", fourth)]) == 1
        assert await outbox.write(connection, told, people) == 0
        assert await outbox.write(connection, told, []) == 0
    assert [one.address for one in await open_centre.messages()] == [NUMBER, second, fourth]


async def test_workers_are_woken_once_when_what_they_shall_send_can_be_seen(
    open_centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    house, rung = open_centre.house, []
    case = await open_centre.led(await open_centre.opened(), S.ACCEPTED, S.REVIEWING, S.DECIDED, S.COMPLETED)
    monkeypatch.setattr(house.bell, "ring", lambda: rung.append("rung"))
    async with transaction():
        await open_centre.moved(case, S.DELIVERED)  # told, and invited to rate
        assert rung == []
    assert rung == ["rung"]
    with pytest.raises(ZeroDivisionError):
        async with transaction():
            await open_centre.opened()
            raise ZeroDivisionError
    assert rung == ["rung"]
