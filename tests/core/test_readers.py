"""Reading on connections held for it, on real databases of both kinds: quick, beside who writes, and no writing."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import pytest

from core.database import Database, transaction
from core.errors import Unavailable
from core.models import Revision
from core.readers import HELD, READ_TIMEOUT_S, SqliteReader
from tests.core.outage import terminate

COUNT = "SELECT count(*) AS n FROM revision WHERE name LIKE $1"
_SLOW_OF_SQLITE = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 300000) SELECT count(*) FROM n"


async def test_a_row_is_read_by_one_statement_for_both(database: Database) -> None:
    await Revision.create(name="test", value=7)
    rows = await database.rows("SELECT name, value FROM revision WHERE value = $1 AND name = $2", (7, "test"))
    assert [(row["name"], row["value"]) for row in rows] == [("test", 7)]


async def test_more_reads_at_once_than_connections_are_all_answered(database: Database) -> None:
    found = await asyncio.gather(*(database.rows(COUNT, ("test%",)) for _ in range(100)))
    assert {rows[0]["n"] for rows in found} == {0}


async def test_who_asks_neither_waits_for_who_writes_nor_sees_what_is_unfinished(database: Database) -> None:
    async def asked() -> int:
        async with asyncio.timeout(2):
            return int((await database.rows(COUNT, ("test%",)))[0]["n"])

    async with transaction():
        await Revision.create(name="test")
        assert await database.in_background(asked()) == 0
        assert await asked() == 0
    assert await asked() == 1


@pytest.mark.parametrize("kind", ["sqlite"])
async def test_what_only_reads_can_not_write(database: Database) -> None:
    await Revision.create(name="test")
    with pytest.raises(Unavailable, match="readonly"):
        await database.rows("DELETE FROM revision", ())
    assert await Revision.filter(name="test").exists()


async def test_a_file_that_is_no_database_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "haoban.db").write_bytes(b"no database " * 1000)
    reader = SqliteReader(str(tmp_path / "haoban.db"))
    with pytest.raises(Unavailable):
        await reader.rows("SELECT name FROM revision", ())
    await reader.close()


@pytest.mark.parametrize("kind", ["postgres"])
async def test_reads_under_way_when_connections_are_dropped_are_asked_again(
    database: Database, database_url: str
) -> None:
    slow = "SELECT count(*) AS n, pg_sleep(0.3) FROM revision WHERE name LIKE $1"
    reading_on = [asyncio.create_task(database.rows(slow, ("test%",))) for _ in range(4)]
    await asyncio.sleep(0.1)
    await terminate(database_url)
    assert [rows[0]["n"] for rows in await asyncio.gather(*reading_on)] == [0] * 4


@pytest.mark.parametrize("kind", ["postgres"])
async def test_a_read_that_takes_too_long_is_given_up(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = "SELECT pg_sleep($1)"
    await database.rows(slow, (0.0,))
    with monkeypatch.context() as impatient, pytest.raises(Unavailable, match=r"more than 0\.1 s"):
        impatient.setattr("core.readers.READ_TIMEOUT_S", 0.1)
        await database.rows(slow, (60.0,))
    await database.ping()


@pytest.mark.parametrize("kind", ["postgres"])
async def test_who_hangs_up_on_a_server_that_hangs_leaves_nobody_waiting(database: Database) -> None:
    [[pid]] = await database.rows("SELECT pg_backend_pid() AS pid", ())
    os.kill(pid, signal.SIGSTOP)
    try:
        asked = asyncio.create_task(database.rows("SELECT 1 AS one", ()))
        await asyncio.sleep(0.05)
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
        async with asyncio.timeout(READ_TIMEOUT_S / 3):
            for _ in range(2 * HELD):
                assert [row["one"] for row in await database.rows("SELECT 1 AS one", ())] == [1]
    finally:
        os.kill(pid, signal.SIGCONT)


@pytest.mark.parametrize("kind", ["postgres"])
async def test_who_gets_no_connection_in_time_is_told_and_the_next_one_gets_it(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool = database._pool()
    taken = [await pool.acquire() for _ in range(pool.get_max_size())]
    with monkeypatch.context() as impatient, pytest.raises(Unavailable):
        impatient.setattr("core.readers.READ_TIMEOUT_S", 0.1)
        await database.ping()
    for one in taken:
        await pool.release(one)
    await asyncio.gather(*(database.ping() for _ in range(8)))
    assert pool.get_idle_size() >= pool.get_size() - HELD


@pytest.mark.parametrize("kind", ["postgres"])
async def test_who_waits_too_long_behind_others_that_hang_is_told(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    hang = [asyncio.create_task(database.rows("SELECT pg_sleep($1)", (1.0,))) for _ in range(HELD)]
    await asyncio.sleep(0.1)
    with monkeypatch.context() as impatient:
        impatient.setattr("core.readers.READ_TIMEOUT_S", 0.2)
        behind = await asyncio.gather(*(database.ping() for _ in range(10)), return_exceptions=True)
    assert {type(one) for one in behind} == {Unavailable}
    await asyncio.gather(*hang)
    await asyncio.gather(*(database.ping() for _ in range(10)))


@pytest.mark.parametrize("kind", ["postgres"])
async def test_statements_prepared_before_a_migration_are_prepared_anew(database: Database) -> None:
    everything = "SELECT * FROM revision WHERE name = $1"
    await asyncio.gather(*(database.rows(everything, ("test",)) for _ in range(4)))
    await database.client.execute_script("ALTER TABLE revision ADD COLUMN more integer")
    assert await database.rows(everything, ("test",)) == []


async def test_who_is_being_answered_when_it_closes_still_is_and_nobody_after_that(database_url: str) -> None:
    database = Database(database_url)
    await database.open()
    readers = database._readers
    assert readers is not None
    slow = "SELECT 1 AS one, pg_sleep(0.5)" if database.is_postgres else _SLOW_OF_SQLITE
    under_way = [asyncio.create_task(database.rows(slow, ())) for _ in range(6)]
    await asyncio.sleep(0.1)
    await database.close()
    await database.close()
    answered = await asyncio.gather(*under_way, return_exceptions=True)
    assert {type(one) for one in answered} <= {list, Unavailable}
    assert sum(isinstance(one, list) for one in answered) >= 4
    with pytest.raises(Unavailable):
        await readers.rows("SELECT 1 AS one", ())


@pytest.mark.parametrize("kind", ["sqlite"])
async def test_a_file_that_is_gone_is_not_made_anew_by_who_reads(database: Database) -> None:
    path = Path(database.url.removeprefix("sqlite://"))
    path.rename(path.with_suffix(".gone"))
    with pytest.raises(Unavailable):
        await database.rows("SELECT 1 AS one", ())
    assert not path.exists()


@pytest.mark.parametrize("kind", ["sqlite"])
@pytest.mark.parametrize("turns", range(1, 8))
async def test_who_gives_up_while_the_file_is_opened_leaves_nothing_open(database_url: str, turns: int) -> None:
    file = database_url.removeprefix("sqlite://")
    reader = SqliteReader(file)
    asked = asyncio.create_task(reader.rows("SELECT 1 AS one", ()))
    for _ in range(turns):
        await asyncio.sleep(0)
    asked.cancel()
    await asyncio.gather(asked, return_exceptions=True)
    await reader.close()
    assert file not in {str(opened.resolve()) for opened in Path("/proc/self/fd").iterdir()}


@pytest.mark.parametrize("kind", ["sqlite"])
async def test_a_file_that_could_not_be_opened_is_tried_again_by_the_next_who_asks(
    database_url: str, tmp_path: Path
) -> None:
    there, away = Path(database_url.removeprefix("sqlite://")), tmp_path / "away.db"
    there.rename(away)
    reader = SqliteReader(str(there))
    told = await asyncio.gather(*(reader.rows("SELECT 1 AS one", ()) for _ in range(3)), return_exceptions=True)
    assert [type(one) for one in told] == [Unavailable] * 3
    away.rename(there)
    assert [row["one"] for row in await reader.rows("SELECT 1 AS one", ())] == [1]
    await reader.close()
