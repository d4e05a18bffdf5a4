"""Databases that are away for a while, and a clock that tests put forward instead of sleeping."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import asyncpg

from core.database import Database
from core.local_time import now


class Clock:
    """Stands in for `now`."""

    def __init__(self) -> None:
        self.at = now()

    def __call__(self) -> datetime:
        return self.at

    def put_forward(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@asynccontextmanager
async def away(database: Database) -> AsyncIterator[None]:
    """A PostgreSQL that lets nobody in, as while it restarts; a SQLite that another process holds for writing."""
    async with _locked_out(database.url) if database.is_postgres else _held(database):
        yield


async def terminate(url: str) -> None:
    """Ends every connection to a PostgreSQL database."""
    connection = await asyncpg.connect(url)
    sql = (
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database() AND pid <> $1"
    )
    await connection.fetch(sql, connection.get_server_pid())
    await connection.close()


@asynccontextmanager
async def _locked_out(url: str) -> AsyncIterator[None]:
    name = url.partition("?")[0].rpartition("/")[2]
    server = await asyncpg.connect(url.replace(f"/{name}", "/postgres"))
    await server.execute(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS false")
    await server.execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = $1", name)
    try:
        yield
    finally:
        await server.execute(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS true")
        await server.close()


@asynccontextmanager
async def _held(database: Database) -> AsyncIterator[None]:
    await database.client.execute_query("PRAGMA busy_timeout = 50")
    holder = sqlite3.connect(database.url.removeprefix("sqlite://"), isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        holder.execute("ROLLBACK")
        holder.close()
