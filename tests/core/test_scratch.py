"""Short memory keeps its promises alike in the process and in a real Redis, and says when it is away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from itertools import count

import pytest

from core.errors import SettingsError, Unavailable
from core.scratch import ProcessScratch, RedisScratch, Scratch, scratch
from tests import servers

keys = map("key {}".format, count())


@pytest.fixture(params=["process", "redis"])
async def memory(request: pytest.FixtureRequest) -> AsyncIterator[Scratch]:
    opened = scratch(request.getfixturevalue("redis_server") if request.param == "redis" else "")
    yield opened
    await opened.close()


async def test_what_is_put_is_kept_until_it_is_dropped(memory: Scratch) -> None:
    key = next(keys)
    assert await memory.get(key) is None
    await memory.put(key, "查询", 60)
    await memory.put(key, "查询 2", 60)
    assert await memory.get(key) == "查询 2"
    await memory.drop(key)
    await memory.drop(key)
    assert await memory.get(key) is None


async def test_what_is_put_for_a_second_is_gone_after_it(memory: Scratch) -> None:
    key, other = next(keys), next(keys)
    await memory.put(key, "", 1)
    assert await memory.claim(other, "first", 1)
    assert await memory.get(key) == ""
    await asyncio.sleep(1.1)
    assert await memory.get(key) is None
    assert await memory.claim(other, "second", 60)


async def test_of_many_who_claim_at_once_one_succeeds(memory: Scratch) -> None:
    key = next(keys)
    claimed = await asyncio.gather(*(memory.claim(key, str(n), 60) for n in range(30)))
    assert sum(claimed) == 1
    assert await memory.get(key) == str(claimed.index(True))


async def test_it_answers_a_ping(memory: Scratch) -> None:
    await memory.ping()


async def test_processes_see_what_others_put_in_redis(redis_server: str) -> None:
    one, other = RedisScratch(redis_server), RedisScratch(redis_server)
    key = next(keys)
    await one.put(key, "here", 60)
    assert await other.get(key) == "here"
    await one.close()
    await other.close()


async def test_in_the_process_the_longest_unused_makes_room() -> None:
    memory = ProcessScratch(size=2)
    for key in ("a", "b", "c"):
        await memory.put(key, key, 60)
    assert [await memory.get(key) for key in ("a", "b", "c")] == [None, "b", "c"]


async def test_a_redis_that_went_away_is_told() -> None:
    with servers.redis() as url:
        memory = RedisScratch(url)
        await memory.put("key", "kept", 60)
    calls = memory.get("key"), memory.put("key", "", 60), memory.claim("key", "", 60), memory.drop("key"), memory.ping()
    for call in calls:
        with pytest.raises(Unavailable, match="Redis"):
            await call
    await memory.close()


@pytest.mark.parametrize("url", ["nonsense", "http://localhost:6379", "redis://:secret/1@localhost"])
def test_an_address_that_is_none_is_told_without_its_password(url: str) -> None:
    with pytest.raises(SettingsError, match=r"redis\.url") as told:
        scratch(url)
    assert "secret" not in str(told.value)
