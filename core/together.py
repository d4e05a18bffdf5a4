"""Rows that several ask for at the same time, read by one statement."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from core.database import Database
from core.readers import HELD

# More would make those who came first wait for the last.
MOST = 50
# Who waits for a statement that takes longer than usual, as on a connection that died, is asked for beside it.
PATIENCE_S = 0.05
MOST_LATE = HELD - 1
_EACH = """
SELECT found.* FROM jsonb_array_elements($1::text::jsonb) WITH ORDINALITY AS asked(key, place)
CROSS JOIN LATERAL ({in_turn} OFFSET 0) AS found
"""
_Asked = tuple[tuple[Any, ...], "asyncio.Future[Mapping[str, Any]]"]


class Many(NamedTuple):
    """A question for one key, and the same for many at once in the words of each kind of database.

    `one` is given the parts of a key, the others all keys as one JSON text. The column `place` of a row is that of its
    key, counted from 0.
    """

    one: str
    postgres: str
    sqlite: str


def many(question: str, **kinds: str) -> Many:
    """The forms of a question that reads from `{asked} k`; `kinds` are the types of the parts of a key, by name.

    PostgreSQL looks each key up by itself, as it would one alone: it plans once, and needn't guess how many come.
    """
    alone = ", ".join(f"CAST(${at} AS {kind}) AS {name}" for at, (name, kind) in enumerate(kinds.items(), 1))
    part = ", ".join(f"CAST({{key}} ->> {at} AS {kind}) AS {name}" for at, (name, kind) in enumerate(kinds.items()))
    in_turn = question.format(asked=f"(SELECT asked.place - 1 AS place, {part.format(key='asked.key')})")
    return Many(
        one=question.format(asked=f"(SELECT 0 AS place, {alone})"),
        postgres=_EACH.format(in_turn=in_turn),
        sqlite=question.format(asked=f"(SELECT key AS place, {part.format(key='value')} FROM json_each($1))"),  # noqa: S608
    )


class Together:
    """Finds the row of a key. Who asks while a statement is under way is gathered for the next one: most of what it
    costs a database and its driver does not depend on how many are asked for.
    """

    def __init__(self, database: Database, question: Many) -> None:
        self._database, self._one = database, question.one
        self._of_many = question.postgres if database.is_postgres else question.sqlite
        self._waiting: list[_Asked] = []
        self._awaited: asyncio.Task[None] | None = None
        self._late: set[asyncio.Task[None]] = set()
        self._is_called = False
        self._watch: asyncio.Handle | None = None

    async def row(self, *key: Any) -> Mapping[str, Any]:
        """The row of a key, empty when there is none. Raises Unavailable when the database is away.

        A key is checked before: one that the database refuses would spoil the statement for the others too.
        """
        found: asyncio.Future[Mapping[str, Any]] = asyncio.get_running_loop().create_future()
        self._waiting.append((key, found))
        self._call()
        return await found

    def _call(self) -> None:
        """See to it that the next statement begins: once all who are about to ask have done so, or the one that is
        under way has ended or taken too long.
        """
        if not self._waiting or self._is_called:
            return
        loop = asyncio.get_running_loop()
        if self._awaited is None:
            self._is_called = True
            loop.call_soon(self._begin)
        elif self._watch is None:
            self._watch = loop.call_later(PATIENCE_S, self._wait_no_longer, self._awaited)

    def _begin(self) -> None:
        self._is_called = False
        asked, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
        self._awaited = self._database.in_background(self._ask([one for one in asked if not one[1].done()]))
        self._awaited.add_done_callback(self._ended)
        self._call()

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._late.discard(task)
        if task is self._awaited:
            self._awaited = None
        self._call()

    def _wait_no_longer(self, task: asyncio.Task[None]) -> None:
        self._watch = None
        if task is self._awaited and len(self._late) < MOST_LATE:
            self._late.add(task)
            self._awaited = None
        self._call()

    async def _ask(self, asked: Sequence[_Asked]) -> None:
        try:
            rows = await self._read([key for key, _ in asked])
        except Exception as error:  # each is told what kept all of them from an answer
            for _, found in asked:
                if not found.done():
                    found.set_exception(error)
        else:
            for (_, found), row in zip(asked, rows, strict=True):
                if not found.done():
                    found.set_result(row)

    async def _read(self, keys: Sequence[tuple[Any, ...]]) -> Sequence[Mapping[str, Any]]:
        found: list[Mapping[str, Any]] = [{}] * len(keys)
        if len(keys) == 1:
            rows = await self._database.rows(self._one, keys[0])
        else:
            rows = await self._database.rows(self._of_many, (orjson.dumps(keys).decode(),)) if keys else ()
        for row in rows:
            found[row["place"]] = row
        return found
