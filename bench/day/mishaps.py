"""What goes wrong on a bad day, one thing after the other, each noted with what citizens may notice of it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.day.clerks import PNG
from bench.day.course import Day
from bench.day.ledger import AWAY, BEGUN_ANEW, CUT, SORRY
from bench.day.people import Known
from bench.day.town import WEB, WORKERS

STORE_MIB, OUTAGE_S, BAD_S, AFTERWARDS_S = 8, 3.0, 4.0, 10.0
LIKELY_BAD, BAD_CALLS = 0.4, 40
CLOCK_S = 300
LIBRARIES = ("/usr/lib", "/usr/local/lib", "/lib")
NO_CHAT, SORRY_IN_CHAT = "no answer came into the chat", "sorry in the chat"


@dataclass(frozen=True, slots=True)
class Mishap:
    """From when to when something was wrong, by the clock, and how questions may end meanwhile."""

    what: str
    began: float
    ended: float
    allowed: tuple[str, ...]

    def excuses(self, at: float, until: float, outcome: str) -> bool:
        return outcome in self.allowed and at <= self.ended + AFTERWARDS_S and until >= self.began


class Mishaps:
    """`left_out` says what this machine doesn't let us do."""

    def __init__(self, day: Day) -> None:
        self.day, self.noted, self.left_out = day, list[Mishap](), list[str]()
        self.kills: list[float] = []
        self.refused_scan = ""
        self.answered_without_redis = 0

    async def bring(self, most_s: float) -> None:
        """One round of everything, and further ones while there is time."""
        until = time.monotonic() + most_s
        while True:
            for mishap in self._round():
                await asyncio.sleep(1)
                await mishap()
            if time.monotonic() > until:
                return

    def _round(self) -> list[Callable[[], Awaitable[None]]]:
        return [self.spoil_providers, self.turn_clock, self.fill_store, self.lose_redis, self.crash_database, self.kill]

    @asynccontextmanager
    async def _noted(self, what: str, *allowed: str) -> AsyncIterator[None]:
        began = time.time()
        yield
        self.noted.append(Mishap(what, began, time.time(), allowed))

    async def kill(self) -> None:
        """kill -9 of a web process and a worker, which are started again."""
        number = len(self.kills) % 2
        async with self._noted("a web process and a worker killed", CUT):
            self.kills.append(time.time())
            for name in (WEB[number], WORKERS[number]):
                self.day.town.kill(name)
            await self.day.town.started(WEB[number], WORKERS[number])

    async def crash_database(self) -> None:
        async with self._noted("PostgreSQL crashed", AWAY, SORRY, SORRY_IN_CHAT):
            self.day.town.stop_database()
            await asyncio.sleep(OUTAGE_S)
            await asyncio.to_thread(self.day.town.start_database)

    async def lose_redis(self) -> None:
        """Each process counts and remembers for itself; a call whose steps come to several may have to begin anew."""
        async with self._noted("Redis stopped, and started empty", BEGUN_ANEW):
            await asyncio.to_thread(self.day.town.stop_redis)
            self.answered_without_redis = max(self.answered_without_redis, await press(self.day))
            await asyncio.sleep(OUTAGE_S)
            await asyncio.to_thread(self.day.town.start_redis)

    async def fill_store(self) -> None:
        """The disk of the upload store is full for a while."""
        if not self.day.town.uploads.is_mount():
            self.left_out.append("the disk of the upload store is not filled: only root can mount a small one")
            return
        async with self._noted("the disk of the upload store full", AWAY):
            filler = self.day.town.uploads / "filler"
            await asyncio.to_thread(fill, filler)
            head, case = self.day.teams[0].members["head"], self.day.county.standing[0]
            await head.page(f"/staff/cases/{case.number}")
            await head.post(f"/staff/cases/{case.number}/files", {}, PNG + os.urandom(16_384))
            self.refused_scan = self.day.ledger.of("desk change")[-1].outcome
            await asyncio.sleep(1)
            filler.unlink()

    async def spoil_providers(self) -> None:
        async with self._noted("the providers answer 429, 500, late, garbage or not at all", NO_CHAT):
            self.day.twilio.bad = LIKELY_BAD
            self.day.telegram.misbehave(BAD_CALLS)
            await asyncio.sleep(BAD_S)
            self.day.twilio.bad = 0.0
            self.day.telegram.behave()

    async def turn_clock(self) -> None:
        """Those of the workers' machine: minutes back, then right again, then ahead for good."""
        clock = self.day.town.folder / "clock"
        if not clock.exists():
            self.left_out.append("the clock is not turned: libfaketime is not installed (Debian: faketime)")
            return
        async with self._noted("the workers' clock five minutes back, then right, then ahead"):
            for moved_s in (-CLOCK_S, 0, CLOCK_S):
                clock.write_text(f"{moved_s:+d}\n")
                await asyncio.sleep(OUTAGE_S)


async def press(day: Day, times: int = 100) -> int:
    """Somebody asks far too often from one address; how many answers they got."""
    serial = 60_000 + len(day.ledger.lines) % 5_000
    case, headers = day.county.standing[1], {"X-Forwarded-For": f"10.66.{serial >> 8 & 255}.{serial & 255}"}
    body = {"number": case.number, "pin": case.pin}
    statuses = await asyncio.gather(*(day.street.status("/api/v1/status", body, headers) for _ in range(times)))
    return statuses.count(200)


async def lock(day: Day, case: Known, phone: str) -> str:
    """Wrong PINs until they are refused; what the last one was answered."""
    said = ""
    for pause_s in (0, 0.2, 1.5, 2.5, 4.5, 0.2):
        await asyncio.sleep(pause_s)
        said = await day.citizens.guess(case, phone)
    return said


def fill(path: Path) -> None:
    """Write until nothing more goes onto the disk. Blocks."""
    with path.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        for size in (2**20, 2**12, 1):
            with contextlib.suppress(OSError):
                while file.write(b"\0" * size) == size:
                    pass


@contextlib.contextmanager
def small_disk(folder: Path):
    """A folder on a disk of its own, as small as a memory stick of old; where that isn't allowed, as it was."""
    command = ["mount", "-t", "tmpfs", "-o", f"size={STORE_MIB}m", "tmpfs", str(folder)]
    mounted = os.getuid() == 0 and subprocess.run(command, check=False, capture_output=True).returncode == 0
    try:
        yield
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", str(folder)], check=False)


def clock_variables(folder: Path) -> dict[str, str]:
    """With them a program's clock follows the file `clock`; none where the library is not installed.

    Each look at the clock then costs several times as much, and so only the workers are given them.
    """
    found = [path for root in LIBRARIES for path in Path(root).glob("**/faketime/libfaketimeMT.so.1")]
    if not found:
        return {}
    (folder / "clock").write_text("+0\n")
    return {
        "LD_PRELOAD": str(found[0]),
        "FAKETIME_TIMESTAMP_FILE": str(folder / "clock"),
        "FAKETIME_CACHE_DURATION": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "FAKETIME_DONT_RESET": "1",
        "NO_FAKE_STAT": "1",
    }
