"""Rows asked for at the same time, in whatever order statements end, fail, hang and lose who asked."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from typing import Any

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import Unavailable
from core.together import MOST, MOST_LATE, Together, shared_read

PLAYED = shared_read("SELECT k.* FROM {asked} k", asked_key="BIGINT")
ENDS = {"answer": lambda: None, "fail": lambda: Unavailable("it is away"), "refuse": lambda: ValueError("a bad key")}


class Played:
    """A database whose statements end when, and how, the game wants it."""

    is_postgres = True

    def __init__(self) -> None:
        self.under_way: list[tuple[list[int], asyncio.Future[Sequence[Mapping[str, int]]]]] = []
        self.most_keys = self.most_under_way = 0

    def in_background(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        return asyncio.get_running_loop().create_task(work)

    async def rows(self, _sql: str, given: Sequence[Any]) -> Sequence[Any]:
        keys = [key for [key] in orjson.loads(given[0])] if isinstance(given[0], str) else [*given]
        self.under_way.append((keys, asyncio.get_running_loop().create_future()))
        self.most_keys = max(self.most_keys, len(keys))
        self.most_under_way = max(self.most_under_way, len(self.under_way))
        mine = self.under_way[-1]
        try:
            return await mine[1]
        finally:
            if mine in self.under_way:  # who asked has hung up
                self.under_way.remove(mine)

    def end(self, which: int, error: Exception | None = None) -> None:
        keys, ended = self.under_way.pop(which % len(self.under_way))
        if error:
            ended.set_exception(error)
        else:
            rows = ({"place": place, "asked_key": key} for place, key in enumerate(keys) if key % 5)
            ended.set_result([*reversed([*rows])])


MOVES = st.one_of(
    st.tuples(st.just("ask"), st.integers(1, 2 * MOST)),
    st.tuples(st.sampled_from(("answer", "fail", "refuse", "hang up", "wait")), st.integers(0, 9)),
)


@settings(deadline=None)
@given(st.lists(MOVES, max_size=30))
def test_whatever_happens_in_whatever_order_each_is_answered_once_and_with_its_own(
    moves: list[tuple[str, int]],
) -> None:
    asyncio.run(_played(moves))


async def test_so_many_are_late_at_once_and_no_more() -> None:
    database = Played()
    together = Together(database, PLAYED)  # type: ignore[arg-type]
    asked = []
    for key in range(1, 20):
        asked.append(asyncio.create_task(together.row(key)))
        await _settled(together, waits=True)
    assert len(database.under_way) == 1 + MOST_LATE
    while database.under_way:
        database.end(-1)
        await _settled(together, waits=True)
    assert [one.result().get("asked_key") for one in asked] == [key if key % 5 else None for key in range(1, 20)]


async def _played(moves: Sequence[tuple[str, int]]) -> None:
    database = Played()
    together = Together(database, PLAYED)  # type: ignore[arg-type]
    asked: list[asyncio.Task[Any]] = []
    for move, number in moves:
        if move == "ask":
            asked += [asyncio.create_task(together.row(key)) for key in range(len(asked), len(asked) + number)]
        elif move == "hang up" and asked:
            asked[-1 - number % len(asked)].cancel()
        elif move in ENDS and database.under_way:
            database.end(number, ENDS[move]())
        await _settled(together, waits=move == "wait")
    while database.under_way:
        database.end(0)
        await _settled(together, waits=True)
    assert database.most_keys <= MOST
    assert database.most_under_way <= 1 + MOST_LATE
    for key, one in enumerate(asked):
        assert one.done()
        if one.cancelled():
            continue
        if one.exception():
            assert isinstance(one.exception(), Unavailable | ValueError)
        else:
            assert one.result().get("asked_key") == (key if key % 5 else None)


async def _settled(together: Together, *, waits: bool) -> None:
    """Let all be done that can be, and where it waits, let the patience of those who wait end."""
    for _ in range(8):
        await asyncio.sleep(0)
    if waits and (watch := together._watch) is not None:
        watch._run()
        watch.cancel()
        for _ in range(8):
            await asyncio.sleep(0)
