"""Rows that several ask for at the same time, read by one statement."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any, NamedTuple

import orjson
import structlog

from core.database import Database
from core.errors import Unavailable
from core.readers import HELD, READ_TIMEOUT_S

# Each waits for all that share the statement: fifty take PostgreSQL two milliseconds.
MOST = 50
# Who waits for a statement that takes long, as on a connection that died, is asked for beside it. It is looked at so
# often, and may thus be waited for twice as long.
PATIENCE_S = 0.05
# Citizens ask by number and by code: both together take no more connections than are held.
MOST_LATE = HELD // 2 - 1
# Without OFFSET 0, which changes nothing, PostgreSQL would take the question apart, join all its tables with the list,
# and plan that anew for each list.
_EACH = """
SELECT found.* FROM jsonb_array_elements($1::text::jsonb) WITH ORDINALITY AS asked(key, place)
CROSS JOIN LATERAL ({of_one} OFFSET 0) AS found
"""
_Key = tuple[Any, ...]
_Row = Mapping[str, Any]
_ANOTHERS = "a row of another key"
_log = structlog.get_logger()


class SharedRead(NamedTuple):
    """A statement for one key, and the same for many in the words of each kind of database.

    `one` is given the parts of a key, the others all keys as one JSON text. A row tells the parts of its key, and of
    many as `place` which of the keys it is, counted from 0.
    """

    one: str
    postgres: str
    sqlite: str
    parts: Sequence[str]


def shared_read(sql: str, **kinds: str) -> SharedRead:
    """The forms of a statement that selects `k.*` and more from `{asked} k`; `kinds` are the types of the parts of a
    key, by the names of their columns.
    """
    alone = f"(SELECT {_parts(kinds, '${nth}')})"
    listed = f"(SELECT asked.place - 1 AS place, {_parts(kinds, 'asked.key ->> {at}')})"
    part_of_json = _parts(kinds, "json_extract(value, '$[{at}]')")
    of_json = f"(SELECT key AS place, {part_of_json} FROM json_each($1))"  # noqa: S608  (of our own alone)
    return SharedRead(
        one=sql.format(asked=alone),
        postgres=_EACH.format(of_one=sql.format(asked=listed)),
        sqlite=sql.format(asked=of_json),
        parts=tuple(kinds),
    )


def _parts(kinds: Mapping[str, str], written: str) -> str:
    """The parts of a key as columns; `{at}` stands for the place of a part counted from 0, `{nth}` from 1."""
    named = enumerate(kinds.items())
    return ", ".join(f"CAST({written.format(at=at, nth=at + 1)} AS {kind}) AS {name}" for at, (name, kind) in named)


class _Asked(NamedTuple):
    """What somebody waits for, and since when by the loop's clock."""

    key: _Key
    found: asyncio.Future[_Row]
    since: float


class _Statement:
    """One that is under way. `task` answers those who were gathered for it, and is kept lest it be forgotten while it
    runs; None where somebody asks alone.
    """

    task: asyncio.Task[None] | None = None


class Together:
    """Finds the row of a key. Who asks while nothing is under way asks alone and at once; who asks meanwhile is
    gathered for the next statement: most of what it costs a database and its driver does not depend on how many are
    asked for.

    Of the statements under way one is awaited by those who are gathered. One that takes too long is late: it goes on,
    but is awaited no longer, and the next begins.
    """

    def __init__(self, database: Database, read: SharedRead) -> None:
        self._database, self._of_one = database, read.one
        self._of_many = read.postgres if database.is_postgres else read.sqlite
        self._key = _key_of(read.parts)
        self._waiting: list[_Asked] = []
        self._awaited: _Statement | None = None
        self._late: set[_Statement] = set()
        self._watch: asyncio.Handle | None = None

    async def row(self, *key: Any) -> _Row:
        """The row of a key, empty when there is none.

        Raises Unavailable when the database is away or takes too long, and what a driver raises for a key that no
        database can keep.
        """
        if self._awaited is None:
            statement = self._awaited = _Statement()
            try:
                return await self._one(key)
            finally:
                self._ended(statement)
        loop = asyncio.get_running_loop()
        found: asyncio.Future[_Row] = loop.create_future()
        self._waiting.append(_Asked(key, found, loop.time()))
        self._go_on()
        return await found

    def _go_on(self) -> None:
        """See to it that the next statement begins: once the awaited one has ended or is late."""
        if self._waiting and self._awaited is None:
            asked, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
            statement = self._awaited = _Statement()
            statement.task = self._database.in_background(self._answer(statement, asked))
        if self._waiting and self._watch is None:
            self._watch = asyncio.get_running_loop().call_later(PATIENCE_S, self._look_at, self._awaited)

    def _ended(self, statement: _Statement) -> None:
        self._late.discard(statement)
        if statement is self._awaited:
            self._awaited = None
        self._go_on()

    def _look_at(self, statement: _Statement | None) -> None:
        """Call a statement late that is still awaited; when enough are, see to it that nobody waits for ever."""
        self._watch = None
        if statement is not None and statement is self._awaited:
            if len(self._late) < MOST_LATE:
                self._late.add(statement)
                self._awaited = None
            else:
                self._give_up(asyncio.get_running_loop().time() - READ_TIMEOUT_S)
        self._go_on()

    def _give_up(self, since: float) -> None:
        """Tell those who have waited since then, or longer, for a statement to begin."""
        _refuse([one for one in self._waiting if one.since <= since], "the database did not answer in time")
        self._waiting = [one for one in self._waiting if one.since > since]

    async def _answer(self, statement: _Statement, asked: Sequence[_Asked]) -> None:
        try:
            await self._ask([one for one in asked if not one.found.done()])
        except Unavailable as error:
            _refuse(asked, str(error))
        finally:
            _refuse(asked, "the program ends")  # for that alone ends a statement before all are answered
            self._ended(statement)

    async def _ask(self, asked: Sequence[_Asked]) -> None:
        """Answer all by one statement; where it is refused, lest one spoil it for the others, each by one of its own.

        Raises Unavailable.
        """
        try:
            rows = await self._many([one.key for one in asked])
        except Unavailable:
            raise
        except Exception as error:
            if len(asked) > 1:
                kind = getattr(error, "sqlstate", None) or type(error).__name__  # the text may quote a key
                _log.error("asked one by one", questions=len(asked), error=kind)
                for one in asked:
                    if not one.found.done():
                        await self._ask([one])
            elif not asked[0].found.done():
                asked[0].found.set_exception(error)
        else:
            for one, row in zip(asked, rows, strict=True):
                if not one.found.done():
                    one.found.set_result(row)

    async def _many(self, keys: Sequence[_Key]) -> Sequence[_Row]:
        """The rows in the order of their keys. Raises LookupError when one is another key's, or a second one."""
        if len(keys) < 2:
            return [await self._one(key) for key in keys]
        rows = await self._database.rows(self._of_many, (orjson.dumps(keys).decode(),))
        found: list[_Row] = [{}] * len(keys)
        for row in rows:
            place = row["place"]
            if not 0 <= place < len(keys) or found[place] or self._key(row) != keys[place]:
                raise LookupError(_ANOTHERS)
            found[place] = row
        return found

    async def _one(self, key: _Key) -> _Row:
        """The row of a key, empty when there is none. Raises LookupError when it is another key's, or a second one."""
        rows = await self._database.rows(self._of_one, key)
        if not rows:
            return {}
        row: _Row = rows[0]
        if len(rows) > 1 or self._key(row) != key:
            raise LookupError(_ANOTHERS)
        return row


def _key_of(parts: Sequence[str]) -> Callable[[_Row], _Key]:
    """What reads the key from a row."""
    read = itemgetter(*parts)
    return read if len(parts) > 1 else lambda row: (read(row),)


def _refuse(asked: Sequence[_Asked], why: str) -> None:
    """Tell all who still wait; each has an error of its own, for whoever raises one writes into it."""
    for one in asked:
        if not one.found.done():
            one.found.set_exception(Unavailable(why))
