"""The way to the approval database: opening it, migrating it, its transactions, and the ways around the ORM."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import functools
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

import asyncpg
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.backends.base.config_generator import expand_db_url
from tortoise.backends.sqlite import executor as _adapts_moments  # noqa: F401  (ours has to come after its own)
from tortoise.connection import get_connections
from tortoise.context import TortoiseContext
from tortoise.exceptions import BaseORMException, ConfigurationError, TransactionManagementError
from tortoise.transactions import in_transaction

from core import schema
from core.errors import SettingsError, Unavailable
from core.local_time import ZONE, for_sqlite
from core.lost import LOST, away_told
from core.readers import HELD, PostgresReaders, Readers, SqliteReader

CONNECT_TIMEOUT_S = 5.0
Result = TypeVar("Result")
Asked = ParamSpec("Asked")
sqlite3.register_adapter(datetime, for_sqlite)
# Changes nothing, and takes the right to write: SQLite refuses it at once to who read before somebody else wrote.
_TAKE_TURN = "UPDATE revision SET value = value WHERE 1 = 0"


class Database:
    """One open approval database; SQLite or PostgreSQL by its address.

    `rows` runs a read that is written once for both, with `$1`, `$2` … as places, on connections held for that. Raises
    SettingsError for an address that can't be understood.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.is_postgres = url.startswith(("postgres://", "postgresql://"))
        # Tortoise keeps the SQL it has built by the connection's name: each kind of database needs a name of its own.
        self._name = "postgres" if self.is_postgres else "sqlite"
        self._context: TortoiseContext | None = None
        self._root: BaseDBAsyncClient | None = None
        self._outside = contextvars.copy_context()
        self._readers: Readers | None = None
        self._connection()

    async def open(self) -> None:
        """Connect in the current context. Raises Unavailable for a database that isn't there."""
        config = {"connections": {self._name: self._connection()}, "apps": self._apps()}
        self._context = TortoiseContext()
        self._context.__enter__()
        try:
            await self._context.init(config=config, use_tz=True, timezone=ZONE.key)
            self._root = self.client
            await self._connect(self._root)
        except BaseException:
            await self.close()
            raise
        self._readers = PostgresReaders(self._pool) if self.is_postgres else SqliteReader(self._path)
        self._outside = contextvars.copy_context()

    async def _connect(self, root: BaseDBAsyncClient) -> None:
        try:
            if not self.is_postgres:
                Path(self._path).parent.mkdir(parents=True, exist_ok=True)
            await root.create_connection(with_db=True)
        except (*LOST, sqlite3.Error, BaseORMException) as error:
            raise Unavailable(f"the database does not answer: {error}") from error

    async def close(self) -> None:
        readers, self._readers = self._readers, None
        if readers is not None:
            await readers.close()
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
        """The rows that `sql` reads, each indexable by column name; what a transaction has not finished isn't seen."""
        if self._readers is None:
            raise Unavailable("the database is not open")
        return await self._readers.rows(sql, values)

    async def append(self, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """Add rows to a table, all or none, the fastest way there is. Raises Unavailable when the database is away."""
        with away_told():
            if self.is_postgres:
                async with self.client.acquire_connection() as connection:
                    await connection.copy_records_to_table(table, records=rows, columns=columns)
            else:
                places = ", ".join("?" * len(columns))
                # Names of tables and columns are our own, never a stranger's.
                sql = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})"  # noqa: S608
                await self.client.execute_many(sql, [[*row] for row in rows])

    def in_background(self, work: Coroutine[Any, Any, Result]) -> asyncio.Task[Result]:
        """Run work beside the caller and outside of its transaction; the caller keeps the task."""
        return asyncio.get_running_loop().create_task(work, context=self._outside.copy())

    async def ping(self) -> None:
        """Raises Unavailable when the database doesn't answer."""
        await self.rows("SELECT 1 AS one", ())

    async def pending_migrations(self) -> list[str]:
        """The names of migrations that have not been run on this database."""
        return await schema.pending(self.client, self._apps())

    async def migrate(self) -> list[str]:
        """Bring the schema up to date; the names of the migrations that were run. Raises Unavailable."""
        return await schema.migrate(self.client, self._apps())

    @property
    def _path(self) -> str:
        """Where a SQLite is, as its driver was told."""
        return str(cast(Any, self._root).filename)

    def _pool(self) -> Any:
        return cast(Any, self._root)._pool

    def _apps(self) -> dict[str, Any]:
        return {"core": {"models": ["core.models"], "migrations": "core.migrations", "default_connection": self._name}}

    def _connection(self) -> dict[str, Any]:
        if not self.is_postgres and not self.url.startswith("sqlite://"):
            raise SettingsError([f"database.url: {self.url.split(':', 1)[0]!r} is neither sqlite:// nor postgres://"])
        if ":memory:" in self.url and not self.is_postgres:
            raise SettingsError(["database.url: a SQLite is kept in a file"])
        try:
            expanded: dict[str, Any] = expand_db_url(self.url.replace("postgresql://", "postgres://", 1))
        except (ConfigurationError, ValueError):
            # The error may quote a piece of the password.
            raise SettingsError(["database.url: has no path, or a host or port that can't be understood"]) from None
        if self.is_postgres:
            pool = {"minsize": 1, "maxsize": 2 * HELD + 2, "reset": _left_as_it_is}
            expanded["credentials"] |= pool | {"timeout": CONNECT_TIMEOUT_S}
        else:
            # Who reads relies on the log written ahead.
            expanded["credentials"] |= {"busy_timeout": 5000, "synchronous": "NORMAL", "journal_mode": "WAL"}
        return expanded


async def _left_as_it_is(_connection: asyncpg.Connection) -> None:
    """Nothing of ours outlives its transaction on a connection: no setting, no lock, nothing listened to. To reset it
    all the same would cost each question a second one.
    """


# What is to be done once the outermost transaction is in the database, each call once.
_Calls = dict[Callable[[], None], None]
_afterwards: contextvars.ContextVar[_Calls | None] = contextvars.ContextVar("afterwards", default=None)


@contextlib.asynccontextmanager
async def transaction() -> AsyncIterator[BaseDBAsyncClient]:
    """All or nothing; nests. Raises Unavailable when the database is away.

    A task that is begun inside of one counts as a part of it: what shall outlive it is begun by `in_background`.
    """
    outer = _afterwards.get()
    token = _afterwards.set(dict(outer or {}))
    try:
        with away_told():
            async with _Begun() as connection:
                if connection.capabilities.dialect == "sqlite":
                    await connection.execute_query(_TAKE_TURN)
                yield connection
        calls = _afterwards.get() or {}
    finally:
        _afterwards.reset(token)
    if outer is not None:
        outer.update(calls)
        return
    for call in calls:
        call()


def after_commit(call: Callable[[], None]) -> None:
    """Call it once what is being written can be seen by others: at once outside of a transaction, never when that or
    the inner one fails. A call that was asked for several times is made once. It must not fail.
    """
    waiting = _afterwards.get()
    if waiting is None:
        call()
    else:
        waiting[call] = None


class _Begun:
    """Tortoise's transaction, of which nothing is left when its connection dies.

    Left to itself, Tortoise keeps a connection that died at the beginning or the giving back for good: as the one that
    the task uses from then on, and as one that the pool misses. Tasks that live long would never write again.
    """

    def __init__(self) -> None:
        self._transaction = in_transaction()
        self._name: str = cast(Any, self._transaction).connection_name
        self._before = get_connections().get(self._name)

    async def __aenter__(self) -> BaseDBAsyncClient:
        try:
            return await self._transaction.__aenter__()
        except BaseException:
            if hasattr(self._transaction, "token"):
                # As for one that is over already: the connection is given back, and nothing asked of it.
                with contextlib.suppress(*LOST):
                    await self._transaction.__aexit__(TransactionManagementError, None, None)
            self._go_back()
            raise

    async def __aexit__(self, *error: Any) -> None:
        try:
            await self._transaction.__aexit__(*error)
        finally:
            self._go_back()

    def _go_back(self) -> None:
        """To the connection that the task used before."""
        if get_connections().get(self._name) is not self._before:
            get_connections().set(self._name, self._before)


def reading(ask: Callable[Asked, Awaitable[Result]]) -> Callable[Asked, Coroutine[Any, Any, Result]]:
    """A function that only reads, asked again once when its connection was lost; then it raises Unavailable."""

    @functools.wraps(ask)
    async def asked(*args: Asked.args, **kwargs: Asked.kwargs) -> Result:
        with contextlib.suppress(*LOST):
            return await ask(*args, **kwargs)
        with away_told():
            return await ask(*args, **kwargs)

    return asked
