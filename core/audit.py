"""The trail of look-ups: who looked at which case when and from where, written in batches, soon after."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import datetime

import structlog

from core.asker import Asker
from core.database import Database
from core.errors import Unavailable
from core.masking import masked_mobile
from core.network import is_ipv4, network_address

FLUSH_EVERY_S = 0.5
BATCH = 1000
MOST_WAITING = 50_000
ORIGIN_CHARS = 64
_COLUMNS = ("at", "channel", "sender", "origin", "number", "by", "outcome")
_Row = tuple[datetime, str, str, str, str, str, str]
_log = structlog.get_logger()


class LookupAudit:
    """Takes records without waiting; refuses more look-ups when it can't write, for none may go unrecorded."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: list[_Row] = []
        self._writer: asyncio.Task[None] | None = None
        self._writing = asyncio.Lock()
        self._stopping = asyncio.Event()

    def start(self) -> None:
        self._writer = self._database.in_background(self._run())

    async def stop(self) -> None:
        """Write what waits, then end. Raises Unavailable when the database is away: what waits is then lost."""
        self._stopping.set()
        if self._writer is not None:
            await self._writer  # not cancelled, for what it is just writing must not be written twice
        while self._waiting:
            await self.flush()

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    def record(self, at: datetime, asker: Asker, sender: str, number: str, by: str, outcome: str) -> None:
        """Note a look-up. Raises Unavailable when too many can't be written."""
        if len(self._waiting) >= MOST_WAITING:
            raise Unavailable("look-ups can't be recorded")
        self._waiting.append((at, asker.channel, sender, origin(asker.address), number, by, outcome))

    async def flush(self) -> None:
        """Write all that waits now; who asks meanwhile waits for the next time, lest each be written by itself.

        Raises Unavailable, and keeps the records, when the database is away.
        """
        async with self._writing:
            end = len(self._waiting)
            while batch := self._waiting[: min(BATCH, end)]:
                end -= len(batch)
                await self._database.append("lookup_record", _COLUMNS, batch)
                del self._waiting[: len(batch)]

    async def _run(self) -> None:
        while not self._stopping.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(FLUSH_EVERY_S):
                    await self._stopping.wait()
            try:
                await self.flush()
            except Exception as error:  # whatever it was, the next look-ups must be written too
                _log.error("look-ups not recorded yet", waiting=len(self._waiting), error=type(error).__name__)


def origin(address: str) -> str:
    """Where a look-up came from, fit for the trail: a network address as it is, a phone number or chat masked."""
    if is_ipv4(address):
        return address
    found = network_address(address.partition("/")[0])
    return (str(found) if found else masked_mobile(address))[:ORIGIN_CHARS]
