"""The worker: a lane for each channel, and beside them the ladder, the sweep and the announcements."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

import structlog

from core.database import Database
from core.ending import end
from core.errors import Unavailable
from core.notify.announcing import Announcer
from core.notify.breaker import Breaker
from core.notify.climbing import Climber
from core.notify.consent import Consent
from core.notify.lane import Lane, where
from core.notify.outbox import Outbox
from core.notify.queue import Queue
from core.notify.receipts import Receipts
from core.notify.sweeping import Sweeper
from core.ports import Channel
from core.switches import Switches

GRACE_S = 10.0
SWEEP_EVERY_S, RECORDS_EVERY_S, ANNOUNCE_EVERY_S = 5.0, 30.0, 1.0
_log = structlog.get_logger()


class Worker:
    """Sends what the outbox holds through `channels`, by their places; any number of workers share the work."""

    def __init__(
        self,
        database: Database,
        outbox: Outbox,
        receipts: Receipts,
        consent: Consent,
        switches: Switches,
        channels: Mapping[str, Channel],
    ) -> None:
        self._database, self._outbox, self._consent, self._switches = database, outbox, consent, switches
        queue = Queue(database)
        breakers: dict[str, Breaker] = {}
        self._lanes = [
            Lane(
                place,
                channel,
                queue,
                breakers.setdefault(channel.account, Breaker()),
                due=self._due,
                alert=self._alert,
                refuse=self._refuse,
                is_off=self._is_off,
            )
            for place, channel in channels.items()
        ]
        self._climber = Climber(outbox, queue)
        self._sweeper = Sweeper(queue, receipts, channels, self._alert)
        self._announcer = Announcer(database, outbox)
        self._tasks: list[asyncio.Task[None]] = []
        self._listening: asyncio.Task[None] | None = None
        self._over = asyncio.Event()

    def start(self) -> None:
        bell, over = self._outbox.bell, self._over
        work = [
            self._climb(),
            self._every(SWEEP_EVERY_S, self._sweeper.sweep),
            self._every(RECORDS_EVERY_S, self._sweeper.ask_records),
            self._every(ANNOUNCE_EVERY_S, self._announcer.advance),
            *(lane.run(bell, over) for lane in self._lanes),
            *(lane.settle_all(over) for lane in self._lanes),
        ]
        self._listening = self._database.in_background(bell.listen())
        self._tasks = [self._database.in_background(one) for one in work]

    async def stop(self) -> None:
        """Take no more, let what is under way end, and write all of it back."""
        self._over.set()
        self._outbox.bell.ring()
        if self._listening is not None:
            await end(self._listening)
        if self._tasks:
            # Not cut off but asked to end: a transaction given up in the middle would hold the next one up.
            _, late = await asyncio.wait(self._tasks, timeout=GRACE_S)
            for task in late:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(*(lane.finish(GRACE_S) for lane in self._lanes))

    async def _climb(self) -> None:
        async with self._outbox.bell.heard() as ear:
            while not self._over.is_set():
                if not await self._tried(self._climber.climb):
                    await ear.wait()

    async def _every(self, pause_s: float, work: Callable[[], Awaitable[int]]) -> None:
        while not self._over.is_set():
            if not await self._tried(work):
                await self._pause(pause_s)

    async def _pause(self, pause_s: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(pause_s):
                await self._over.wait()

    async def _tried(self, work: Callable[[], Awaitable[int]]) -> int:
        """Do some work; what goes wrong with it must not end the worker."""
        try:
            return await work()
        except Unavailable as error:
            _log.warning("worker waits for the database", error=str(error))
        except Exception as error:
            _log.error("worker stumbled", error=type(error).__name__, where=where(error))
        await self._pause(1.0)
        return 0

    async def _due(self, at: datetime, urgent: bool) -> datetime:
        return await self._outbox.due(at, urgent=urgent)

    async def _alert(self, what: str, key: str) -> None:
        await self._outbox.alert(what, key)

    async def _refuse(self, address: str, kind: str, place: str) -> None:
        await self._consent.opt_out(address, f"provider of {place}", kind=kind)

    async def _is_off(self, place: str) -> bool:
        return place in await self._switches.off()
