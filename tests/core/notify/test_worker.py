"""The worker at work: woken at once, through what is away for a while, and ended cleanly."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from core.codes import Status
from core.local_time import now
from core.models import Message
from core.notify.bell import Bell
from core.notify.lane import Lane
from tests.core.notify.conftest import Centre
from tests.core.outage import away


@asynccontextmanager
async def at_work(centre: Centre) -> AsyncIterator[None]:
    centre.worker.start()
    try:
        yield
    finally:
        await centre.worker.stop()


async def sent(centre: Centre, count: int, within_s: float = 30) -> None:
    async with asyncio.timeout(within_s):
        while len(centre.provider.took) < count:  # noqa: ASYNC110  (the provider is another process in life)
            await asyncio.sleep(0.01)


async def test_an_event_is_sent_without_waiting_for_the_next_look(open_centre: Centre) -> None:
    async with at_work(open_centre):
        await asyncio.sleep(0.3)
        case = await open_centre.opened()
        began = time.monotonic()
        await sent(open_centre, 1)
        assert time.monotonic() - began < 5  # it is measured in the bench; here only that it isn't a matter of chance
        await open_centre.moved(case, Status.ACCEPTED)
        await sent(open_centre, 2)
    assert {one.state for one in await open_centre.messages()} == {"accepted"}


async def test_a_database_that_is_away_for_a_while_loses_nothing(open_centre: Centre) -> None:
    async with at_work(open_centre):
        case = await open_centre.opened()
        await sent(open_centre, 1)
        async with away(open_centre.house.database):
            await asyncio.sleep(1.0)
        await open_centre.moved(case, Status.ACCEPTED)
        await sent(open_centre, 2)
    assert [one.state for one in await open_centre.messages()] == ["accepted", "accepted"]
    assert set(open_centre.provider.times().values()) == {1}


async def test_a_channel_that_staff_switched_off_sends_nothing_until_it_is_on_again(open_centre: Centre) -> None:
    await open_centre.house.switches.switch("channels.twilio_sms", on=False, by="admin")
    async with at_work(open_centre):
        await open_centre.opened()
        await asyncio.sleep(0.7)
        assert open_centre.provider.asked == 0
        await open_centre.house.switches.switch("channels.twilio_sms", on=True, by="admin")
        await sent(open_centre, 1)


async def test_what_can_never_be_sent_is_told_to_the_operators_once(open_centre: Centre) -> None:
    open_centre.house.outbox._operators = ("+8613700000000",)
    open_centre.provider.behaves = lambda _n, to: "ok" if to == "+8613700000000" else "refused"
    async with at_work(open_centre):
        for _ in range(3):
            await open_centre.opened()
        await sent(open_centre, 1)
        await asyncio.sleep(0.5)
    alerts = await Message.filter(purpose="operator", kind="text")
    told = [one.text for one in alerts if "twilio_sms" in one.text]
    assert len(told) == 1
    assert "× rejected" in told[0]


async def test_a_bell_reaches_other_processes_over_redis_and_its_loss_only_slows(redis_server: str) -> None:
    here, there = Bell(redis_server), Bell(redis_server)
    listening = asyncio.create_task(there.listen())
    async with there.heard() as ear:
        await asyncio.sleep(0.3)
        await ear.wait(0.01)  # the first ring, when it was connected
        for _ in range(10):
            await ear.wait(0.01)
        began = time.monotonic()
        here.ring()
        await ear.wait(10)
        assert time.monotonic() - began < 4
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)
    for bell in (here, there):
        await bell.close()
    nowhere = Bell("redis://127.0.0.1:9/0")
    nowhere.ring()
    await asyncio.sleep(0.1)
    nowhere.ring()
    await nowhere.close()


@pytest.mark.parametrize("notify", [{"quiet_from": "00:00", "quiet_until": "23:59"}])
async def test_nothing_that_can_wait_leaves_in_the_quiet_hours_though_it_was_due_before(open_centre: Centre) -> None:
    await open_centre.opened()
    await Message.all().update(state="queued", due_at=now() - timedelta(hours=1))
    await open_centre.send()
    assert open_centre.provider.asked == 0 or (now().hour, now().minute) == (23, 59)


async def test_whatever_goes_wrong_in_writing_back_it_is_written_back_later(
    open_centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue = open_centre.worker._lanes[0]._queue
    settle, failed = queue.settle, []

    async def stumbles(*args: object) -> None:
        if not failed:
            failed.append(args)
            raise RuntimeError("once")
        await settle(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(queue, "settle", stumbles)
    async with at_work(open_centre):
        await open_centre.opened()
        await sent(open_centre, 1)
        async with asyncio.timeout(30):
            while (await open_centre.messages())[0].state != "accepted":  # noqa: ASYNC110  (no bell for tests)
                await asyncio.sleep(0.05)
    assert failed
    assert open_centre.provider.asked == 1


def test_lanes_are_told_apart_by_their_places(open_centre: Centre) -> None:
    lanes: list[Lane] = open_centre.worker._lanes
    assert [lane.place for lane in lanes] == list(open_centre.channels)
