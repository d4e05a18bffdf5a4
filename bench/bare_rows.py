"""The fastest way to one case that the drivers give: a prepared statement on connections that are kept; and the fastest
way to record look-ups: many at once.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol

import aiosqlite
import asyncpg

from core.local_time import ZONE
from core.lookup import BY_ID, BY_NUMBER

CONNECTIONS = 4
RECORDED_EVERY_S = 0.5
COLUMNS = ("at", "channel", "sender", "origin", "number", "by", "outcome")


class Rows(Protocol):
    """Cases as the database has them, and the record of who asked for them."""

    async def by_number(self, number: str, sender: str) -> Any: ...

    async def by_id(self, case_id: int) -> Any: ...

    def record(self, channel: str, sender: str, origin: str, number: str, by: str) -> None: ...

    async def write(self) -> None: ...


class _Recording(ABC):
    """Keeps records for a moment, and writes what came in it."""

    def __init__(self) -> None:
        self._records: list[Sequence[Any]] = []

    def record(self, channel: str, sender: str, origin: str, number: str, by: str) -> None:
        self._records.append((datetime.now(ZONE), channel, sender, origin, number, by, "told"))

    async def write(self) -> None:
        """Goes on as long as the program."""
        while True:
            await asyncio.sleep(RECORDED_EVERY_S)
            if self._records:
                records, self._records = self._records, []
                await self._append(records)

    @abstractmethod
    async def _append(self, records: Sequence[Sequence[Any]]) -> None: ...


class PostgresRows(_Recording):
    """Statements prepared on connections of their own, and one connection more for COPY."""

    def __init__(self) -> None:
        super().__init__()
        self._held: asyncio.LifoQueue[tuple[Any, Any]] = asyncio.LifoQueue()

    async def open(self, url: str) -> None:
        self._writer = await asyncpg.connect(url)
        for _ in range(CONNECTIONS):
            connection = await asyncpg.connect(url)
            self._held.put_nowait((await connection.prepare(BY_NUMBER.one), await connection.prepare(BY_ID.one)))

    async def by_number(self, number: str, sender: str) -> Any:
        held = await self._held.get()
        try:
            return await held[0].fetchrow(number, sender)
        finally:
            self._held.put_nowait(held)

    async def by_id(self, case_id: int) -> Any:
        held = await self._held.get()
        try:
            return await held[1].fetchrow(case_id)
        finally:
            self._held.put_nowait(held)

    async def _append(self, records: Sequence[Sequence[Any]]) -> None:
        await self._writer.copy_records_to_table("lookup_record", records=records, columns=COLUMNS)


class SqliteRows(_Recording):
    """One connection; aiosqlite keeps its statements prepared."""

    async def open(self, url: str) -> None:
        self._connection = await aiosqlite.connect(url.removeprefix("sqlite://"))
        self._connection.row_factory = aiosqlite.Row
        await self._connection.execute("PRAGMA synchronous = NORMAL")
        self._by_number, self._by_id = BY_NUMBER.one.replace("$", "?"), BY_ID.one.replace("$", "?")
        self._insert = f"INSERT INTO lookup_record ({', '.join(COLUMNS)}) VALUES (?, ?, ?, ?, ?, ?, ?)"

    async def by_number(self, number: str, sender: str) -> Any:
        [row] = await self._connection.execute_fetchall(self._by_number, (number, sender))
        return row

    async def by_id(self, case_id: int) -> Any:
        [row] = await self._connection.execute_fetchall(self._by_id, (case_id,))
        return row

    async def _append(self, records: Sequence[Sequence[Any]]) -> None:
        await self._connection.executemany(self._insert, [(at.isoformat(" "), *rest) for at, *rest in records])
        await self._connection.commit()


async def opened(url: str) -> Rows:
    """The rows of a database, by its address."""
    rows = SqliteRows() if url.startswith("sqlite://") else PostgresRows()
    await rows.open(url)
    return rows
