"""A hundred callers at once on the exchange's line, each walking and hesitating in their own way."""

from __future__ import annotations

import asyncio
import random
import time
from pathlib import Path
from shutil import copy
from statistics import quantiles

import pytest

from core.codes import Status
from gateway.house import House
from tests.channels.exchange import HANG_UP, WAIT, Call, Exchange
from tests.county import County, county_of, settings
from tests.gateway.program import Program, free_port, serving

pytestmark = pytest.mark.slow
CALLS, WITHIN_MS, MOST_KIB_A_CALL = 100, 200, 200
SPOKEN_WITHIN_S = 60


def walks(county: County, chance: random.Random) -> tuple[str, ...]:
    """What a caller does: the ways of real sessions, with slips, silence and hanging up anywhere."""
    status = chance.choice([Status.REVIEWING, Status.RECEIVED, Status.COMPLETED])
    number, pin = county.number(status), county.pin(status)
    whole = chance.choice(
        [
            ("1", number, pin, "1"),
            ("9", "1", number, pin),
            ("1", number[:5] + "*", number, pin, "*"),
            ("2", "1", "1", "1"),
            ("7", WAIT, "2", "1", "*", "*"),
            ("1", number, county.wrong_pin(status), pin),
        ]
    )
    return (*whole[: chance.randint(1, len(whole))], HANG_UP) if chance.random() < 0.3 else (*whole, "#", HANG_UP)


def resident_kib(program: Program) -> int:
    text = Path(f"/proc/{program.process.pid}/status").read_text()
    return int(next(line.split()[1] for line in text.splitlines() if line.startswith("VmRSS")))


def threads(program: Program) -> int:
    return len(list(Path(f"/proc/{program.process.pid}/task").iterdir()))


async def all_called(exchange: Exchange, county: County, seed: int) -> list[Call]:
    chance = random.Random(seed)

    async def one(number: int) -> Call:
        does = walks(county, chance)
        await asyncio.sleep(chance.random() * 2)
        return await exchange.call(*does, caller=f"1390000{seed:02d}{number:02d}", name=f"{seed}.{number}")

    return await asyncio.gather(*(one(number) for number in range(CALLS)))


async def held(program: Program, port: int) -> tuple[int, int]:
    """What a hundred calls that just wait cost in memory, in KiB each, and in threads."""
    before, threads_before = resident_kib(program), threads(program)
    lines = []
    for number in range(CALLS):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(f"agi_network: yes\nagi_callerid: 1380000{number:04d}\nagi_uniqueid: h.{number}\n\n".encode())
        lines.append((reader, writer))
        while not (await reader.readline()).startswith(b"STREAM"):
            writer.write(b"200 result=0\n")
    cost = (resident_kib(program) - before) // CALLS, threads(program) - threads_before
    for _, writer in lines:
        writer.close()
    return cost


async def test_a_hundred_callers_are_answered_at_once(
    sqlite_county_template: Path, tmp_path: Path, form_files: Path
) -> None:
    url = f"sqlite://{copy(sqlite_county_template, tmp_path / 'haoban.db')}"
    house = House(settings(url, form_files))
    await house.open()
    county = await county_of(house)
    await house.close()
    port = free_port()
    line = {"CHANNELS__ASTERISK__ENABLED": "true", "CHANNELS__ASTERISK__LISTEN": f"127.0.0.1:{port}"}
    with serving(tmp_path, url, FILES__FOLDER=str(form_files), LIMITS__MESSAGES="1000/minute", **line) as program:
        deadline = time.monotonic() + SPOKEN_WITHIN_S
        while "prompts made" not in program.words:
            assert time.monotonic() < deadline, program.words
            await asyncio.sleep(0.2)
        chance = random.Random(1)
        exchange = Exchange(port, listens=False, barges=True, pause_s=lambda: chance.uniform(0.05, 0.4))
        # Everything that is said gets its sound here; what is measured is the line, not the voice.
        await all_called(exchange, county, 1)
        calls = await all_called(exchange, county, 1)
        assert all(call.over for call in calls)
        waited_ms = sorted(1000 * one for call in calls for one in call.answered_after_s)
        late = quantiles(waited_ms, n=100)[98]
        assert late < WITHIN_MS, f"99 of 100 within {late:.0f} ms, of {len(waited_ms)}"
        kib, more_threads = await held(program, port)
        assert kib < MOST_KIB_A_CALL
        assert more_threads <= 2
