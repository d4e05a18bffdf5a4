"""What of messages is forgotten: of a person who is erased, after a while, and of whom a demonstration made up."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.codes import Status
from core.errors import BadRequest
from core.local_time import now
from core.models import Case, DeskTask, Message, Notification, Revision, Subscription
from core.notify.consent import about_case
from core.notify.forgetting import redact, stop_applicants_messages
from gateway.house import DEMONSTRATION
from tests.core.notify.conftest import NUMBER, Centre


async def test_who_is_erased_is_erased_from_what_was_sent_too(open_centre: Centre) -> None:
    id_number = "11010519491231002X"
    case = await open_centre.opened(id_number=id_number)
    await open_centre.house.consent.follow(about_case(case.id), "channels.twilio_sms", "+8613911110000", "zh", "sms")
    case = await open_centre.moved(case, Status.NOT_ACCEPTED)
    await open_centre.house.consent.opt_out(NUMBER, "sms")
    await open_centre.send()
    for told in await Notification.filter(recipient=about_case(case.id)):
        await DeskTask.create(notification_id=told.id, at=now(), remark="打到他的另一个号码13911112222")
    held = await open_centre.house.persons.held(id_number, "supervisor")
    assert {one["remark"] for one in held.cases[0]["told_by_the_desk"]} == {"打到他的另一个号码13911112222"}
    assert [one["address"] for one in held.cases[0]["opted_out"]] == [NUMBER]
    assert {one["address"] for one in held.cases[0]["messages"]} == {NUMBER, "+8613911110000"}
    assert [one["address"] for one in held.cases[0]["followed_by"]] == ["+8613911110000"]
    await Case.filter(id=case.id).update(status="delivered", completed_at=now() - timedelta(days=4000))
    await open_centre.house.persons.erase(id_number, "admin", "本人申请")
    for message in await open_centre.messages():
        assert (message.text, message.address) == ("", "")
        assert (message.notification.facts, message.notification.route) == ({}, [])
        assert message.state in ("accepted", "failed")
    assert await Subscription.all().count() == 0
    assert {task.remark for task in await DeskTask.all()} == {""}
    assert not [one for one in await open_centre.notifications() if "139111" in one.recipient]


async def test_words_are_blanked_after_a_while_and_states_stay(open_centre: Centre) -> None:
    await open_centre.opened()
    await open_centre.send()
    assert await redact(now() - timedelta(days=1)) == 0
    assert await redact(now() + timedelta(seconds=1)) == 1
    message = (await open_centre.messages())[-1]
    assert (message.text, message.state, message.notification.facts) == ("", "accepted", {})


async def test_what_waits_for_an_applicants_telephone_is_stopped_and_nothing_else(open_centre: Centre) -> None:
    house = open_centre.house
    case = await open_centre.opened()
    await house.consent.follow(about_case(case.id), "channels.twilio_sms", "+8613911110000", "zh", "sms")
    await open_centre.moved(case, Status.ACCEPTED)
    assert await stop_applicants_messages() == 2
    await open_centre.send()
    assert [one.to for one in open_centre.provider.took] == ["+8613911110000"]
    assert await Message.filter(address=NUMBER, state="expired").count() == 2
    assert await stop_applicants_messages() == 0


async def test_what_was_stopped_does_not_climb_on_to_another_made_up_number(open_centre: Centre) -> None:
    await open_centre.opened()
    open_centre.house.outbox.spares_applicants = True
    await stop_applicants_messages()
    await open_centre.climb(now() + timedelta(days=3))
    await open_centre.send()
    assert open_centre.provider.took == []
    assert await Message.filter(state__in=["queued", "deferred"]).count() == 0


async def test_what_failed_for_a_made_up_number_is_not_sent_again_by_hand(open_centre: Centre) -> None:
    house = open_centre.house
    await open_centre.opened()
    [message] = await open_centre.messages()
    await Message.filter(id=message.id).update(state="failed", is_dead=True)
    house.outbox.spares_applicants = True
    with pytest.raises(BadRequest):
        await house.resending.send_again([message.id], "admin")
    house.outbox.spares_applicants = False
    assert await house.resending.send_again([message.id], "admin") == 1


async def test_a_program_that_begins_over_real_data_stops_nothing(open_centre: Centre) -> None:
    await open_centre.opened()
    await open_centre.house.begin_sending()
    assert await Message.filter(state__in=["queued", "deferred"]).count() == 1
    await open_centre.send()
    assert [one.to for one in open_centre.provider.took] == [NUMBER]


async def test_a_program_that_begins_over_a_demonstration_stops_what_waits(open_centre: Centre) -> None:
    await open_centre.opened()
    await Revision.create(name=DEMONSTRATION, value=1)
    await open_centre.house.learn_demonstration()
    await open_centre.house.begin_sending()
    await open_centre.send()
    assert open_centre.provider.took == []
