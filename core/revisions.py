"""Counters in the database that tell every process when the copy it keeps of some data is old."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from tortoise.backends.base.client import BaseDBAsyncClient

from core.database import Database

CATALOGUE, CALENDAR = "catalogue", "calendar"
LOOK_AGAIN_S = 2.0

Copy = TypeVar("Copy")
_RAISE = "INSERT INTO revision (name, value) VALUES ($1, 1) ON CONFLICT (name) DO UPDATE SET value = revision.value + 1"


async def raise_revision(connection: BaseDBAsyncClient, name: str, *, postgres: bool) -> None:
    """Tell all processes that data of this kind changed; part of the writer's transaction."""
    await connection.execute_query(_RAISE if postgres else _RAISE.replace("$", "?"), [name])


class Kept(Generic[Copy]):
    """A copy of data that rarely changes, read anew at most `LOOK_AGAIN_S` after its revision was raised."""

    def __init__(self, database: Database, name: str, read: Callable[[], Awaitable[Copy]]) -> None:
        self._database, self._name, self._read = database, name, read
        self._copy: Copy | None = None
        self._revision = -1
        self._looked_at = float("-inf")

    async def get(self) -> Copy:
        if self._copy is not None and time.monotonic() - self._looked_at < LOOK_AGAIN_S:
            return self._copy
        revision = await self._current_revision()
        if self._copy is None or revision != self._revision:
            self._copy, self._revision = await self._read(), revision
        self._looked_at = time.monotonic()
        return self._copy

    async def _current_revision(self) -> int:
        found = await self._database.rows("SELECT value FROM revision WHERE name = $1", (self._name,))
        return int(found[0]["value"]) if found else 0
