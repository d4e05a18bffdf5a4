"""Connections held for reading: for the few questions that are asked too often for an ORM, outside of any transaction.

To hand one back after each question would cost PostgreSQL a second one; on SQLite who asks would wait for who writes.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol, cast

import aiosqlite
import asyncpg

from core.errors import Unavailable
from core.lost import LOST, STALE, away_told

HELD = 4
READ_TIMEOUT_S = 15.0
SQLITE_BUSY_S = 5.0
_PLACE = re.compile(r"\$(\d)")
_CLOSED = "the database is not open"
_AGAIN = (*STALE, *LOST)


class Readers(Protocol):
    """Both raise Unavailable while the database is away, and once they were closed."""

    async def rows(self, sql: str, values: Sequence[Any]) -> Sequence[Any]: ...

    async def close(self) -> None: ...


class PostgresReaders:
    """Some connections of a pool, each with the statements that were prepared on it."""

    def __init__(self, pool: Callable[[], Any]) -> None:
        self._lanes = [_Lane(pool) for _ in range(HELD)]
        self._turns = asyncio.Semaphore(HELD)
        self._closed = False

    async def rows(self, sql: str, values: Sequence[Any]) -> Sequence[Any]:
        await (self._turn() if self._turns.locked() else self._turns.acquire())
        try:
            if self._closed:
                raise Unavailable(_CLOSED)
            lane = self._lanes.pop()
            try:
                return await lane.rows(sql, values)
            finally:
                self._lanes.append(lane)
        finally:
            self._turns.release()

    async def _turn(self) -> None:
        """Wait for a connection that nobody asks on, but not without end: behind others that hang it may be long."""
        try:
            async with asyncio.timeout(READ_TIMEOUT_S):
                await self._turns.acquire()
        except TimeoutError:
            raise Unavailable(f"no connection was free within {READ_TIMEOUT_S:g} s") from None

    async def close(self) -> None:
        """Who is being answered still is, and nobody after that."""
        self._closed = True
        for _ in range(HELD):
            await self._turns.acquire()
        for lane in self._lanes:
            await lane.release()
        for _ in range(HELD):
            self._turns.release()


class SqliteReader:
    """One connection beside that of those who write: with a log written ahead, as ours is, it sees what is done, and
    waits for nobody who writes.
    """

    def __init__(self, path: str) -> None:
        # A file that is gone is not made anew.
        self._address = f"{Path(path).absolute().as_uri()}?mode=rw"
        self._connection: aiosqlite.Connection | None = None
        self._opening: asyncio.Task[aiosqlite.Connection] | None = None
        self._closed = False
        self._written: dict[str, str] = {}

    async def rows(self, sql: str, values: Sequence[Any]) -> Sequence[Any]:
        text = self._written.get(sql) or self._written.setdefault(sql, _PLACE.sub(r"?\1", sql))
        with away_told():
            connection = self._connection or await self._opened()
            return cast("Sequence[Any]", await connection.execute_fetchall(text, values))

    async def close(self) -> None:
        """Who is being answered still is, and nobody after that."""
        self._closed, self._connection = True, None
        opening, self._opening = self._opening, None
        if opening is not None:
            await asyncio.wait([opening])
            if not opening.cancelled() and opening.exception() is None:
                await opening.result().close()

    async def _opened(self) -> aiosqlite.Connection:
        if self._closed:
            raise Unavailable(_CLOSED)
        if self._opening is None:
            # Beside who asks: who gives up meanwhile would leave a connection that nobody closes.
            self._opening = asyncio.get_running_loop().create_task(self._begun())
        opening = self._opening
        try:
            connection = await asyncio.shield(opening)
        except Exception:
            if self._opening is opening:
                self._opening = None  # whoever asks next tries again
            raise
        if self._closed:
            raise Unavailable(_CLOSED)
        self._connection = connection
        return connection

    async def _begun(self) -> aiosqlite.Connection:
        connection = await aiosqlite.connect(self._address, uri=True, timeout=SQLITE_BUSY_S, isolation_level=None)
        try:
            connection.row_factory = aiosqlite.Row
            await connection.execute_fetchall("PRAGMA query_only = ON")
        except BaseException:
            await connection.close()
            raise
        return connection


class _Lane:
    """One connection of the pool, held."""

    def __init__(self, pool: Callable[[], Any]) -> None:
        self._pool = pool
        self._connection: Any = None
        self._prepared: dict[str, Any] = {}

    async def rows(self, sql: str, values: Sequence[Any]) -> Sequence[Any]:
        try:
            return await self._asked(sql, values)
        except _AGAIN:
            pass  # a server that was restarted, or dropped this connection: a read may be asked again on a new one
        with away_told():
            return await self._asked(sql, values)

    async def _asked(self, sql: str, values: Sequence[Any]) -> Sequence[Any]:
        try:
            statement = self._prepared.get(sql) or await self._statement(sql)
            rows: Sequence[Any] = await statement.fetch(*values, timeout=READ_TIMEOUT_S)
            return rows
        except asyncio.CancelledError:
            await self._let_go()  # what is still under way on it would hold up whoever asks next
            raise
        except _AGAIN as error:
            await self._let_go()
            if isinstance(error, TimeoutError):
                raise Unavailable(f"the database took more than {READ_TIMEOUT_S:g} s") from error
            raise

    async def _statement(self, sql: str) -> Any:
        if self._connection is None:
            self._connection = await self._pool().acquire(timeout=READ_TIMEOUT_S)
        statement = self._prepared[sql] = await self._connection.prepare(sql, timeout=READ_TIMEOUT_S)
        return statement

    async def _let_go(self) -> None:
        """Give up a connection that may be dead, without waiting for an answer on it."""
        if self._connection is not None:
            with contextlib.suppress(asyncpg.InterfaceError):  # the pool saw it first
                self._connection.terminate()
        await self.release()

    async def release(self) -> None:
        connection, self._connection = self._connection, None
        self._prepared.clear()
        if connection is not None:
            with contextlib.suppress(*LOST):
                await self._pool().release(connection)
