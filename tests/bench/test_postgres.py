"""What PostgreSQL takes for those who are connected to one database is told of them alone."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import asyncpg
import pytest

from bench.postgres import Backends
from tests.servers import PostgresServer

BUSY = "SELECT sum(sqrt(n)) FROM generate_series(1, 500000) n"
BUSY_S, IDLE_S = 0.02, 0.01


@pytest.fixture
def mine(postgres_server: PostgresServer) -> Iterator[str]:
    url = asyncio.run(postgres_server.new())
    yield url
    asyncio.run(postgres_server.drop(url))


@pytest.fixture
def other(postgres_server: PostgresServer) -> Iterator[str]:
    url = asyncio.run(postgres_server.new())
    yield url
    asyncio.run(postgres_server.drop(url))


def test_work_for_another_database_is_not_counted(mine: str, other: str) -> None:
    backends, others = Backends(mine), Backends(other)
    with asyncio.Runner() as runner:
        here, there = runner.run(asyncpg.connect(mine)), runner.run(asyncpg.connect(other))
        before, others_before = backends.cpu_s(), others.cpu_s()
        runner.run(there.execute(BUSY))
        assert others.cpu_s() - others_before > BUSY_S
        assert backends.cpu_s() - before < IDLE_S
        runner.run(here.execute(BUSY))
        assert backends.cpu_s() - before > BUSY_S
        runner.run(here.close())
        runner.run(there.close())


def test_what_was_taken_by_who_has_left_still_counts(mine: str) -> None:
    backends = Backends(mine)
    with asyncio.Runner() as runner:
        first = runner.run(asyncpg.connect(mine))
        runner.run(first.execute(BUSY))
        before = backends.cpu_s()
        runner.run(first.close())
        second = runner.run(asyncpg.connect(mine))
        assert backends.cpu_s() >= before > BUSY_S
        runner.run(second.close())


def test_nobody_is_not_told_as_nothing(mine: str) -> None:
    backends = Backends(mine)
    with pytest.raises(RuntimeError, match="nobody is connected"):
        backends.cpu_s()
