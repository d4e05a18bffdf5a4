"""The fastest way to one case that the drivers give: a prepared statement on connections that are kept."""

from __future__ import annotations

import asyncio
from typing import Any

import aiosqlite
import asyncpg

from core.keys import Keys
from core.lookup import BY_ID, BY_NUMBER

CONNECTIONS = 4


class PostgresRows:
    """Statements prepared on connections of their own."""

    def __init__(self) -> None:
        self._held: asyncio.LifoQueue[tuple[Any, Any]] = asyncio.LifoQueue()

    async def open(self, url: str) -> None:
        for _ in range(CONNECTIONS):
            connection = await asyncpg.connect(url)
            self._held.put_nowait((await connection.prepare(BY_NUMBER), await connection.prepare(BY_ID)))

    async def by_number(self, number: str) -> Any:
        held = await self._held.get()
        try:
            return await held[0].fetchrow(number, "")
        finally:
            self._held.put_nowait(held)

    async def by_token(self, keys: Keys, token: str) -> Any:
        """The case of a signed token; its signature is checked."""
        read = keys.read_token(token)
        assert read is not None
        held = await self._held.get()
        try:
            return await held[1].fetchrow(read.case_id)
        finally:
            self._held.put_nowait(held)


class SqliteRows:
    """One connection; aiosqlite keeps its statements prepared."""

    async def open(self, url: str) -> None:
        self._connection = await aiosqlite.connect(url.removeprefix("sqlite://"))
        self._connection.row_factory = aiosqlite.Row
        self._by_number = BY_NUMBER.replace("$", "?")

    async def by_number(self, number: str) -> Any:
        [row] = await self._connection.execute_fetchall(self._by_number, (number, ""))
        return row


async def opened(url: str) -> Any:
    """The rows of a database, by its address."""
    rows = SqliteRows() if url.startswith("sqlite://") else PostgresRows()
    await rows.open(url)
    return rows
