"""Nobody asks without end, and losing the Redis that counts never keeps citizens from an answer."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Sequence
from itertools import count
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as some

from core.errors import SettingsError, Unavailable, Wait
from core.rates import QUICK_PART, TOLD_AFTER_S, Allowance, Counted, QuickRate, Rate, _Periods
from core.redis_line import RedisLine
from tests import servers
from tests.core.lines import a_line

names = map("rate {}".format, count())


@pytest.fixture(params=[(Rate, False), (Rate, True), (QuickRate, False), (QuickRate, True)])
def rates(request: pytest.FixtureRequest) -> Callable[[str], Rate]:
    """Makes rates of each kind, by themselves and over a Redis."""
    kind, shared = request.param
    line = request.getfixturevalue("line") if shared else None
    return lambda allowed: kind(next(names), allowed, line)


async def taken(rate: Rate, times: int, sender: str = "a") -> int:
    """How many of so many at once were let through."""
    came = await asyncio.gather(*(rate.take_and_tell(sender) for _ in range(times)), return_exceptions=True)
    assert all(isinstance(one, Allowance | Wait) for one in came), came
    return sum(isinstance(one, Allowance) for one in came)


async def test_one_too_many_waits_no_longer_than_the_period(rates: Callable[[str], Rate]) -> None:
    rate = rates("3/minute")
    assert await taken(rate, 10) == 3
    with pytest.raises(Wait) as told:
        await rate.take("a")
    assert 1 <= told.value.retry_after_s <= 60
    assert not told.value.locked


async def test_who_is_let_through_is_told_what_is_left(rates: Callable[[str], Rate]) -> None:
    rate = rates("3/minute")
    told = [await rate.take_and_tell("a") for _ in range(3)]
    assert [(one.limit, one.remaining) for one in told] == [(3, 2), (3, 1), (3, 0)]
    assert all(55 <= one.resets_s <= 60 for one in told)


async def test_each_sender_is_counted_alone(rates: Callable[[str], Rate]) -> None:
    rate = rates("2/minute")
    assert await taken(rate, 5, "2001:db8::/64") == 2
    assert await taken(rate, 5, "192.0.2.1") == 2


async def test_after_the_period_the_sender_is_let_through_again(rates: Callable[[str], Rate]) -> None:
    rate = rates("1/second")
    await taken(rate, 3)
    await asyncio.sleep(1.4)
    await rate.take("a")


@given(some.lists(some.tuples(some.sampled_from("abcdefgh"), some.floats(0, 40), some.integers(0, 2)), max_size=60))
def test_a_sender_is_counted_for_a_whole_period_whoever_else_asks(
    asked: Sequence[tuple[str, float, int]],
) -> None:
    periods, expected, now = _Periods(60), dict[str, Counted](), 0.0
    for sender, later, learned in asked:
        now += later
        taken, ends = expected.get(sender, (0, 0.0))
        runs = ends > now
        assert periods.get(sender, now) == ((taken, ends) if runs else None)
        expected[sender] = (taken + 1, ends) if runs else (1, now + 60)
        assert periods.count(sender, now) == expected[sender]
        if learned:
            expected[sender] = (taken + learned, now + 20 * learned)
            periods.put(sender, expected[sender], now)


@pytest.mark.parametrize("ask", [_Periods.count, lambda periods, sender, now: periods.put(sender, (1, now + 60), now)])
def test_of_too_many_senders_the_latest_are_kept(
    monkeypatch: pytest.MonkeyPatch, ask: Callable[[_Periods, str, float], None]
) -> None:
    monkeypatch.setattr("core.rates.LEAST_KEPT", 50)
    periods = _Periods(60)
    for n in range(1000):
        ask(periods, f"sender {n}", 0)
        assert len(periods) <= 100
    assert all(periods.get(f"sender {n}", 1) for n in range(950, 1000))


def test_who_asks_again_and_again_does_not_begin_anew_among_too_many_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.rates.LEAST_KEPT", 50)
    periods = _Periods(60)
    for n in range(1000):
        periods.count(f"sender {n}", 0)
        if n % 10 == 0:
            assert periods.count("a", 0) == (1 + n // 10, 60)


async def test_processes_with_a_redis_count_together(line: RedisLine) -> None:
    name = next(names)
    one, other = Rate(name, "4/minute", line), Rate(name, "4/minute", line)
    assert await taken(one, 3) + await taken(other, 3) == 4


async def test_what_other_processes_counted_quickly_is_known_a_moment_later(line: RedisLine) -> None:
    name = next(names)
    one, other = QuickRate(name, "40/minute", line), QuickRate(name, "40/minute", line)
    assert await taken(one, 10) == 10
    assert (await other.take_and_tell("a")).remaining == 39
    await asyncio.sleep(3 * TOLD_AFTER_S)
    assert (await other.take_and_tell("a")).remaining == 28


@pytest.mark.parametrize("most", [40, 7, 1])
async def test_several_processes_give_no_more_than_a_quarter_each_too_many(line: RedisLine, most: int) -> None:
    name = next(names)
    processes = [QuickRate(name, f"{most}/minute", line) for _ in range(3)]
    given = sum(await asyncio.gather(*(taken(one, 2 * most) for one in processes)))
    assert most <= given <= most + len(processes) * most * QUICK_PART
    assert await asyncio.gather(*(taken(one, most) for one in processes)) == [0, 0, 0]


async def test_what_comes_while_the_others_are_told_is_counted_too(line: RedisLine) -> None:
    rate = QuickRate(next(names), "1000/minute", line)
    for _ in range(50):
        await rate.take("a")
        await asyncio.sleep(0.01)
    left = (await rate.take_and_tell("a")).remaining
    await asyncio.sleep(3 * TOLD_AFTER_S)
    assert left == 1000 - 51
    assert (await rate.take_and_tell("a")).remaining == 1000 - 52


@pytest.mark.parametrize("kind", [Rate, QuickRate])
async def test_while_redis_is_away_the_process_counts_alone(kind: type[Rate]) -> None:
    with servers.redis() as url:
        line = RedisLine(url)
        rate = kind(next(names), "3/minute", line)
        await rate.take("b")
        await asyncio.sleep(2 * TOLD_AFTER_S)
    assert await taken(rate, 5) == 3
    await asyncio.sleep(2 * TOLD_AFTER_S)
    assert await taken(rate, 5) == 0
    await line.close()


@pytest.mark.parametrize("kind", [Rate, QuickRate])
async def test_what_was_counted_while_redis_was_away_still_counts_when_it_is_back(kind: type[Rate]) -> None:
    with servers.redis() as url:
        line = RedisLine(url)
    rate = kind(next(names), "3/minute", line)
    assert await taken(rate, 2) == 2
    with servers.redis(port=urlsplit(url).port or 0):
        line._away_until = 0.0  # a while later
        assert await line.ask("PING") == "PONG"
        assert await taken(rate, 4) == 1
    await line.close()


class Counting:
    """A Redis that says what it is told to of every sender."""

    def __init__(self) -> None:
        self.answers: dict[str, Any] = {}

    async def ask(self, *command: Any) -> Any:
        [answer] = await self.ask_each([command])
        return answer

    async def ask_each(self, commands: Sequence[Any]) -> list[Any]:
        return [self.answers[command[3].rpartition(":")[2]] for command in commands]


async def test_the_count_of_a_period_that_is_over_is_not_carried_into_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr("core.rates.time", SimpleNamespace(monotonic=lambda: now))
    monkeypatch.setattr("core.rates.TOLD_AFTER_S", 0)
    redis: Any = Counting()
    rate = QuickRate(next(names), "8/minute", redis)
    redis.answers["a"] = 7, 30_000
    assert (await rate.take_and_tell("a")).remaining == 7
    await asyncio.sleep(0.01)
    now += 29.9  # for the others a new one has begun a moment before
    redis.answers["a"] = 2, 59_900
    assert (await rate.take_and_tell("a")).remaining == 0
    now += 0.2
    redis.answers["a"] = 3, 59_700
    assert (await rate.take_and_tell("a")).remaining == 7
    await asyncio.sleep(0.01)
    assert (await rate.take_and_tell("a")).remaining == 4


async def test_one_refused_count_keeps_nobody_elses_from_being_learned(monkeypatch: pytest.MonkeyPatch) -> None:
    redis: Any = Counting()
    rate = QuickRate(next(names), "40/minute", redis)
    redis.answers |= {"a": Unavailable("Redis: ResponseError"), "b": (30, 60_000)}
    await rate.take("a")
    await rate.take("b")
    await asyncio.sleep(3 * TOLD_AFTER_S)
    redis.answers["b"] = 31, 60_000
    assert (await rate.take_and_tell("b")).remaining == 9


async def test_a_redis_that_hangs_holds_up_only_who_finds_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        async with a_line(f"redis://127.0.0.1:{silent.getsockname()[1]}/0") as line:
            rate = Rate(next(names), "9/minute", line)
            await rate.take("a")
            async with asyncio.timeout(0.5):
                assert await taken(rate, 9) == 8


async def test_a_redis_that_hangs_holds_up_nobody_who_asks_as_people_do() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        async with a_line(f"redis://127.0.0.1:{silent.getsockname()[1]}/0") as line:
            rate = QuickRate(next(names), "40/minute", line)
            async with asyncio.timeout(1.5):
                assert await taken(rate, 5) == 5
                await asyncio.sleep(2 * TOLD_AFTER_S)
                assert await taken(rate, 5) == 5
                await rate.close()


@pytest.mark.parametrize("allowed", ["", "30", "0/minute", "-1/minute", "30/fortnight", "30/minute;40/hour"])
def test_a_rate_that_is_none_is_told_with_its_place(allowed: str) -> None:
    with pytest.raises(SettingsError, match=r"limits\.lookups"):
        Rate("lookups", allowed)
