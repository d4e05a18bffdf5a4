"""The approval database, real ones of both kinds: it comes back after it was away, and says so while it is."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, timedelta, timezone
from pathlib import Path

import asyncpg
import pytest
from tortoise.exceptions import IntegrityError

from core.database import Database, reading, transaction
from core.errors import SettingsError, Unavailable
from core.local_time import now
from core.models import ChannelSwitch, Revision
from tests.core.outage import away, terminate
from tests.servers import PostgresServer

ROOT = Path(__file__).parents[2]
COUNT = "SELECT count(*) AS n FROM revision WHERE name LIKE $1"


@reading
async def names() -> list[str]:
    return sorted(row.name for row in await Revision.filter(name__startswith="test"))


@pytest.fixture
def empty_url(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database with nothing in it."""
    if kind == "sqlite":
        return f"sqlite://{tmp_path / 'new' / 'haoban.db'}"
    server: PostgresServer = request.getfixturevalue("postgres_server")
    return asyncio.run(server.new())


async def test_migrations_run_once_on_an_empty_database(empty_url: str) -> None:
    database = Database(empty_url)
    await database.open()
    assert await database.migrate()
    assert await database.migrate() == []
    assert await database.pending_migrations() == []
    await database.close()


async def test_no_later_migration_costs_an_index_of_what_waits(database: Database) -> None:
    listed = "SELECT indexname AS name FROM pg_indexes" if database.is_postgres else "SELECT name FROM sqlite_master"
    names = {row["name"] for row in await database.client.execute_query_dict(listed)}
    assert {"message_waiting", "message_leased", "message_unsure", "message_dead", "notification_look"} <= names
    assert {"message_worded", "message_provider", "message_address", "subscription_address"} <= names


async def test_rows_are_appended_all_or_none(database: Database) -> None:
    await database.append("revision", ("name", "value"), [("test 1", 1), ("test 2", 2)])
    with pytest.raises((IntegrityError, asyncpg.UniqueViolationError)):
        await database.append("revision", ("name", "value"), [("test 3", 3), ("test 1", 1)])
    assert await names() == ["test 1", "test 2"]


async def test_moments_of_any_zone_are_compared_as_moments(database: Database) -> None:
    at = now()
    await ChannelSwitch.create(place="ours", at=at, by="x")
    await ChannelSwitch.create(place="far", at=at.astimezone(timezone(timedelta(hours=-12))), by="x")
    await database.append("channel_switch", ("place", "at", "by"), [("apart", at.astimezone(UTC), "x")])
    for asked in (at.astimezone(UTC), at, at.astimezone(timezone(timedelta(hours=14)))):
        assert await ChannelSwitch.filter(at=asked).count() == 3
        assert await ChannelSwitch.filter(at__lt=asked).count() == 0
        assert len(await database.rows("SELECT place FROM channel_switch WHERE at = $1", (asked,))) == 3


async def test_two_who_write_at_once_wait_for_each_other(database: Database, database_url: str) -> None:
    """Both have read before they write, which SQLite refuses without waiting unless it is told beforehand."""

    async def raise_values(times: int) -> None:
        for _ in range(times):
            async with transaction():
                row = await Revision.select_for_update().get(name="test")
                await Revision.filter(name="test").update(value=row.value + 1)

    async def in_another_process() -> None:
        other = Database(database_url)
        await other.open()
        await raise_values(20)
        await other.close()

    await Revision.create(name="test")
    await asyncio.gather(raise_values(20), asyncio.create_task(in_another_process()))
    assert (await Revision.get(name="test")).value == 40


@pytest.mark.parametrize("kind", ["sqlite"])
async def test_sqlite_writes_ahead_and_keeps_foreign_keys(database: Database) -> None:
    for name, value in (("journal_mode", "wal"), ("foreign_keys", 1)):
        assert (await database.client.execute_query(f"PRAGMA {name}"))[1][0][0] == value


@pytest.mark.parametrize("kind", ["sqlite"])
async def test_a_sqlite_that_another_process_holds_is_unavailable(database: Database) -> None:
    async with away(database):
        with pytest.raises(Unavailable):
            async with transaction():
                await Revision.create(name="test")
        with pytest.raises(Unavailable):
            await database.append("revision", ("name", "value"), [("test", 1)])
        assert await names() == []
    async with transaction():
        await Revision.create(name="test")
    assert await names() == ["test"]


@pytest.mark.parametrize("kind", ["postgres"])
async def test_reads_go_on_after_postgres_dropped_every_connection(database: Database, database_url: str) -> None:
    await asyncio.gather(*(database.rows(COUNT, ("test%",)) for _ in range(8)), names())
    await terminate(database_url)
    assert (await database.rows(COUNT, ("test%",)))[0]["n"] == 0
    await terminate(database_url)
    assert await names() == []
    await terminate(database_url)
    async with transaction():
        await Revision.create(name="test")
    await asyncio.gather(*(database.rows(COUNT, ("test%",)) for _ in range(8)))


@pytest.mark.parametrize("kind", ["postgres"])
async def test_a_write_under_way_is_told_and_not_tried_again(database: Database, database_url: str) -> None:
    with pytest.raises(Unavailable):
        async with transaction():
            await Revision.create(name="test")
            await terminate(database_url)
            await Revision.create(name="test 2")
    assert await names() == []


@pytest.mark.parametrize("kind", ["postgres"])
@pytest.mark.parametrize("step", ["start", "rollback", "commit"])
async def test_a_connection_that_dies_in_a_transaction_takes_no_later_one_with_it(
    database: Database, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """A worker's lane, and a connection of a browser, live in one task: what is left there is left for good."""

    async def die(_self: object) -> None:
        raise asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation")

    for _ in range(20):  # more often than the pool has connections
        with monkeypatch.context() as patched:
            patched.setattr(asyncpg.transaction.Transaction, step, die)
            with pytest.raises(Unavailable):
                async with transaction() as connection:
                    await connection.execute_query("SELECT 1")
                    if step == "rollback":
                        raise ConnectionResetError
    async with asyncio.timeout(5), transaction() as connection:
        await connection.execute_query("SELECT 1")
    assert database.client is database._root


@pytest.mark.parametrize("kind", ["postgres"])
async def test_a_connection_that_dies_when_it_is_given_back_takes_no_later_transaction_with_it(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def die(_self: object, **_more: object) -> None:
        raise asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation")

    for _ in range(20):
        with monkeypatch.context() as patched:
            patched.setattr(asyncpg.Connection, "_reset", die)
            with pytest.raises(Unavailable):
                async with transaction() as connection:
                    await connection.execute_query("SELECT 1")
    async with asyncio.timeout(5), transaction() as connection:
        await connection.execute_query("SELECT 1")
    assert database.client is database._root


@pytest.mark.parametrize("kind", ["postgres"])
async def test_giving_a_connection_back_costs_no_question_of_its_own(database: Database, database_url: str) -> None:
    async with transaction():
        await Revision.create(name="test given back", value=1)
    assert await names() == ["test given back"]
    watching = await asyncpg.connect(database_url)
    asked = await watching.fetch(
        "SELECT query FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    await watching.close()
    assert any("test" in row["query"] or "revision" in row["query"] for row in asked)
    assert not any("RESET ALL" in row["query"] for row in asked)


def test_nothing_is_set_on_a_connection_that_outlives_its_transaction() -> None:
    """Connections are given back as they are: what one leaves behind would be the next one's."""
    lasting = re.compile(
        r"""["'](SET (?!LOCAL)\w+|LISTEN |CREATE TEMP|PREPARE )|set_config\(|pg_(try_)?advisory_lock|add_listener"""
    )
    own = {ROOT / "gateway" / "alone.py"}  # has a connection of its own, outside of the pool
    found = [
        path
        for folder in ("core", "gateway", "channels", "bots", "kiosk", "webui")
        for path in (ROOT / folder).rglob("*.py")
        if lasting.search(path.read_text("utf-8"))
    ]
    assert set(found) == own


@pytest.mark.parametrize("kind", ["postgres"])
async def test_a_transaction_that_was_left_open_is_not_the_next_ones(database: Database) -> None:
    async with database.client.acquire_connection() as raw:
        await raw.execute("BEGIN")
        await raw.execute("INSERT INTO revision (name, value) VALUES ('test left open', 1)")
    assert await asyncio.gather(*(names() for _ in range(10))) == [[]] * 10


@pytest.mark.parametrize("kind", ["postgres"])
async def test_while_postgres_is_away_all_is_unavailable(database: Database) -> None:
    await database.rows(COUNT, ("test%",))
    async with away(database):
        asked = database.rows(COUNT, ("test%",)), names(), database.ping(), database.append("revision", ("name",), [])
        for ask in asked:
            with pytest.raises(Unavailable):
                await ask
        with pytest.raises(Unavailable):
            async with transaction():
                await Revision.create(name="test")
    await database.ping()
    assert await names() == []


async def test_a_closed_database_is_unavailable(database_url: str) -> None:
    database = Database(database_url)
    await database.open()
    await database.close()
    with pytest.raises(Unavailable):
        await database.ping()


@pytest.mark.parametrize(
    "url",
    [
        *("mysql://localhost/haoban", "sqlite://", "sqlite://:memory:", "haoban.db"),
        "postgres://haoban:secret@localhost:port/haoban",
    ],
)
async def test_an_address_that_is_none_is_told_without_its_password(url: str) -> None:
    with pytest.raises(SettingsError, match=r"database\.url") as told:
        await Database(url).open()
    assert "secret" not in str(told.value)


async def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Unavailable):
        await Database(f"sqlite://{tmp_path / 'file' / 'haoban.db'}").open()


@pytest.mark.parametrize("kind", ["postgres"])
@pytest.mark.parametrize("wrong", ["database", "port", "user"])
async def test_a_postgres_that_does_not_let_us_in_is_told(database_url: str, wrong: str) -> None:
    changed = {
        "database": database_url.replace("/haoban_", "/nowhere_"),
        "port": "postgres://postgres@127.0.0.1:1/haoban",
        "user": database_url.replace("//postgres", "//nobody"),
    }[wrong]
    assert changed != database_url
    with pytest.raises(Unavailable):
        await Database(changed).open()
