"""The queue under many hands: each message once, at the pace that is allowed, whatever the clocks say."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.local_time import now
from core.models import Message, Notification
from core.notify.breaker import FAILURES, FIRST_REST_S, Breaker
from core.notify.lane import LONGEST_WAIT_S, waiting
from core.notify.pace import Pace
from core.notify.queue import LEASE, Outcome, Queue
from core.notify.states import State
from core.ports import Receipt
from tests.core.notify.conftest import Centre

SMS = "channels.twilio_sms"


async def fill(count: int, at: datetime | None = None, **columns: object) -> None:
    at = at or now()
    for n in range(count):
        told = await Notification.create(
            source=f"t:{n}:{at}", recipient="x", kind="announcement", purpose="service", language="zh", at=at
        )
        usual = {"state": "queued", "due_at": at, "expires_at": at + timedelta(days=1)}
        await Message.create(
            notification=told,
            place=SMS,
            kind="text",
            address=f"+86138{n:08d}",
            language="zh",
            purpose="service",
            text=f"{n}",
            template="",
            at=at,
            **usual | columns,
        )


@pytest.fixture
def queue(open_centre: Centre) -> Queue:
    return Queue(open_centre.house.database)


async def test_however_many_take_each_message_is_taken_once(open_centre: Centre, queue: Queue) -> None:
    await fill(60)
    taken = await asyncio.gather(*(queue.take(SMS, 7, now()) for _ in range(12)))
    numbers = [one.id for batch in taken for one in batch]
    while rest := await queue.take(SMS, 7, now()):
        numbers += [one.id for one in rest]
    assert len(numbers) == len(set(numbers)) == 60


async def test_those_that_are_due_longest_go_first(open_centre: Centre, queue: Queue) -> None:
    await fill(5)
    for n, message in enumerate(await Message.all().order_by("id")):
        await Message.filter(id=message.id).update(due_at=now() - timedelta(minutes=n))
    [first] = await queue.take(SMS, 1, now())
    assert first.text == "4"


async def test_a_look_tells_whether_anything_would_be_taken(open_centre: Centre, queue: Queue) -> None:
    at = now()
    assert not await queue.has_any(SMS, at)
    await fill(1)
    assert await queue.has_any(SMS, now())
    assert not await queue.has_any(SMS, at - timedelta(minutes=1))
    assert not await queue.has_any(SMS, now(), urgent_only=True)
    assert not await queue.has_any("bots.telegram", now())
    await Message.all().update(urgent=True, state="deferred")
    assert await queue.has_any(SMS, now(), urgent_only=True)
    assert len(await queue.take(SMS, 10, now(), urgent_only=True)) == 1
    assert not await queue.has_any(SMS, now())


async def test_a_look_tells_whether_a_ladder_waits_to_be_climbed(open_centre: Centre, queue: Queue) -> None:
    await fill(1)
    await Notification.all().update(look_at=None)
    assert not await queue.has_climbers(now())
    await Notification.all().update(look_at=now() + timedelta(minutes=1))
    assert not await queue.has_climbers(now())
    assert await queue.has_climbers(now() + timedelta(minutes=2))
    await Notification.all().update(state="told")
    assert not await queue.has_climbers(now() + timedelta(minutes=2))


async def test_a_pace_holds_over_all_workers(open_centre: Centre, queue: Queue) -> None:
    await fill(40)
    begin, paces = now(), (Pace(SMS, 10.0), Pace("an account with a long address " * 5, 8.0))
    taken = [len(await queue.take(SMS, 100, begin + timedelta(seconds=n / 4), paces)) for n in range(12)]
    assert taken[0] <= 10
    for at, _ in pairwise(range(len(taken) - 3)):
        assert sum(taken[at : at + 4]) <= 8 + 8, taken
    assert sum(taken) <= 8 + 8 * 3


async def test_a_clock_that_jumped_ahead_holds_up_nobody(open_centre: Centre, queue: Queue) -> None:
    await fill(3)
    paces = (Pace(SMS, 1.0),)
    assert len(await queue.take(SMS, 1, now() + timedelta(hours=1), paces)) == 1
    assert len(await queue.take(SMS, 1, now(), paces)) == 1


async def test_a_clock_ahead_makes_doubt_and_the_answer_clears_it(open_centre: Centre, queue: Queue) -> None:
    """Another worker whose clock is wrong takes the lease for run out; the first one's answer still counts."""
    await fill(1)
    [one] = await queue.take(SMS, 1, now())
    await open_centre.worker._sweeper.sweep(now() + LEASE + timedelta(hours=1))
    assert (await Message.get(id=one.id)).state == "unknown"
    await queue.settle([Outcome(one.id, one.notification_id, State.ACCEPTED, now(), provider_id="SM1")])
    assert (await Message.get(id=one.id)).state == "accepted"


async def test_a_receipt_that_is_quicker_than_the_answer_stands(open_centre: Centre, queue: Queue) -> None:
    await fill(1)
    [one] = await queue.take(SMS, 1, now())
    await open_centre.house.receipts.take(Receipt(one.id, State.DELIVERED, "delivered", "SM1"))
    await queue.settle([Outcome(one.id, one.notification_id, State.ACCEPTED, now(), provider_id="SM1")])
    message = await Message.get(id=one.id).select_related("notification")
    assert (message.state, message.notification.state) == ("delivered", "told")


async def test_many_receipts_at_once_are_kept_together_and_each_is_answered(open_centre: Centre, queue: Queue) -> None:
    await fill(50)
    taken = await queue.take(SMS, 50, now())
    heard = [Receipt(one.id, state, state) for one in taken for state in (State.DELIVERED, State.SENT)]
    await asyncio.gather(*(open_centre.house.receipts.take(one) for one in heard))
    assert await Message.filter(state="delivered").count() == 50


# What no column takes: NUL, half of a character, more than it is long.
UNFIT = "no\0 such \ud800number " + "x" * 200


async def test_whatever_a_provider_says_it_keeps_no_other_receipt_from_being_kept(
    open_centre: Centre, queue: Queue
) -> None:
    await fill(2)
    first, second = await queue.take(SMS, 2, now())
    heard = [
        Receipt(first.id, State.FAILED, UNFIT, UNFIT),
        Receipt(second.id, State.DELIVERED, "delivered", "SM2"),
    ]
    await asyncio.gather(*(open_centre.house.receipts.take(one) for one in heard))
    failed, delivered = await Message.all().order_by("id")
    assert (failed.state, delivered.state) == ("failed", "delivered")
    assert failed.detail.startswith("no such number x")
    assert failed.provider_id.startswith("no such number x")
    found = await open_centre.house.receipts.messages_of(SMS, [UNFIT, "SM2", "another"])
    assert {name: one.message_id for name, one in found.items()} == {UNFIT: first.id, "SM2": second.id}


async def test_whatever_a_provider_answers_it_keeps_no_other_message_from_being_written_back(
    open_centre: Centre, queue: Queue
) -> None:
    await fill(2)
    first, second = await queue.take(SMS, 2, now())
    failed = Outcome(first.id, first.notification_id, State.FAILED, now(), "invalid", UNFIT, is_dead=True)
    taken = Outcome(second.id, second.notification_id, State.ACCEPTED, now(), provider_id=UNFIT)
    await queue.settle([failed, taken])
    assert [one.state for one in await Message.all().order_by("id")] == ["failed", "accepted"]


async def test_what_waits_too_long_is_given_up_by_the_sweep(open_centre: Centre) -> None:
    await fill(2, expires_at=now() - timedelta(seconds=1))
    assert await open_centre.worker._sweeper.sweep() == 2
    assert await Message.filter(state="expired", is_dead=True).count() == 2


@given(st.integers(1, 40), st.none() | st.floats(0, 3600))
def test_each_try_waits_longer_and_never_less_than_was_asked(attempts: int, asked: float | None) -> None:
    wait_s = waiting(attempts, asked).total_seconds()
    assert wait_s >= (asked or 0) - 1e-3
    assert wait_s <= max(LONGEST_WAIT_S * 1.2, asked or 0) + 1e-3


def test_a_provider_that_fails_is_left_alone_and_tried_with_one() -> None:
    clock = [0.0]
    breaker = Breaker(lambda: clock[0])
    for _ in range(FAILURES):
        assert breaker.allows(100) == 100
        breaker.failed()
    assert breaker.is_open
    assert breaker.allows(100) == 0
    clock[0] += FIRST_REST_S
    assert breaker.allows(100) == 1
    breaker.failed()
    clock[0] += FIRST_REST_S
    assert breaker.allows(100) == 0  # twice as long now
    clock[0] += FIRST_REST_S
    assert breaker.allows(100) == 1
    breaker.succeeded()
    assert breaker.allows(100) == 100
