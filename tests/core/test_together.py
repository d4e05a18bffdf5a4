"""Rows asked for at the same time, read by one statement, on real databases of both kinds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest

from core.database import Database
from core.errors import Unavailable
from core.models import Revision
from core.together import MOST, MOST_LATE, PATIENCE_S, Together, shared_read
from tests.core.outage import away

NAMED = shared_read(
    "SELECT k.*, r.value FROM {asked} k JOIN revision r ON r.name = k.asked_name AND r.value = k.asked_value",
    asked_name="TEXT",
    asked_value="BIGINT",
)
THERE = 120


class Counted:
    """The database, which counts the statements and holds them back while `free` is not set."""

    def __init__(self, database: Database) -> None:
        self.is_postgres, self.in_background = database.is_postgres, database.in_background
        self._rows, self.statements = database.rows, 0
        self.begun, self.free = asyncio.Event(), asyncio.Event()
        self.free.set()

    async def rows(self, sql: str, values: Sequence[Any]) -> Sequence[Any]:
        self.statements += 1
        self.begun.set()
        await self.free.wait()
        return await self._rows(sql, values)


@pytest.fixture
async def counted(database: Database) -> AsyncIterator[Counted]:
    await Revision.bulk_create([Revision(name=f"test {at}", value=at) for at in range(THERE)])
    yield Counted(database)


@pytest.fixture
def together(counted: Counted) -> Together:
    return Together(counted, NAMED)  # type: ignore[arg-type]


def values(found: Sequence[Any]) -> list[int | None]:
    return [row["value"] if row else None for row in found]


async def test_each_who_asks_gets_the_row_of_its_own_key(together: Together) -> None:
    asked = [(f"test {at}", at) for at in (3, 1, 3, 0, 119)] + [("test 1", 2), ("nobody's", 0)]
    assert values(await asyncio.gather(*(together.row(*key) for key in asked))) == [3, 1, 3, 0, 119, None, None]
    assert values([await together.row(*key) for key in asked]) == [3, 1, 3, 0, 119, None, None]


@pytest.mark.parametrize("name", ["'; DROP TABLE r; --", '"],["', "\\u0000", "$1", "{asked}", "福田", ""])
async def test_a_key_is_never_more_than_a_key(together: Together, name: str) -> None:
    await Revision.create(name=name, value=7)
    assert values(await asyncio.gather(*(together.row(name, at) for at in (7, 8)))) == [7, None]


async def test_who_asks_while_nobody_else_does_is_asked_for_at_once(together: Together, counted: Counted) -> None:
    asked = asyncio.create_task(together.row("test 1", 1))
    await asyncio.sleep(0)
    assert counted.statements == 1
    assert values([await asked]) == [1]


async def test_who_ask_at_the_same_time_as_another_are_answered_by_one_statement(
    together: Together, counted: Counted
) -> None:
    await asyncio.gather(*(together.row(f"test {at}", at) for at in range(1 + MOST)))
    assert counted.statements == 2


async def test_no_statement_is_for_more_than_so_many(together: Together, counted: Counted) -> None:
    assert values(await asyncio.gather(*(together.row(f"test {at}", at) for at in range(THERE)))) == [*range(THERE)]
    assert counted.statements == 1 + -(-(THERE - 1) // MOST)


async def test_who_come_while_a_statement_is_under_way_are_gathered_for_the_next(
    together: Together, counted: Counted
) -> None:
    counted.free.clear()
    asked = [asyncio.create_task(together.row("test 0", 0))]
    await counted.begun.wait()
    asked += [asyncio.create_task(together.row(f"test {at}", at)) for at in range(1, 20)]
    await asyncio.sleep(0)
    counted.free.set()
    assert values(await asyncio.gather(*asked)) == [*range(20)]
    assert counted.statements == 2


async def test_a_statement_that_takes_long_holds_nobody_else_up(together: Together, counted: Counted) -> None:
    counted.free.clear()
    stuck = asyncio.create_task(together.row("test 0", 0))
    await counted.begun.wait()
    free, counted.free = counted.free, asyncio.Event()
    counted.free.set()
    for at in range(1, 9):
        async with asyncio.timeout(10):
            assert values([await together.row(f"test {at}", at)]) == [at]
    assert not stuck.done()
    free.set()
    assert values([await stuck]) == [0]


async def test_who_waits_no_longer_leaves_the_others_their_answers(together: Together, counted: Counted) -> None:
    counted.free.clear()
    asked = [asyncio.create_task(together.row(f"test {at}", at)) for at in range(10)]
    await counted.begun.wait()
    asked += [asyncio.create_task(together.row(f"test {at}", at)) for at in range(10, 20)]
    await asyncio.sleep(0)
    for one in asked[::2]:
        one.cancel()
    counted.free.set()
    found = await asyncio.gather(*asked, return_exceptions=True)
    assert {type(one) for one in found[::2]} == {asyncio.CancelledError}
    assert values(found[1::2]) == [*range(1, 20, 2)]


async def test_nothing_is_asked_for_who_all_went_away(together: Together, counted: Counted) -> None:
    counted.free.clear()
    first, *others = [asyncio.create_task(together.row(f"test {at}", at)) for at in range(4)]
    await counted.begun.wait()
    for one in others:
        one.cancel()
    counted.free.set()
    assert values([await first]) == [0]
    await asyncio.sleep(PATIENCE_S)
    assert counted.statements == 1
    assert values([await together.row("test 2", 2)]) == [2]


@pytest.mark.parametrize("bad", ["nul \0", "\ud800"])
async def test_a_key_that_the_database_refuses_spoils_the_answer_of_nobody_else(together: Together, bad: str) -> None:
    await Revision.create(name="nul ", value=1)
    asked = (together.row(name, 1) for name in (bad, "test 1", bad, "test 1", "nul "))
    found = await asyncio.gather(*asked, return_exceptions=True)
    assert values(found[1::2] + found[4:]) == [1, 1, 1]
    assert all(one == {} or (isinstance(one, Exception) and not isinstance(one, Unavailable)) for one in found[:3:2])


@pytest.mark.parametrize(
    "columns", ["k.place + 1 AS place", "k.place - 1 AS place", "0 AS place", "1 - k.place AS place"]
)
async def test_a_row_that_is_another_keys_is_told_to_nobody(counted: Counted, columns: str) -> None:
    """Not even to who asks together with others; the first one asks alone."""
    wrong = shared_read(
        f"SELECT {columns}, k.asked_name, k.asked_value, r.value "
        "FROM {asked} k JOIN revision r ON r.name = k.asked_name",
        asked_name="TEXT",
        asked_value="BIGINT",
    )
    read = NAMED._replace(postgres=wrong.postgres, sqlite=wrong.sqlite)
    together = Together(counted, read)  # type: ignore[arg-type]
    told = await asyncio.gather(*(together.row(f"test {at}", at) for at in (0, 1, 2)))
    assert values(told) == [0, 1, 2]
    assert counted.statements == 4  # the first one's, the wrong one, and one for each


@pytest.mark.parametrize(
    ("columns", "wanted"),
    [("k.asked_name, k.asked_value + 1 AS asked_value", "TRUE"), ("k.asked_name, k.asked_value", "r.value < 2")],
)
async def test_a_row_that_is_another_keys_or_a_second_one_is_not_told_to_who_asks_alone(
    counted: Counted, columns: str, wanted: str
) -> None:
    wrong = shared_read(
        f"SELECT {columns}, r.value FROM {{asked}} k JOIN revision r ON {wanted}",
        asked_name="TEXT",
        asked_value="BIGINT",
    )
    together = Together(counted, NAMED._replace(one=wrong.one))  # type: ignore[arg-type]
    with pytest.raises(LookupError):
        await together.row("test 1", 1)


async def test_who_waited_too_long_for_a_statement_to_begin_is_told(
    together: Together, counted: Counted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.together.READ_TIMEOUT_S", 0.2)
    counted.free.clear()
    stuck = []
    for at in range(2 + MOST_LATE):
        stuck.append(asyncio.create_task(together.row(f"test {at}", at)))
        await asyncio.sleep(3 * PATIENCE_S)
    with pytest.raises(Unavailable, match="in time"):
        await stuck[-1]
    counted.free.set()
    assert values(await asyncio.gather(*stuck[:-1])) == [*range(1 + MOST_LATE)]


@pytest.mark.parametrize("kind", ["postgres"])
async def test_all_who_ask_of_a_database_that_is_away_are_told_and_answered_once_it_is_back(
    together: Together, database: Database
) -> None:
    async with away(database):
        told = await asyncio.gather(*(together.row("test 1", 1) for _ in range(5)), return_exceptions=True)
        assert [type(one) for one in told] == [Unavailable] * 5
        assert len({id(one) for one in told}) == 5
    assert values([await together.row("test 1", 1)]) == [1]
