"""Counters in the database that tell every process when the copy it keeps of some data is old."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

import structlog
from tortoise.backends.base.client import BaseDBAsyncClient

from core.database import Database

CATALOGUE, CALENDAR, NOTICES, SWITCHES, TEMPLATES = "catalogue", "calendar", "notices", "switches", "templates"
LOOK_AGAIN_S = 2.0

Copy = TypeVar("Copy")
_RAISE = "INSERT INTO revision (name, value) VALUES ($1, 1) ON CONFLICT (name) DO UPDATE SET value = revision.value + 1"
_log = structlog.get_logger()


async def raise_revision(connection: BaseDBAsyncClient, name: str, *, postgres: bool) -> None:
    """Tell all processes that data of this kind changed; part of the writer's transaction."""
    await connection.execute_query(_RAISE if postgres else _RAISE.replace("$", "?"), [name])


class Kept(Generic[Copy]):
    """A copy of data that rarely changes.

    Whoever asks first waits for the reading; from then on the copy is looked after beside the requests, at most every
    `LOOK_AGAIN_S`, so that none waits for a rebuilding.
    """

    def __init__(self, database: Database, name: str, read: Callable[[], Awaitable[Copy]]) -> None:
        self._database, self._name, self._read = database, name, read
        self._copy: Copy | None = None
        self._revision = -1
        self._looked_at = float("-inf")
        self._refreshing: asyncio.Task[None] | None = None

    async def get(self) -> Copy:
        """The copy. Raises Unavailable when there is none yet and the database is away."""
        if self._copy is None:
            await asyncio.shield(self._refreshed())
            return await self.get()
        if time.monotonic() - self._looked_at >= LOOK_AGAIN_S:
            self._refreshed()
        return self._copy

    def _refreshed(self) -> asyncio.Task[None]:
        if self._refreshing is None or self._refreshing.done():
            self._refreshing = self._database.in_background(self.refresh())
            self._refreshing.add_done_callback(self._tell)
        return self._refreshing

    async def refresh(self) -> None:
        """Look now, and read anew when the revision was raised."""
        revision = await self._current_revision()
        if self._copy is None or revision != self._revision:
            self._copy, self._revision = await self._read(), revision
        self._looked_at = time.monotonic()

    async def close(self) -> None:
        if self._refreshing is not None:
            self._refreshing.cancel()
            await asyncio.gather(self._refreshing, return_exceptions=True)

    def _tell(self, refreshing: asyncio.Task[None]) -> None:
        if not refreshing.cancelled() and (error := refreshing.exception()):
            _log.error("copy not refreshed", copy=self._name, exc_info=error)

    async def _current_revision(self) -> int:
        found = await self._database.rows("SELECT value FROM revision WHERE name = $1", (self._name,))
        return int(found[0]["value"]) if found else 0
