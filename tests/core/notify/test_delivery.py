"""Sending through a real connection: what becomes of each message, what is tried again, and what never is."""

from __future__ import annotations

from datetime import timedelta

import pytest
from aiohttp import ClientTimeout

from core.codes import Status
from core.errors import BadRequest, NotFound
from core.local_time import local, now
from core.models import DeskTask, Message, MessageEvent, Notification, OptOut
from core.notify.queue import LEASE
from core.notify.records import MessageFilter
from core.notify.states import State
from core.ports import Receipt
from gateway.demo.stand_ins.twilio_orders import Fate
from tests.core.notify.conftest import NUMBER, Centre

S = Status


async def only(centre: Centre) -> Message:
    return (await centre.messages())[-1]


async def heard(centre: Centre, *states: State) -> None:
    message = await only(centre)
    for state in states:
        await centre.house.receipts.take(Receipt(message.id, state, state))


async def again_now() -> None:
    await Message.all().update(due_at=now())


async def test_what_the_provider_takes_is_accepted_and_no_more(open_centre: Centre) -> None:
    await open_centre.opened()
    await open_centre.send()
    message = await only(open_centre)
    assert message.state == "accepted"
    assert message.provider_id == open_centre.provider.took[0].sid
    assert message.notification.state == "open"
    assert open_centre.provider.took[0].callback.endswith(f"/channels/twilio/status?message={message.id}")


async def test_a_receipt_of_the_handset_is_the_proof_that_ends_the_ladder(open_centre: Centre) -> None:
    await open_centre.opened()
    await open_centre.send()
    await heard(open_centre, State.SENT)
    assert (await only(open_centre)).notification.state == "open"
    await heard(open_centre, State.DELIVERED, State.SENT, State.DELIVERED)
    message = await only(open_centre)
    assert (message.state, message.notification.state) == ("delivered", "told")
    assert await MessageEvent.filter(message_id=message.id, source="receipt").count() == 4


@pytest.mark.parametrize("how", ["slow", "cut after", "garbage", "500"])
async def test_a_send_without_a_clear_answer_is_unknown_and_never_sent_again(open_centre: Centre, how: str) -> None:
    open_centre.provider.behaves = lambda _n, _to: how
    await open_centre.opened()
    if how == "slow":  # longer than is waited for
        open_centre.provider.slow_s = 1.5
        open_centre.channels["channels.twilio_sms"]._rest._client._session._timeout = ClientTimeout(0.3)
    await open_centre.send()
    assert (await only(open_centre)).state == "unknown"
    open_centre.provider.behaves = lambda _n, _to: "ok"
    await again_now()
    await open_centre.send()
    assert open_centre.provider.asked == 1


async def test_a_receipt_settles_what_was_unknown(open_centre: Centre) -> None:
    open_centre.provider.behaves = lambda _n, _to: "cut after"
    await open_centre.opened()
    await open_centre.send()
    await heard(open_centre, State.DELIVERED)
    assert (await only(open_centre)).notification.state == "told"


async def test_the_providers_own_record_settles_what_was_unknown(open_centre: Centre) -> None:
    open_centre.provider.behaves = lambda _n, _to: "cut after"
    open_centre.provider.fate = lambda _to: Fate(("sent",))
    await open_centre.opened()
    await open_centre.send()
    sweeper = open_centre.worker._sweeper
    assert await sweeper.ask_records() == 0  # the answer may still be under way
    assert await sweeper.ask_records(now() + timedelta(minutes=3)) == 1
    message = await only(open_centre)
    assert (message.state, message.provider_id) == ("sent", open_centre.provider.took[0].sid)


async def test_a_record_that_knows_nothing_settles_nothing(open_centre: Centre) -> None:
    open_centre.provider.behaves = lambda _n, _to: "cut before"
    await open_centre.opened()
    await open_centre.send()
    assert await open_centre.worker._sweeper.ask_records(now() + timedelta(minutes=3)) == 0
    assert (await only(open_centre)).state == "unknown"


async def test_what_the_provider_has_no_time_for_is_sent_later(open_centre: Centre) -> None:
    open_centre.provider.behaves = lambda n, _to: "429" if n == 1 else "ok"
    await open_centre.opened()
    await open_centre.send()
    message = await only(open_centre)
    assert (message.state, message.reason, message.attempts) == ("deferred", "throttled", 1)
    assert local(message.due_at) >= now() + timedelta(milliseconds=500)
    open_centre.worker._lanes[0]._rest_until = 0
    await again_now()
    await open_centre.send()
    assert ((await only(open_centre)).state, open_centre.provider.times()[(NUMBER, message.text)]) == ("accepted", 1)


async def test_what_never_got_out_is_given_up_when_it_is_too_old_and_waits_for_somebody_to_look(
    open_centre: Centre,
) -> None:
    await open_centre.provider.stop()
    await open_centre.opened()
    await open_centre.send()
    assert ((await only(open_centre)).state, (await only(open_centre)).reason) == ("deferred", "unreachable")
    await Message.all().update(due_at=now(), expires_at=now() + timedelta(seconds=1))
    await open_centre.send()
    message = await only(open_centre)
    assert (message.state, message.is_dead) == ("expired", True)
    assert await open_centre.house.records.dead() == 1


@pytest.mark.parametrize(("how", "reason"), [("invalid", "invalid"), ("refused", "rejected")])
async def test_what_is_refused_for_good_climbs_at_once(open_centre: Centre, how: str, reason: str) -> None:
    open_centre.provider.behaves = lambda n, _to: how if n == 1 else "ok"
    await open_centre.opened()
    await open_centre.send()
    assert ((await only(open_centre)).state, (await only(open_centre)).reason) == ("failed", reason)
    await open_centre.climb()
    assert ((await only(open_centre)).kind, (await only(open_centre)).state) == ("voice", "queued")


async def test_dead_letters_are_sent_again_by_hand_one_or_many(open_centre: Centre) -> None:
    open_centre.provider.behaves = lambda n, _to: "refused" if n == 1 else "ok"
    await open_centre.opened()
    await open_centre.send()
    [dead] = await open_centre.house.records.found(MessageFilter(dead=True))
    assert await open_centre.house.resending.send_again([dead.id], "admin") == 1
    await open_centre.send()
    message = await Message.get(id=dead.id)
    assert (message.state, message.is_dead) == ("accepted", False)
    with pytest.raises(BadRequest):
        await open_centre.house.resending.send_again([dead.id], "admin")


async def test_by_hand_neither_is_sent_what_may_have_arrived(open_centre: Centre) -> None:
    open_centre.provider.behaves = lambda _n, _to: "cut after"
    await open_centre.opened()
    await open_centre.send()
    message = await only(open_centre)
    with pytest.raises(BadRequest):
        await open_centre.house.resending.send_again([message.id], "admin")


async def test_a_worker_that_does_not_come_back_leaves_an_unknown(open_centre: Centre) -> None:
    await open_centre.opened()
    queue = open_centre.worker._lanes[0]._queue
    assert len(await queue.take("channels.twilio_sms", 10, now())) == 1
    sweeper = open_centre.worker._sweeper
    assert await sweeper.sweep() == 0
    assert await sweeper.sweep(now() + LEASE + timedelta(seconds=1)) == 1
    assert (await only(open_centre)).state == "unknown"


async def test_nobody_waits_for_a_proof_for_ever(open_centre: Centre) -> None:
    """SMS without a receipt, a call that a machine takes, and then somebody of the centre."""
    case = await open_centre.opened()
    await open_centre.moved(case, S.CORRECTION)
    await open_centre.send()
    correction = await Notification.get(kind="correction")

    async def of() -> list[tuple[str, str]]:
        return [(m.kind, m.state) for m in await Message.filter(notification_id=correction.id).order_by("id")]

    await open_centre.climb(now() + timedelta(minutes=29))
    assert await of() == [("text", "accepted")]
    await open_centre.climb(now() + timedelta(minutes=31))
    assert await of() == [("text", "accepted"), ("voice", "queued")]
    await open_centre.send()
    call = await Message.filter(notification_id=correction.id, kind="voice").first()
    assert call is not None
    await open_centre.house.receipts.take(Receipt(call.id, State.DELIVERED, "heard", heard_by="machine"))
    await open_centre.climb(now() + timedelta(minutes=60))
    assert await DeskTask.filter(notification_id=correction.id).count() == 1
    # And then the handset was switched on after all.
    text = await Message.filter(notification_id=correction.id, kind="text").first()
    assert text is not None
    await open_centre.house.receipts.take(Receipt(text.id, State.DELIVERED, "delivered"))
    await correction.refresh_from_db()
    assert correction.state == "told"
    [task] = await DeskTask.all()
    assert task.outcome == "spared"


async def test_a_late_proof_stops_what_still_waits(open_centre: Centre) -> None:
    await open_centre.opened()
    await open_centre.send()
    await open_centre.climb(now() + timedelta(minutes=31))
    text, call = await open_centre.messages()
    await open_centre.house.receipts.take(Receipt(text.id, State.DELIVERED, "delivered"))
    await call.refresh_from_db()
    assert (call.state, call.reason) == ("expired", "told")
    await open_centre.send()
    assert [one.to for one in open_centre.provider.took] == [NUMBER]


async def test_who_told_the_carrier_to_stop_is_not_called_instead(open_centre: Centre) -> None:
    open_centre.provider.behaves = lambda _n, _to: "stopped"
    case = await open_centre.opened()
    await open_centre.send()
    assert await OptOut.filter(address=NUMBER, kind="text").count() == 1
    await open_centre.climb()
    assert (await open_centre.notifications())[0].state == "stopped"
    await open_centre.moved(case, S.CORRECTION)  # the law has it told
    await open_centre.send()
    await open_centre.climb()
    assert [one.kind for one in await open_centre.messages()] == ["text", "text", "voice"]


async def test_receipts_for_nobody_are_not_kept(open_centre: Centre) -> None:
    with pytest.raises(NotFound):
        await open_centre.house.receipts.take(Receipt(999, State.DELIVERED, "delivered"))


async def test_evidence_tells_the_whole_trail_and_no_number(open_centre: Centre) -> None:
    await open_centre.opened()
    await open_centre.send()
    await heard(open_centre, State.SENT, State.DELIVERED)
    message = await only(open_centre)
    evidence = await open_centre.house.records.evidence(message.id)
    [sending] = evidence.sendings
    assert sending.address == "+86138****5678"
    assert [(one.source, one.state) for one in sending.heard] == [
        ("answer", "accepted"),
        ("receipt", "sent"),
        ("receipt", "delivered"),
    ]
    assert (sending.template, sending.template_version) == ("received/text/zh", 0)
    assert "13800005678" not in str(evidence)


async def test_what_waits_is_counted_by_channel(open_centre: Centre) -> None:
    await open_centre.opened()
    await open_centre.opened(mobile="0312-7654321")
    assert await open_centre.house.records.waiting() == {"channels.twilio_sms": 1, "channels.twilio_voice": 1}
    await open_centre.send()
    assert await open_centre.house.records.waiting() == {}


async def test_the_record_of_an_earlier_message_with_the_same_words_settles_nothing(open_centre: Centre) -> None:
    await open_centre.opened()
    await open_centre.send()
    first = await only(open_centre)
    open_centre.provider.behaves = lambda _n, _to: "cut before"
    await open_centre.opened()
    second = await only(open_centre)
    await Message.filter(id=second.id).update(text=first.text)
    await open_centre.send()
    assert await open_centre.worker._sweeper.ask_records(now() + timedelta(minutes=3)) == 0
    assert (await only(open_centre)).state == "unknown"
