"""What PostgreSQL takes for those who are connected to one database is told of them alone."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import pytest

from bench.postgres import Backends
from tests.servers import PostgresServer

BUSY = "SELECT sum(sqrt(n)) FROM generate_series(1, 1000000) n"
BUSY_S, IDLE_S = 0.04, 0.02
ENDS_WITHIN_S = 10


@pytest.fixture
def urls(postgres_server: PostgresServer) -> Iterator[list[str]]:
    """Two databases of one server."""
    made = [asyncio.run(postgres_server.new()) for _ in range(2)]
    yield made
    for url in made:
        asyncio.run(postgres_server.drop(url))


class Somebody:
    """Who is connected to a database."""

    def __init__(self, url: str, runner: asyncio.Runner) -> None:
        self._runner = runner
        self._connection = runner.run(asyncpg.connect(url))
        self._served_by = Path(f"/proc/{self._connection.get_server_pid()}")

    def works(self) -> None:
        self._runner.run(self._connection.execute(BUSY))

    def leaves(self) -> None:
        """Until the process that served is gone."""
        if not self._connection.is_closed():
            self._runner.run(self._connection.close())
        over = time.monotonic() + ENDS_WITHIN_S
        while self._served_by.exists():
            assert time.monotonic() < over
            time.sleep(0.01)


@contextmanager
def somebody(url: str) -> Iterator[Somebody]:
    with asyncio.Runner() as runner:
        made = Somebody(url, runner)
        try:
            yield made
        finally:
            made.leaves()


def test_work_for_another_database_is_not_counted(urls: list[str]) -> None:
    mine, others = map(Backends, urls)
    with somebody(urls[0]) as me, somebody(urls[1]) as another:
        before, others_before = mine.cpu_s(), others.cpu_s()
        another.works()
        assert others.cpu_s() - others_before > BUSY_S
        assert mine.cpu_s() - before < IDLE_S
        me.works()
        assert mine.cpu_s() - before > BUSY_S


def test_what_was_taken_by_who_has_left_still_counts(urls: list[str]) -> None:
    backends = Backends(urls[0])
    with somebody(urls[0]) as me:
        me.works()
        before = backends.cpu_s()
        me.leaves()
        assert backends.cpu_s() == before > BUSY_S


def test_nobody_is_not_told_as_nothing(urls: list[str]) -> None:
    backends = Backends(urls[0])
    with pytest.raises(RuntimeError, match="nobody is connected"):
        backends.cpu_s()
