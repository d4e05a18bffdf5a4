"""Thousands of notices by a carrier's centre and by a gateway: how fast, and nothing lost when either is restarted."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests import servers
from tests.channels.kannel import KannelServer, kannel
from tests.channels.quick_smsc import QuickSmsc
from tests.faults.conftest import Ground
from tests.gateway.program import serving

pytestmark = pytest.mark.slow
SMPP, KANNEL = "channels.smpp", "channels.kannel"
MANY, LEAST_A_SECOND = 4000, 500
NOT_QUIET = {"NOTIFY__QUIET_FROM": "03:00", "NOTIFY__QUIET_UNTIL": "03:00"}
ALL_SETTLED = (
    "SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM message WHERE state NOT IN ('delivered', 'unknown', 'failed', 'expired'))"
)


def by_smpp(centre: QuickSmsc) -> dict[str, str]:
    return {
        "CHANNELS__SMPP__ENABLED": "true",
        "CHANNELS__SMPP__HOST": "127.0.0.1",
        "CHANNELS__SMPP__PORT": str(centre.port),
        "CHANNELS__SMPP__SYSTEM_ID": "haoban",
        "CHANNELS__SMPP__PASSWORD": "pass1234",
        "CHANNELS__SMPP__SENDER": "10691234",
        "CHANNELS__SMPP__BINDS": "2",
        "CHANNELS__SMPP__WINDOW": "50",
        "CHANNELS__TWILIO_SMS__ENABLED": "false",
    }


def by_kannel(gateway: KannelServer) -> dict[str, str]:
    return {f"CHANNELS__KANNEL__{name.upper()}": str(value) for name, value in gateway.section.items()}


@pytest.fixture
async def centre() -> AsyncIterator[QuickSmsc]:
    made = QuickSmsc()
    await made.start()
    yield made
    await made.stop()


async def a_second(ground: Ground, pid: int) -> float:
    """How many messages a process sends and proves in a second of its own time; others have the machine too."""
    await ground.until("SELECT 1 FROM message WHERE sent_at IS NOT NULL LIMIT 1", within_s=60)
    before = cpu_s(pid)
    await ground.until(ALL_SETTLED, within_s=180)
    return MANY / (cpu_s(pid) - before)


async def at_rest(pid: int) -> None:
    """Until a program has done what it does at its start."""
    before = -1.0
    async with asyncio.timeout(120):
        while (used := cpu_s(pid)) - before > 0.1:
            before = used
            await asyncio.sleep(1)


def cpu_s(pid: int) -> float:
    found = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(found[11]) + int(found[12])) / os.sysconf("SC_CLK_TCK")


async def test_a_centre_that_answers_at_once_gets_five_hundred_messages_a_second(
    ground: Ground, centre: QuickSmsc
) -> None:
    worker = ground.begin(**by_smpp(centre))
    await at_rest(worker.pid)
    await ground.fill(1, MANY, SMPP)
    rate = await a_second(ground, worker.pid)
    assert await ground.states() == {"delivered": MANY}
    assert set(centre.taken.values()) == {1}
    assert rate >= LEAST_A_SECOND


async def test_nothing_is_lost_and_nothing_doubled_when_the_centre_is_restarted(
    ground: Ground, centre: QuickSmsc
) -> None:
    await ground.fill(1, MANY, SMPP)
    ground.begin(**by_smpp(centre))
    for sent in (MANY // 4, MANY // 2):
        await ground.until(f"SELECT 1 FROM message WHERE sent_at IS NOT NULL OFFSET {sent} LIMIT 1", within_s=120)
        await centre.restart(0.5)
    # What was under way when the connection broke may be unknown; all the rest is proven.
    await ground.until(ALL_SETTLED, within_s=180)
    states = await ground.states()
    assert sum(states.values()) == MANY
    assert set(states) <= {"delivered", "unknown"}
    assert states.get("unknown", 0) <= 4 * 2 * 50
    assert set(centre.taken.values()) == {1}
    never_taken = MANY - len(centre.taken)
    assert never_taken <= states.get("unknown", 0)


async def test_a_gateway_that_answers_at_once_gets_five_hundred_messages_a_second(
    ground: Ground, tmp_path: Path
) -> None:
    """One process sends, another takes the receipts."""
    with kannel(tmp_path) as gateway, servers.redis() as redis:
        await gateway.start()
        with gateway.connected() as carrier:
            shared = {"REDIS__URL": redis} | by_kannel(gateway) | NOT_QUIET
            taking = {"SERVER__PORT": str(gateway.ours), "NOTIFY__WORKER": "false"}
            with serving(tmp_path, ground.url, **shared, **taking) as program:
                worker = ground.begin(**shared, CHANNELS__TWILIO_SMS__ENABLED="false")
                await at_rest(program.process.pid)
                await at_rest(worker.pid)
                await ground.fill(1, MANY, KANNEL)
                rate = await a_second(ground, worker.pid)
            assert await ground.states() == {"delivered": MANY}
            assert len({got.text for got in carrier.got()}) == len(carrier.got()) == MANY
    assert rate >= LEAST_A_SECOND


async def test_nothing_is_lost_when_the_gateway_s_carrier_is_restarted(ground: Ground, tmp_path: Path) -> None:
    with kannel(tmp_path) as gateway:
        await gateway.start()
        await ground.fill(1, MANY, KANNEL)
        port = {"SERVER__PORT": str(gateway.ours)}
        with serving(tmp_path, ground.url, **by_kannel(gateway), **NOT_QUIET, **port):
            with gateway.connected() as first:
                await ground.until(f"SELECT 1 FROM message WHERE sent_at IS NOT NULL OFFSET {MANY // 4} LIMIT 1")
            begun = time.monotonic()
            with gateway.connected() as second:
                await ground.until(ALL_SETTLED, within_s=180)
            assert time.monotonic() - begun < 180
        assert await ground.states() == {"delivered": MANY}
        texts = [got.text for got in first.got() + second.got()]
        assert len(texts) == len(set(texts))
