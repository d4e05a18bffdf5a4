"""Transactions of the approval database: all or nothing, what is beside them, and what follows them."""

from __future__ import annotations

import asyncio

import pytest

from core.database import Database, after_commit, transaction
from core.models import Revision

COUNT = "SELECT count(*) AS n FROM revision WHERE name LIKE $1"


async def names() -> list[str]:
    return sorted(row.name for row in await Revision.filter(name__startswith="test"))


async def test_a_transaction_is_all_or_nothing(database: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        async with transaction():
            await Revision.create(name="test", value=1 // 0 if await Revision.create(name="test 2") else 0)
    assert await names() == []


async def test_an_inner_transaction_that_fails_leaves_the_outer_one_be(database: Database) -> None:
    async with transaction():
        await Revision.create(name="test outer")
        with pytest.raises(ZeroDivisionError):
            async with transaction():
                await Revision.create(name="test inner")
                raise ZeroDivisionError
        async with transaction():
            await Revision.create(name="test second")
    assert await names() == ["test outer", "test second"]


async def test_what_follows_a_transaction_is_done_once_others_can_see_it(database: Database) -> None:
    seen: list[int] = []

    async def look() -> None:
        seen.append((await database.rows(COUNT, ("test%",)))[0]["n"])

    looks: list[asyncio.Task[None]] = []
    async with transaction():
        await Revision.create(name="test outer")
        async with transaction():
            await Revision.create(name="test inner")
            after_commit(lambda: looks.append(database.in_background(look())))
        await asyncio.sleep(0.02)
        assert looks == []
    await asyncio.gather(*looks)
    assert seen == [2]


async def test_of_an_inner_transaction_that_failed_nothing_follows_and_each_call_is_made_once(
    database: Database,
) -> None:
    done: list[str] = []

    def ring() -> None:
        done.append("rang")

    async with transaction():
        after_commit(ring)
        with pytest.raises(ZeroDivisionError):
            async with transaction():
                after_commit(ring)
                after_commit(lambda: done.append("inner"))
                raise ZeroDivisionError
        async with transaction():
            after_commit(ring)
    assert done == ["rang"]


async def test_nothing_follows_a_transaction_that_failed_and_what_is_outside_of_one_follows_at_once(
    database: Database,
) -> None:
    done: list[str] = []
    with pytest.raises(ZeroDivisionError):
        async with transaction():
            after_commit(lambda: done.append("failed"))
            raise ZeroDivisionError
    assert done == []
    after_commit(lambda: done.append("outside"))
    async with transaction():
        after_commit(lambda: done.append("the next"))
    assert done == ["outside", "the next"]


async def test_work_in_the_background_is_outside_of_the_transaction(database: Database) -> None:
    async with transaction():
        await Revision.create(name="test")
        working = database.in_background(names())
        if database.is_postgres:
            assert await working == []
    assert await working in ([], ["test"])
