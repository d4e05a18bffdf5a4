"""A request that a provider repeats is answered once, by one process or by several that share a Redis."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from itertools import count

import pytest

from core import once
from core.once import Once
from core.redis_line import RedisLine
from core.scratch import LastingScratch, lasting, scratch
from tests.core.test_scratch import Unsteady

keys = map("request {}".format, count())


@pytest.fixture(params=["process", "redis"])
async def both(request: pytest.FixtureRequest) -> AsyncIterator[tuple[Once, Once]]:
    """Two who answer: of one process, or of two processes with one Redis."""
    if request.param == "process":
        memory = scratch(None)
        yield Once(memory), Once(memory)
    else:
        lines = [RedisLine(request.getfixturevalue("redis_server")) for _ in range(2)]
        yield Once(scratch(lines[0])), Once(scratch(lines[1]))
        for line in lines:
            await line.close()


class Maker:
    """Makes an answer, slowly, and counts how often."""

    def __init__(self, fails: int = 0) -> None:
        self.made, self.fails = 0, fails

    async def __call__(self) -> str:
        self.made += 1
        await asyncio.sleep(0.05)
        if self.made <= self.fails:
            raise RuntimeError("not this time")
        return f"answer {self.made}"


async def test_repeats_at_the_same_moment_get_one_answer(both: tuple[Once, Once]) -> None:
    make, key = Maker(), next(keys)
    told = await asyncio.gather(*(each.answer(key, make) for each in both * 4))
    assert (set(told), make.made) == ({"answer 1"}, 1)


async def test_a_later_repeat_gets_the_same_answer_from_anybody(both: tuple[Once, Once]) -> None:
    make, key = Maker(), next(keys)
    assert await both[0].answer(key, make) == "answer 1"
    assert await both[1].answer(key, make) == "answer 1"
    assert await both[0].answer(next(keys), make) == "answer 2"


async def test_an_empty_answer_is_one_too(both: tuple[Once, Once]) -> None:
    made, key = 0, next(keys)

    async def make() -> str:
        nonlocal made
        made += 1
        return ""

    assert [await each.answer(key, make) for each in both] == ["", ""]
    assert made == 1


async def test_what_failed_may_be_tried_again(both: tuple[Once, Once]) -> None:
    make, key = Maker(fails=1), next(keys)
    with pytest.raises(RuntimeError):
        await both[0].answer(key, make)
    assert await both[1].answer(key, make) == "answer 2"


async def test_who_dies_while_answering_holds_up_nobody_for_ever(
    both: tuple[Once, Once], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(once, "_LOOKS", 2)
    make, key = Maker(), next(keys)

    async def never() -> str:
        await asyncio.Event().wait()
        return ""

    dying = asyncio.create_task(both[0].answer(key, never))
    await asyncio.sleep(0.05)
    assert await both[1].answer(key, make) == "answer 1"
    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)


async def test_while_redis_is_away_a_repeat_is_recognised_by_the_process_that_answered() -> None:
    one, other = (Once(lasting(scratch(RedisLine("redis://127.0.0.1:9/0")))) for _ in range(2))
    make = Maker()
    assert [await each.answer("x", make) for each in (one, one, other)] == ["answer 1", "answer 1", "answer 2"]


async def test_an_answer_made_while_redis_went_out_of_reach_is_given_again_afterwards() -> None:
    shared = Unsteady()
    memory = LastingScratch(shared)
    make = Maker()

    async def losing_redis() -> str:
        shared.is_away = True
        return await make()

    assert await Once(memory).answer("x", losing_redis) == "answer 1"
    shared.is_away, memory._shared_from = False, 0.0
    assert await Once(memory).answer("x", make) == "answer 1"
