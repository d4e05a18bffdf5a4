"""Rows that several ask for at the same time, read by one statement."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import orjson
import structlog

from core.database import Database
from core.errors import Unavailable
from core.readers import HELD

# Who comes first waits for all that share the statement: fifty take PostgreSQL two milliseconds.
MOST = 50
# Who waits for a statement that takes long, as on a connection that died, is asked for beside it; it is looked every
# so often whether one does, so that it may be twice as much.
PATIENCE_S = 0.05
# One connection is left to those who ask for something else.
MOST_LATE = HELD - 2
# Without OFFSET 0, which changes nothing, PostgreSQL would take the question apart, join all its tables with the list,
# and plan that anew for each list.
_EACH = """
SELECT found.* FROM jsonb_array_elements($1::text::jsonb) WITH ORDINALITY AS asked(key, place)
CROSS JOIN LATERAL ({of_one} OFFSET 0) AS found
"""
_Key = tuple[Any, ...]
_Row = Mapping[str, Any]
_Asked = tuple[_Key, "asyncio.Future[_Row]"]
_log = structlog.get_logger()


class Question(NamedTuple):
    """A statement for one key, and the same for many in the words of each kind of database.

    `one` is given the parts of a key, the others all keys as one JSON text. The column `place` of a row is that of its
    key, counted from 0.
    """

    one: str
    postgres: str
    sqlite: str


def question(sql: str, **kinds: str) -> Question:
    """The forms of a statement that reads from `{asked} k` and tells `k.place`; `kinds` are the types of the parts of a
    key, by name. No part is longer than its type: PostgreSQL would cut it, and find the row of another one.
    """
    alone = f"(SELECT 0 AS place, {_parts(kinds, '${nth}')})"
    listed = f"(SELECT asked.place - 1 AS place, {_parts(kinds, 'asked.key ->> {at}')})"
    part_of_json = _parts(kinds, "json_extract(value, '$[{at}]')")
    of_json = f"(SELECT key AS place, {part_of_json} FROM json_each($1))"  # noqa: S608  (of our own alone)
    return Question(
        one=sql.format(asked=alone),
        postgres=_EACH.format(of_one=sql.format(asked=listed)),
        sqlite=sql.format(asked=of_json),
    )


def _parts(kinds: Mapping[str, str], written: str) -> str:
    """The parts of a key as columns; `{at}` stands for the place of a part counted from 0, `{nth}` from 1."""
    named = enumerate(kinds.items())
    return ", ".join(f"CAST({written.format(at=at, nth=at + 1)} AS {kind}) AS {name}" for at, (name, kind) in named)


class Together:
    """Finds the row of a key. Who asks while a statement is under way is gathered for the next one: most of what it
    costs a database and its driver does not depend on how many are asked for.

    Of the statements under way one is awaited by those who are gathered. One that takes too long is late: it goes on,
    but is awaited no longer, and the next begins.
    """

    def __init__(self, database: Database, asked: Question) -> None:
        self._database, self._of_one = database, asked.one
        self._of_many = asked.postgres if database.is_postgres else asked.sqlite
        self._waiting: list[_Asked] = []
        self._awaited: asyncio.Task[None] | None = None
        self._late: set[asyncio.Task[None]] = set()
        self._is_called = False
        self._watch: asyncio.Handle | None = None

    async def row(self, *key: Any) -> _Row:
        """The row of a key, empty when there is none. Raises Unavailable when the database is away."""
        found: asyncio.Future[_Row] = asyncio.get_running_loop().create_future()
        self._waiting.append((key, found))
        self._call()
        return await found

    def _call(self) -> None:
        """See to it that the next statement begins: once all who are about to ask have done so, or the awaited one has
        ended or is late.
        """
        if not self._waiting or self._is_called:
            return
        loop = asyncio.get_running_loop()
        if self._awaited is None:
            self._is_called = True
            loop.call_soon(self._begin)
        elif self._watch is None:
            self._watch = loop.call_later(PATIENCE_S, self._look_at, self._awaited)

    def _begin(self) -> None:
        self._is_called = False
        asked, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
        self._awaited = self._database.in_background(self._answer([one for one in asked if not one[1].done()]))
        self._awaited.add_done_callback(self._ended)
        self._call()

    def _ended(self, statement: asyncio.Task[None]) -> None:
        self._late.discard(statement)
        if statement is self._awaited:
            self._awaited = None
        self._call()

    def _look_at(self, statement: asyncio.Task[None]) -> None:
        self._watch = None
        if statement is self._awaited and len(self._late) < MOST_LATE:
            self._late.add(statement)
            self._awaited = None
        self._call()

    async def _answer(self, asked: Sequence[_Asked]) -> None:
        try:
            await self._ask(asked)
        except Unavailable as error:
            for _, found in asked:
                if not found.done():  # each has an error of its own, for whoever raises one writes into it
                    found.set_exception(Unavailable(str(error)))
        finally:
            for _, found in asked:
                if not found.done():
                    found.set_exception(Unavailable("the question was given up"))

    async def _ask(self, asked: Sequence[_Asked]) -> None:
        """Answer all by one statement; where it is refused, lest one spoil it for the others, each by one of its own.

        Raises Unavailable.
        """
        try:
            rows = await self._read([key for key, _ in asked])
        except Unavailable:
            raise
        except Exception as error:
            if len(asked) > 1:
                _log.error("asked one by one", questions=len(asked), error=type(error).__name__)
                for one in asked:
                    await self._ask([one])
            elif not asked[0][1].done():
                asked[0][1].set_exception(error)
        else:
            for (_, found), row in zip(asked, rows, strict=True):
                if not found.done():
                    found.set_result(row)

    async def _read(self, keys: Sequence[_Key]) -> Sequence[_Row]:
        """The rows in the order of their keys. Raises LookupError when one is nobody's or somebody's second."""
        if len(keys) == 1:
            rows = await self._database.rows(self._of_one, keys[0])
        else:
            rows = await self._database.rows(self._of_many, (orjson.dumps(keys).decode(),)) if keys else ()
        found: dict[int, _Row] = {row["place"]: row for row in rows}
        if len(found) != len(rows) or not found.keys() <= set(range(len(keys))):
            raise LookupError("rows that belong to no key")
        return [found.get(place, {}) for place in range(len(keys))]
