"""A migration leaves room for those who work meanwhile, and for processes of the version before; a new database gets
all of its schema or none.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import asyncpg
import pytest
from tortoise.exceptions import OperationalError
from tortoise.migrations.executor import MigrationExecutor, MigrationTarget

from core import schema
from core.again import again
from core.database import Database, transaction
from core.errors import Unavailable, Undone
from core.models import Message
from tests import servers

LAST, BEFORE = "0009_mail", "0008_notify"


@pytest.fixture
def kind() -> str:
    return "postgres"


@pytest.fixture
async def other(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """Another process's connection."""
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


@pytest.fixture
def new_url(postgres_server: servers.PostgresServer) -> Iterator[str]:
    """The address of a database with nothing in it."""
    url = asyncio.run(postgres_server.new())
    yield url
    asyncio.run(postgres_server.drop(url))


async def migrate(url: str) -> list[str]:
    """What a process of its own does."""
    database = Database(url)
    await database.open()
    try:
        return await database.migrate()
    finally:
        await database.close()


async def step_back(database: Database, to: str = BEFORE) -> None:
    executor = MigrationExecutor(database.client, database._apps())
    await executor.migrate([MigrationTarget(app_label="core", name=to)])


async def test_who_holds_a_table_is_waited_for_and_not_thrown_out(
    database: Database, other: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "PAUSE_S", 0.01)
    await step_back(database)
    async with other.transaction():
        # In the order in which notices are written; a migration that held `message` meanwhile would end one of us.
        await other.execute("SELECT 1 FROM subscription")
        await other.execute("SELECT 1 FROM opt_out")
        migrating = asyncio.create_task(database.migrate())
        await asyncio.sleep(1.5)
        await other.execute("SELECT 1 FROM message")
        assert not migrating.done()
    assert await migrating == [LAST]
    assert await database.pending_migrations() == []


async def test_a_table_that_is_never_to_be_had_is_told(
    database: Database, other: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "MOST_TRIES", 2)
    monkeypatch.setattr(schema, "PAUSE_S", 0.01)
    await step_back(database)
    async with other.transaction():
        await other.execute("SELECT 1 FROM message")
        with pytest.raises(Unavailable, match="in use"):
            await database.migrate()
    assert await database.pending_migrations() == [LAST]


async def test_a_new_database_gets_all_of_its_schema_or_none(new_url: str) -> None:
    connection = await asyncpg.connect(new_url)
    try:
        await connection.execute("CREATE TABLE subscription (id INT)")  # as by an attempt that was broken off
        with pytest.raises(OperationalError, match="subscription"):
            await migrate(new_url)
        tables = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        assert {row["tablename"] for row in tables} == {"subscription"}
        await connection.execute("DROP TABLE subscription")
    finally:
        await connection.close()
    assert (await migrate(new_url))[-1] == LAST


async def test_two_who_migrate_a_new_database_at_once_wait_for_each_other(new_url: str) -> None:
    one, other = await asyncio.gather(*(asyncio.create_task(migrate(new_url)) for _ in range(2)))
    assert (one or other)[-1] == LAST
    assert not (one and other), "one of them ran nothing"


async def test_two_who_migrate_an_older_database_at_once_undo_nothing_of_each_others(
    database: Database, database_url: str
) -> None:
    await step_back(database, "0007_exchange")
    ran = await asyncio.gather(*(asyncio.create_task(migrate(database_url)) for _ in range(2)))
    assert sorted(ran[0] + ran[1]) == [BEFORE, LAST]
    assert await database.pending_migrations() == []


async def test_a_migration_that_was_run_meanwhile_is_left_alone_with_all_that_came_after_it(database: Database) -> None:
    assert await schema._run("0007_exchange", database._apps()) == []
    assert await database.pending_migrations() == []


async def test_a_process_that_does_not_know_a_new_column_goes_on_writing(
    database: Database, other: asyncpg.Connection
) -> None:
    defaults = await other.fetch(
        "SELECT column_name, column_default FROM information_schema.columns "
        "WHERE (table_name, column_name) IN "
        "(('approval_case', 'handler'), ('kiosk', 'printer'), ('notice', 'written_by'))"
    )
    assert len(defaults) == 3
    assert all(row["column_default"].startswith("''") for row in defaults)


async def test_what_a_migration_undid_is_done_once_more(database: Database, other: asyncpg.Connection) -> None:
    tries = 0

    async def read() -> None:
        nonlocal tries
        tries += 1
        async with transaction():
            await Message.all().count()
            await Message.first()

    await again(read)()
    await other.execute("ALTER TABLE message ALTER COLUMN address TYPE VARCHAR(300)")
    await again(read)()
    assert tries == 3


async def test_inside_a_larger_transaction_all_of_it_is_undone(database: Database, other: asyncpg.Connection) -> None:
    @again
    async def read() -> None:
        await Message.first()

    async def larger() -> None:
        async with transaction():
            await read()

    await larger()
    await other.execute("ALTER TABLE message ALTER COLUMN address TYPE VARCHAR(300)")
    with pytest.raises(Undone):
        await larger()
    await again(larger)()
