"""kill -9 at every step of a send: nothing is lost, nothing is sent twice, and what nobody can know is told as that."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import asyncpg
import pytest

from tests.faults.conftest import Ground

pytestmark = pytest.mark.slow

Step = Callable[[Ground], Awaitable[None]]
MESSAGE = "SELECT 1 FROM message WHERE state = '{}'"


async def before_it_is_taken(ground: Ground) -> None:
    """The worker waits for the row when it dies."""
    holder = await asyncpg.connect(ground.url)
    async with holder.transaction():
        await holder.execute("LOCK TABLE message IN ACCESS EXCLUSIVE MODE")
        worker = ground.begin()
        waiting = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%sending%'"
        await ground.until(waiting)
        ground.kill(worker)
    await holder.close()


async def before_the_provider_has_it(ground: Ground) -> None:
    """The request is under way, and the provider never gets hold of it."""
    reached = asyncio.Event()

    def hold(_number: int, _to: str) -> str:
        reached.set()
        ground.kill(ground.workers[0])
        return "cut before"

    ground.provider.behaves = hold
    ground.begin()
    async with asyncio.timeout(30):
        await reached.wait()


async def before_the_provider_answers(ground: Ground) -> None:
    ground.provider.behaves, ground.provider.slow_s = (lambda _n, _to: "slow"), 30
    ground.begin()
    await ground.provider.reached()
    ground.kill(ground.workers[0])


async def before_the_answer_is_written(ground: Ground) -> None:
    """The provider answered, and the worker waits for the row when it dies."""
    holder = await asyncpg.connect(ground.url)
    ground.provider.behaves, ground.provider.slow_s = (lambda _n, _to: "slow"), 1.0
    worker = ground.begin()
    await ground.until(MESSAGE.format("sending"))
    async with holder.transaction():
        await holder.execute("SELECT id FROM message FOR UPDATE")
        waiting = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%unnest%'"
        await ground.until(waiting)
        ground.kill(worker)
    await holder.close()


async def after_the_answer_is_written(ground: Ground) -> None:
    worker = ground.begin()
    await ground.until(MESSAGE.format("accepted"))
    ground.kill(worker)


STEPS: dict[Step, tuple[str, int]] = {
    before_it_is_taken: ("accepted", 1),
    before_the_provider_has_it: ("unknown", 0),
    before_the_provider_answers: ("unknown", 1),
    before_the_answer_is_written: ("unknown", 1),
    after_the_answer_is_written: ("accepted", 1),
}


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.__name__)
async def test_a_worker_that_dies_loses_and_doubles_nothing(ground: Ground, step: Step) -> None:
    state, arrived = STEPS[step]
    await ground.fill(1, 1)
    await step(ground)
    await ground.let_leases_run_out()
    ground.provider.behaves = lambda _n, _to: "ok"
    ground.provider.records = False
    ground.begin()
    await ground.until(MESSAGE.format(state))
    await ground.fill(2, 2)  # and it goes on with what comes next
    await ground.until("SELECT 1 FROM message WHERE text = 'fault:2' AND state = 'accepted'")
    assert ground.provider.times()[("+8613900000001", "fault:1")] == arrived
    assert [row["state"] for row in await ground.run("SELECT state FROM message WHERE text = 'fault:1'")] == [state]


async def test_told_to_stop_a_worker_ends_what_is_under_way_and_leaves_the_rest(ground: Ground) -> None:
    await ground.fill(1, 1000)
    ground.provider.behaves, ground.provider.slow_s = (lambda _n, _to: "slow"), 0.3
    worker = ground.begin()
    await ground.provider.reached()
    worker.terminate()
    assert await asyncio.to_thread(worker.wait, 20) == 0
    states = await ground.states()
    assert set(states) == {"accepted", "queued"}
    assert states["accepted"] == len(ground.provider.took)
