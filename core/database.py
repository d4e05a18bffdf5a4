"""The way to the approval database: opening it, migrating it, and the few reads that are too hot for an ORM."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
from collections.abc import AsyncIterator, Coroutine, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar, cast

import asyncpg
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.backends.base.config_generator import expand_db_url
from tortoise.context import TortoiseContext
from tortoise.exceptions import BaseORMException
from tortoise.migrations.executor import MigrationExecutor, MigrationTarget
from tortoise.transactions import in_transaction

from core.errors import SettingsError, Unavailable
from core.local_time import ZONE

HELD_READERS = 4
Result = TypeVar("Result")
LOST = (
    OSError,
    asyncpg.InterfaceError,
    asyncpg.ConnectionDoesNotExistError,
    asyncpg.exceptions.OperatorInterventionError,
)


class Database:
    """One open approval database; SQLite or PostgreSQL by its address.

    `rows` runs a read that is written once for both, with `$1`, `$2` … as places, prepared on connections that are
    held between calls: handing one back would cost a round trip for its reset.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.is_postgres = url.startswith(("postgres://", "postgresql://"))
        # Tortoise keeps the SQL it has built by the connection's name: each kind of database needs a name of its own.
        self._name = "postgres" if self.is_postgres else "sqlite"
        self._context: TortoiseContext | None = None
        self._root: BaseDBAsyncClient | None = None
        self._outside = contextvars.copy_context()
        self._lanes: asyncio.LifoQueue[_Lane] = asyncio.LifoQueue()
        self._prepared_for_sqlite: dict[str, str] = {}

    async def open(self) -> None:
        """Connect in the current context. Raises SettingsError for an address that can't be understood."""
        self._context = TortoiseContext()
        self._context.__enter__()
        await self._context.init(
            config={"connections": {self._name: self._connection()}, "apps": self._apps()},
            use_tz=True,
            timezone=ZONE.key,
        )
        self._root = self.client
        try:
            await self._root.create_connection(with_db=True)
        except (*LOST, BaseORMException, TimeoutError) as error:
            await self.close()
            raise Unavailable(f"the database does not answer: {error}") from error
        for _ in range(HELD_READERS):
            self._lanes.put_nowait(_Lane())
        self._outside = contextvars.copy_context()

    async def close(self) -> None:
        while not self._lanes.empty():
            await self._lanes.get_nowait().release(self)
        if self._context is not None:
            await self._context.close_connections()
            self._context.__exit__(None, None, None)
            self._context = self._root = None

    @property
    def client(self) -> BaseDBAsyncClient:
        """The connection of the running transaction, else the one that all share."""
        if self._context is None:
            raise Unavailable("the database is not open")
        return self._context.connections.get(self._name)

    async def rows(self, sql: str, values: Sequence[Any]) -> Sequence[Any]:
        """The rows that `sql` reads, each indexable by column name."""
        if not self.is_postgres:
            return await self._sqlite_rows(sql, values)
        lane = await self._lanes.get()
        try:
            return await lane.rows(self, sql, values)
        finally:
            self._lanes.put_nowait(lane)

    async def _sqlite_rows(self, sql: str, values: Sequence[Any]) -> Sequence[Any]:
        text = self._prepared_for_sqlite.setdefault(sql, sql.replace("$", "?"))
        try:
            _, found = await self.client.execute_query(text, list(values))
        except BaseORMException as error:
            raise Unavailable(str(error)) from error
        return cast("Sequence[Any]", found)

    async def append(self, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """Add rows to a table, all or none, the fastest way there is. Raises Unavailable when the database is away."""
        try:
            if self.is_postgres:
                async with self.client.acquire_connection() as connection:
                    await connection.copy_records_to_table(table, records=rows, columns=columns)
            else:
                places = ", ".join("?" * len(columns))
                # Names of tables and columns are our own, never a stranger's.
                sql = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})"  # noqa: S608
                await self.client.execute_many(sql, [[_for_sqlite(value) for value in row] for row in rows])
        except (*LOST, BaseORMException) as error:
            raise Unavailable(str(error)) from error

    def in_background(self, work: Coroutine[Any, Any, Result]) -> asyncio.Task[Result]:
        """Run work beside the caller and outside of its transaction; the caller keeps the task."""
        return asyncio.get_running_loop().create_task(work, context=self._outside.copy())

    async def ping(self) -> None:
        """Raises Unavailable when the database doesn't answer."""
        await self.rows("SELECT 1 AS one", ())

    async def pending_migrations(self) -> list[str]:
        """The names of migrations that have not been run on this database."""
        plan = await MigrationExecutor(self.client, self._apps()).plan(None)
        return [step.migration.name for step in plan if not step.backward]

    async def migrate(self) -> list[str]:
        """Bring the schema up to date; the names of the migrations that were run."""
        pending = await self.pending_migrations()
        if pending:
            executor = MigrationExecutor(self.client, self._apps())
            await executor.migrate([MigrationTarget(app_label="core", name="__latest__")])
        return pending

    def _apps(self) -> dict[str, Any]:
        return {"core": {"models": ["core.models"], "migrations": "core.migrations", "default_connection": self._name}}

    def _connection(self) -> dict[str, Any]:
        if not self.is_postgres and not self.url.startswith("sqlite://"):
            raise SettingsError([f"database.url: {self.url.split(':', 1)[0]!r} is neither sqlite:// nor postgres://"])
        expanded: dict[str, Any] = expand_db_url(self.url.replace("postgresql://", "postgres://", 1))
        if self.is_postgres:
            expanded["credentials"] |= {"minsize": 1, "maxsize": 2 * HELD_READERS + 2}
        else:
            Path(expanded["credentials"]["file_path"]).parent.mkdir(parents=True, exist_ok=True)
            expanded["credentials"] |= {"busy_timeout": 5000, "synchronous": "NORMAL"}
        return expanded


class _Lane:
    """One connection of the pool, held, with the statements prepared on it."""

    def __init__(self) -> None:
        self._connection: Any = None
        self._prepared: dict[str, Any] = {}

    async def rows(self, database: Database, sql: str, values: Sequence[Any]) -> Sequence[Any]:
        try:
            return cast("Sequence[Any]", await (await self._statement(database, sql)).fetch(*values))
        except LOST:
            # The server was restarted, or dropped this connection: reads may be asked again on a new one.
            await self.release(database)
        try:
            return cast("Sequence[Any]", await (await self._statement(database, sql)).fetch(*values))
        except LOST as error:
            await self.release(database)
            raise Unavailable(str(error)) from error

    async def _statement(self, database: Database, sql: str) -> Any:
        if (statement := self._prepared.get(sql)) is None:
            if self._connection is None:
                self._connection = await _pool(database).acquire()
            statement = self._prepared[sql] = await self._connection.prepare(sql)
        return statement

    async def release(self, database: Database) -> None:
        connection, self._connection = self._connection, None
        self._prepared.clear()
        if connection is not None:
            with contextlib.suppress(*LOST):
                await _pool(database).release(connection)


def _for_sqlite(value: Any) -> Any:
    return value.isoformat(" ") if isinstance(value, datetime) else value


def _pool(database: Database) -> Any:
    return cast(Any, database._root)._pool


@contextlib.asynccontextmanager
async def transaction() -> AsyncIterator[BaseDBAsyncClient]:
    """All or nothing; nests. Raises Unavailable when the database is away."""
    try:
        async with in_transaction() as connection:
            yield connection
    except LOST as error:
        raise Unavailable(str(error)) from error
