"""Who wants the same thing as another waits, in the order of asking, and not for ever."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as some

from core.errors import Unavailable
from core.turns import Turns

_WANTED = some.lists(
    some.tuples(some.sampled_from("ab"), some.integers(0, 3), some.none() | some.integers(0, 9)), max_size=12
)


@given(_WANTED)
def test_at_one_key_there_is_one_at_a_time_in_the_order_of_asking_whoever_leaves_the_queue(wanted):
    turns, inside, served = Turns(), [], []

    async def want(number: int, key: str, looks: int) -> None:
        async with turns.of(key):
            assert key not in inside
            inside.append(key)
            served.append((key, number))
            try:
                for _ in range(looks):
                    await asyncio.sleep(0)
            finally:
                inside.remove(key)

    async def all_of_them() -> None:
        tasks = [asyncio.create_task(want(number, key, looks)) for number, (key, looks, _) in enumerate(wanted)]
        for moment in range(10):
            await asyncio.sleep(0)
            for task, (_, _, leaves_at) in zip(tasks, wanted, strict=True):
                if leaves_at == moment and not task.done():
                    task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    asyncio.run(all_of_them())
    for key in "ab":
        order = [number for one, number in served if one == key]
        assert order == sorted(order)
    stayed = {number for number, (_, _, leaves_at) in enumerate(wanted) if leaves_at is None}
    assert stayed <= {number for _, number in served}
    assert not turns.queues


async def test_different_keys_do_not_wait_for_each_other():
    turns = Turns(0.01)
    async with turns.of("a"), turns.of("b"):
        pass


async def test_an_error_ends_the_turn():
    turns = Turns(0.01)
    with pytest.raises(ZeroDivisionError):
        async with turns.of("a"):
            raise ZeroDivisionError
    async with turns.of("a"):
        pass
    assert not turns.queues


async def test_who_waits_longer_than_the_patience_is_told_and_the_next_turn_is_somebody_elses():
    turns, done = Turns(0.05), asyncio.Event()

    async def hold() -> None:
        async with turns.of("a"):
            await done.wait()

    holder = asyncio.create_task(hold())
    await asyncio.sleep(0)
    with pytest.raises(Unavailable):
        async with turns.of("a"):
            pytest.fail("two at once")
    done.set()
    await holder
    async with turns.of("a"):
        pass
    assert not turns.queues


async def test_a_turn_that_comes_in_the_moment_in_which_one_gives_up_goes_to_the_next():
    turns, served = Turns(), []

    async def want(name: str) -> None:
        async with turns.of("a"):
            served.append(name)

    async with turns.of("a"):
        late, following = asyncio.create_task(want("late")), asyncio.create_task(want("following"))
        await asyncio.sleep(0)
    late.cancel()  # it was given the turn, and did not see it yet
    await asyncio.gather(late, following, return_exceptions=True)
    assert late.cancelled()
    assert served == ["following"]
    assert not turns.queues


async def test_a_timeout_of_what_is_done_in_a_turn_stays_what_it_is():
    turns = Turns(0.05)
    with pytest.raises(TimeoutError):
        async with turns.of("a"), asyncio.timeout(0.01):
            await asyncio.sleep(1)
