"""Short memory keeps its promises alike in the process and in a real Redis, and says when it is away."""

from __future__ import annotations

import asyncio
from itertools import count
from typing import Any

import pytest

from core.errors import Unavailable
from core.redis_line import RedisLine
from core.scratch import LastingScratch, ProcessScratch, RedisScratch, Scratch, lasting, scratch
from tests import servers

keys = map("key {}".format, count())
NO_REDIS = "redis://127.0.0.1:9/0"


@pytest.fixture(params=["process", "redis", "lasting", "away"])
def memory(request: pytest.FixtureRequest) -> Scratch:
    match request.param:
        case "process":
            return lasting(scratch(None))
        case "redis":
            return scratch(request.getfixturevalue("line"))
        case "lasting":
            return lasting(scratch(request.getfixturevalue("line")))
        case _:
            return lasting(scratch(RedisLine(NO_REDIS)))


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


async def test_several_are_put_and_read_at_once_each_for_its_own_time(memory: Scratch) -> None:
    one, two, never = next(keys), next(keys), next(keys)
    await memory.put_all({one: ("一", 1), two: ("二", 60)})
    assert await memory.get_all(two, never, one) == ["二", None, "一"]
    await asyncio.sleep(1.1)
    assert await memory.get_all(one, two) == [None, "二"]


async def test_it_answers_a_ping(line: RedisLine) -> None:
    for memory in (scratch(None), scratch(line), lasting(scratch(line))):
        await memory.ping()
    with pytest.raises(Unavailable):
        await lasting(scratch(RedisLine(NO_REDIS))).ping()


async def test_what_is_released_is_dropped_unless_it_is_somebody_elses_by_now(memory: Scratch) -> None:
    key = next(keys)
    assert await memory.claim(key, "first", 60)
    await memory.release(key, "second")
    assert await memory.get(key) == "first"
    await memory.release(key, "first")
    assert await memory.claim(key, "second", 60)


async def test_processes_see_what_others_put_in_redis(line: RedisLine, redis_server: str) -> None:
    elsewhere = RedisLine(redis_server)
    key = next(keys)
    await RedisScratch(line).put(key, "here", 60)
    assert await RedisScratch(elsewhere).get(key) == "here"
    await elsewhere.close()


async def test_in_the_process_the_longest_unused_makes_room_for_the_next() -> None:
    memory = ProcessScratch(size=2)
    for key in ("a", "b", "c"):
        await memory.put(key, key, 60)
    assert [await memory.get(key) for key in ("a", "b", "c")] == [None, "b", "c"]


async def test_a_redis_that_went_away_is_told() -> None:
    with servers.redis() as url:
        line = RedisLine(url)
        memory = RedisScratch(line)
        await memory.put("key", "kept", 60)
    calls = memory.get("key"), memory.put("key", "", 60), memory.claim("key", "", 60), memory.drop("key"), memory.ping()
    for call in calls:
        with pytest.raises(Unavailable, match="Redis"):
            await call
    await line.close()


async def test_what_was_noted_while_redis_was_away_is_known_when_it_is_back(
    line: RedisLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = LastingScratch(RedisScratch(line)), LastingScratch(RedisScratch(line))
    kept, claimed, older = next(keys), next(keys), next(keys)
    await here.put(older, "before", 60)
    with monkeypatch.context() as outage:
        outage.setattr(here, "_shared", RedisScratch(RedisLine(NO_REDIS)))
        await here.put(kept, "meanwhile", 60)
        await here.put(older, "meanwhile", 60)
        assert await here.claim(claimed, "meanwhile", 60)
        assert not await here.claim(claimed, "again", 60)
    assert await there.get(kept) is None
    assert await here.get_all(kept, older) == ["meanwhile", "meanwhile"]
    assert not await here.claim(claimed, "later", 60)
    await here.put(kept, "later", 60)
    assert [await each.get(kept) for each in (here, there)] == ["later", "later"]
    for key in (kept, claimed):
        await here.drop(key)
        assert await here.get(key) is None


class Unsteady(ProcessScratch):
    """Keeps what it holds, and can't be reached now and then."""

    def __init__(self) -> None:
        super().__init__()
        self.is_away = False

    def __getattribute__(self, name: str) -> Any:
        if name in ("get_all", "put_all", "claim", "drop", "release") and self.is_away:
            return self._away
        return super().__getattribute__(name)

    async def _away(self, *_: Any) -> Any:
        raise Unavailable("Redis: no answer")


async def test_what_is_released_while_redis_is_out_of_reach_holds_nobody_up_afterwards() -> None:
    shared = Unsteady()
    memory = LastingScratch(shared)
    assert await memory.claim("turn", "before", 60)
    shared.is_away = True
    await memory.release("turn", "before")
    assert await memory.claim("turn", "meanwhile", 60)
    shared.is_away = False
    assert not await memory.claim("turn", "too soon", 60)
    await memory.release("turn", "meanwhile")
    assert await memory.claim("turn", "afterwards", 60)


async def test_what_others_claimed_meanwhile_is_left_to_them() -> None:
    shared = Unsteady()
    memory, other = LastingScratch(shared), LastingScratch(shared)
    assert await memory.claim("turn", "before", 60)
    shared.is_away = True
    await memory.release("turn", "before")
    shared.is_away = False
    await shared.drop("turn")
    assert await other.claim("turn", "other", 60)
    assert not await memory.claim("turn", "mine", 60)
    assert await shared.get("turn") == "other"
