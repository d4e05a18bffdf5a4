"""Nobody asks without end, and losing the Redis that counts never keeps citizens from an answer."""

from __future__ import annotations

import asyncio
import socket
from itertools import count

import pytest

from core.errors import SettingsError, Wait
from core.rates import Rate
from tests import servers

names = map("rate {}".format, count())


@pytest.fixture(params=["process", "redis"])
def redis_url(request: pytest.FixtureRequest) -> str:
    return request.getfixturevalue("redis_server") if request.param == "redis" else ""


async def taken(rate: Rate, times: int, sender: str = "a") -> int:
    """How many of so many at once were let through."""
    came = await asyncio.gather(*(rate.take(sender) for _ in range(times)), return_exceptions=True)
    assert all(one is None or isinstance(one, Wait) for one in came), came
    return came.count(None)


async def test_one_too_many_waits_no_longer_than_the_period(redis_url: str) -> None:
    rate = Rate(next(names), "3/minute", redis_url)
    assert await taken(rate, 10) == 3
    with pytest.raises(Wait) as told:
        await rate.take("a")
    assert 1 <= told.value.retry_after_s <= 60
    assert not told.value.locked
    await rate.close()


async def test_each_sender_is_counted_alone(redis_url: str) -> None:
    rate = Rate(next(names), "2/minute", redis_url)
    assert await taken(rate, 5, "2001:db8::/64") == 2
    assert await taken(rate, 5, "192.0.2.1") == 2
    await rate.close()


async def test_after_the_period_the_sender_is_let_through_again(redis_url: str) -> None:
    rate = Rate(next(names), "1/second", redis_url)
    await taken(rate, 3)
    await asyncio.sleep(1.1)
    await rate.take("a")
    await rate.close()


async def test_processes_with_a_redis_count_together(redis_server: str) -> None:
    name = next(names)
    one, other = Rate(name, "4/minute", redis_server), Rate(name, "4/minute", redis_server)
    assert await taken(one, 3) + await taken(other, 3) == 4
    await one.close()
    await other.close()


async def test_while_redis_is_away_the_process_counts_alone() -> None:
    with servers.redis() as url:
        rate = Rate(next(names), "3/minute", url)
        await rate.take("a")
    assert await taken(rate, 5) == 3
    assert await taken(rate, 5, "b") == 3
    await rate.close()


async def test_a_redis_that_hangs_holds_up_only_who_finds_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        rate = Rate(next(names), "9/minute", f"redis://127.0.0.1:{silent.getsockname()[1]}/0")
        await rate.take("a")
        async with asyncio.timeout(0.5):
            assert await taken(rate, 9) == 8
        await rate.close()


@pytest.mark.parametrize("allowed", ["", "30", "0/minute", "-1/minute", "30/fortnight", "30/minute;40/hour"])
def test_a_rate_that_is_none_is_told_with_its_place(allowed: str) -> None:
    with pytest.raises(SettingsError, match=r"limits\.lookups"):
        Rate("lookups", allowed)


def test_an_address_that_is_none_is_told_without_its_password() -> None:
    with pytest.raises(SettingsError, match=r"redis\.url") as told:
        Rate("lookups", "1/minute", "redis://:secret/1@localhost")
    assert "secret" not in str(told.value)
