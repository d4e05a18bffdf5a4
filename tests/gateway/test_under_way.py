"""The program ends when nobody waits for an answer any more, and not later than it may."""

from __future__ import annotations

import asyncio

import pytest

from gateway import under_way
from gateway.under_way import UnderWay


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(under_way, "LATE_S", 0.05)


async def test_the_last_of_several_requests_is_waited_for() -> None:
    requests = UnderWay()
    requests.begun()
    requests.begun()
    finishing = asyncio.create_task(requests.finish(60))
    await asyncio.sleep(0.1)
    requests.ended()
    await asyncio.sleep(0.05)
    assert not finishing.done()
    requests.ended()
    await asyncio.wait_for(finishing, 5)


async def test_who_asks_in_the_last_moment_is_waited_for_though_another_one_was_answered_in_it() -> None:
    requests = UnderWay()
    finishing = asyncio.create_task(requests.finish(60))
    await asyncio.sleep(0)
    requests.begun()
    requests.ended()
    requests.begun()
    await asyncio.sleep(0.15)
    assert not finishing.done()
    requests.ended()
    await asyncio.wait_for(finishing, 5)


async def test_a_request_that_never_ends_is_waited_for_no_longer_than_told() -> None:
    requests = UnderWay()
    requests.begun()
    await asyncio.wait_for(requests.finish(0.2), 5)
    assert requests.is_ending
