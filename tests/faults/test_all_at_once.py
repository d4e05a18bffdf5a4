"""Ten thousand notices while everything breaks that can: none lost, none sent twice, each doubt told as one."""

from __future__ import annotations

import asyncio
import random

import pytest

from tests import servers
from tests.faults.conftest import Ground

pytestmark = pytest.mark.slow

NOTICES = 10_000
MISHAPS = ("slow", "429", "500", "garbage", "cut after", "cut before", "refused")
FINAL = ("accepted", "unknown", "failed")


async def break_things(ground: Ground, chance: random.Random) -> None:
    """Kills a worker now and then, crashes the database twice, and takes the Redis away and back."""
    for round_ in range(10):
        await asyncio.sleep(chance.uniform(0.5, 1.5))
        if round_ in (3, 7):
            await ground.crash_database()
        else:
            ground.kill(chance.choice(ground.workers))
            ground.begin()


async def test_ten_thousand_notices_survive_everything_at_once(ground: Ground) -> None:
    chance = random.Random(20261127)

    def behave(_number: int, _to: str) -> str:
        return chance.choice(MISHAPS) if chance.random() < 0.08 else "ok"

    ground.provider.behaves, ground.provider.records = behave, False
    await ground.fill(1, NOTICES)
    with servers.redis() as redis:
        ground.redis = redis
        ground.begin()
        ground.begin()
        await break_things(ground, chance)
    # The Redis is gone for good now; nothing is lost, only slower.
    async with asyncio.timeout(240):
        while True:
            await ground.let_leases_run_out_of_the_dead()
            await ground.run("UPDATE message SET due_at = now() WHERE state = 'deferred'")
            if not set(await ground.states()) - set(FINAL):
                break
            await asyncio.sleep(1)
    rows = await ground.run("SELECT text, state, provider_id FROM message")
    state = {row["text"]: row["state"] for row in rows}
    assert len(state) == NOTICES
    times = {text: n for (_, text), n in ground.provider.times().items()}
    assert max(times.values()) == 1, "sent twice"
    lost = [text for text, now in state.items() if now == "accepted" and text not in times]
    assert lost == [], "told as taken over, and never was"
    doubtful = {text for text in times if state[text] not in ("accepted", "unknown")}
    assert doubtful == set(), "reached the provider, and is told as failed"
    known = {one.sid for one in ground.provider.took}
    assert all(row["provider_id"] in known for row in rows if row["state"] == "accepted")
    assert state != {}
    assert sum(now == "unknown" for now in state.values()) < NOTICES / 5
