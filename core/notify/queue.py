"""The queue in the database: messages taken in batches by one worker at a time, and what became of them written back.

A message that is taken is `sending` from then on: whoever dies with it leaves a lease that runs out, and a message of
which nobody can say whether it left.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient

from core.database import Database, transaction
from core.local_time import kept
from core.models import Message, OptOut
from core.naming import storable
from core.notify.pace import Pace, count, room
from core.notify.states import REFUSABLE, State
from core.ports import PROVIDER_ID_CHARS, WORD_CHARS

LEASE = timedelta(seconds=60)
_WAITING = "state IN ('queued', 'deferred')"
_TAKEN = """
UPDATE message SET state = 'sending', attempts = attempts + 1, sent_at = $2, lease_until = $4 WHERE id {among}
RETURNING id, notification_id, address, text, language, purpose, kind, urgent, attempts, expires_at
"""
_ANY_DUE = """
SELECT 1 AS one FROM message WHERE place = $1 AND state IN ('queued', 'deferred') AND due_at <= $2 {only} LIMIT 1
"""
_ANY_TO_CLIMB = "SELECT 1 AS one FROM notification WHERE state = 'open' AND look_at <= $1 LIMIT 1"
_DUE = """
SELECT id FROM message WHERE place = $1 AND state IN ('queued', 'deferred') AND due_at <= $2 {only}
ORDER BY due_at LIMIT $3
"""
# A receipt may be quicker than the answer to the request: what it said stands.
_SETTLED = """
UPDATE message SET
    state = CASE WHEN message.state IN ('sending', 'unknown') THEN {state} ELSE message.state END,
    reason = CASE WHEN message.state IN ('sending', 'unknown') THEN {reason} ELSE message.reason END,
    detail = CASE WHEN message.state IN ('sending', 'unknown') THEN {detail} ELSE message.detail END,
    is_dead = CASE WHEN message.state IN ('sending', 'unknown') THEN {is_dead} ELSE message.is_dead END,
    provider_id = CASE WHEN {provider_id} <> '' THEN {provider_id} ELSE message.provider_id END,
    due_at = COALESCE({due_at}, message.due_at),
    sent_at = CASE WHEN {due_at} IS NULL THEN message.sent_at ELSE NULL END,
    settled_at = {at}, lease_until = NULL
"""
_COLUMNS = ("id", "state", "reason", "detail", "is_dead", "provider_id", "due_at", "at")
_TYPES = ("bigint", "text", "text", "text", "boolean", "text", "timestamptz", "timestamptz")

_HEARD = ("state", "provider_id", "heard_by", "settled_at", "reason", "detail", "is_dead")
_HEARD_TYPES = ("bigint", "text", "text", "text", "timestamptz", "text", "text", "boolean")


@dataclass(frozen=True, slots=True)
class Taken:
    """A message to be sent now. `refused`: the person opted out meanwhile."""

    id: int
    notification_id: int
    address: str
    text: str
    language: str
    purpose: str
    kind: str
    urgent: bool
    attempts: int
    expires_at: datetime
    refused: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a taken message; with a `due_at` it is to be sent again then. `word` is the provider's own."""

    id: int
    notification_id: int
    state: State
    at: datetime
    reason: str = ""
    detail: str = ""
    provider_id: str = ""
    due_at: datetime | None = None
    is_dead: bool = False

    def __post_init__(self) -> None:
        # Written back together: what one provider answers must not hold up what became of the others.
        object.__setattr__(self, "detail", storable(self.detail, WORD_CHARS))
        object.__setattr__(self, "provider_id", storable(self.provider_id, PROVIDER_ID_CHARS))


class Queue:
    def __init__(self, database: Database) -> None:
        self._database, self._postgres = database, database.is_postgres

    async def has_any(self, place: str, at: datetime, *, urgent_only: bool = False) -> bool:
        """Whether a message is due: a look that costs a tenth of taking none. Raises Unavailable."""
        sql = _ANY_DUE.format(only="AND urgent" if urgent_only else "")
        return bool(await self._database.rows(sql, (place, at)))

    async def has_climbers(self, at: datetime) -> bool:
        """Whether the time of a ladder has come. Raises Unavailable."""
        return bool(await self._database.rows(_ANY_TO_CLIMB, (at,)))

    async def take(
        self, place: str, most: int, at: datetime, paces: Sequence[Pace] = (), *, urgent_only: bool = False
    ) -> list[Taken]:
        """Up to `most` messages that are due, the longest due first; nobody else gets them.

        Of a limited channel no more than its pace lets through. Raises Unavailable.
        """
        async with transaction() as connection:
            limited = [pace for pace in paces if pace.per_second > 0]
            for pace in limited:
                most = min(most, await room(connection, pace, at))
            rows = await self._taken(connection, place, most, at, urgent_only=urgent_only) if most > 0 else []
            for pace in limited:
                await count(connection, pace, len(rows), at)
            refused = await _refused(connection, rows) if rows else set()
        return [_taken(row, row["id"] in refused) for row in rows]

    async def _taken(
        self, connection: BaseDBAsyncClient, place: str, most: int, at: datetime, *, urgent_only: bool
    ) -> list[dict[str, Any]]:
        due = _DUE.format(only="AND urgent" if urgent_only else "")
        among = f"= ANY(ARRAY({due} FOR UPDATE SKIP LOCKED))" if self._postgres else f"IN ({due})"
        values = [place, at, most, at + LEASE]
        return list(await self._asked(connection, _TAKEN.format(among=among), values))

    async def _asked(self, connection: BaseDBAsyncClient, sql: str, values: list[Any]) -> Sequence[dict[str, Any]]:
        if self._postgres:
            return await connection.execute_query_dict(sql, values)
        return await connection.execute_query_dict(sql.replace("$", "?"), values)

    async def settle(self, outcomes: Sequence[Outcome], told: Sequence[int] = ()) -> None:
        """Write down what became of messages, and what follows for their ladders at once; `told` are at their end.

        Raises Unavailable.
        """
        if not outcomes:
            return
        async with transaction() as connection:
            await self._written(connection, outcomes)
            await self._logged(connection, outcomes)
            lost = [one.notification_id for one in outcomes if one.state in (State.FAILED, State.EXPIRED)]
            if lost:
                await self.look(connection, lost, outcomes[0].at)
            if told:
                await self.close(connection, told, outcomes[0].at)

    async def _written(self, connection: BaseDBAsyncClient, outcomes: Sequence[Outcome]) -> None:
        rows = [[getattr(one, name) for name in _COLUMNS] for one in outcomes]
        if self._postgres:
            columns = [list(column) for column in zip(*rows, strict=True)]
            given = ", ".join(f"${n}::{kind}[]" for n, kind in enumerate(_TYPES, 1))
            sql = _SETTLED.format(**{name: f"v.{name}" for name in _COLUMNS})
            sql += f"FROM unnest({given}) AS v({', '.join(_COLUMNS)}) WHERE message.id = v.id"
            await connection.execute_query(sql, columns)
            return
        places = {name: f"?{n}" for n, name in enumerate(_COLUMNS, 1)}
        sql = _SETTLED.format(**places) + f"WHERE id = {places['id']}"
        await connection.execute_many(sql, rows)

    async def _logged(self, connection: BaseDBAsyncClient, outcomes: Sequence[Outcome]) -> None:
        rows = [(one.id, one.at, "answer", one.state, _word(one), one.provider_id) for one in outcomes]
        await self.log(connection, rows)

    async def hear(self, connection: BaseDBAsyncClient, rows: Sequence[Message]) -> None:
        """Write what receipts changed of messages; the ORM's own way costs four times as much as all else of them."""
        values = [[getattr(row, name) for name in ("id", *_HEARD)] for row in rows]
        if self._postgres:
            given = ", ".join(f"${n}::{kind}[]" for n, kind in enumerate(_HEARD_TYPES, 1))
            put = ", ".join(f"{name} = given.{name}" for name in _HEARD)
            sql = f"UPDATE message SET {put} FROM unnest({given}) AS given (id, {', '.join(_HEARD)})"  # noqa: S608
            columns = [list(column) for column in zip(*values, strict=True)]
            await connection.execute_query(f"{sql} WHERE message.id = given.id", columns)
            return
        put = ", ".join(f"{name} = ?" for name in _HEARD)
        by_id = [[*row[1:], row[0]] for row in values]
        await connection.execute_many(f"UPDATE message SET {put} WHERE id = ?", by_id)  # noqa: S608

    async def log(self, connection: BaseDBAsyncClient, rows: Sequence[tuple[Any, ...]]) -> None:
        """Add to what was heard: message, moment, source, state, word, the provider's id."""
        sql = "INSERT INTO message_event (message_id, at, source, state, word, provider_id) "
        if self._postgres:
            kinds = ("bigint", "timestamptz", "text", "text", "text", "text")
            given = ", ".join(f"${n}::{kind}[]" for n, kind in enumerate(kinds, 1))
            columns = [list(column) for column in zip(*rows, strict=True)]
            await connection.execute_query(f"{sql} SELECT * FROM unnest({given})", columns)  # noqa: S608
            return
        await connection.execute_many(f"{sql} VALUES (?, ?, ?, ?, ?, ?)", [[*row] for row in rows])

    async def look(self, connection: BaseDBAsyncClient, notifications: Iterable[int], at: datetime) -> None:
        """Have the ladder look at these at once."""
        await self._among(
            connection, "UPDATE notification SET look_at = $2 WHERE state = 'open' AND id", notifications, at
        )

    async def reopen(self, connection: BaseDBAsyncClient, notifications: Iterable[int], at: datetime) -> None:
        """What proved that these were told doesn't any more: their ladders look again, unless the desk told them."""
        reopened = """
        UPDATE notification SET state = 'open', closed_at = NULL, look_at = $2 WHERE state = 'told' AND NOT EXISTS (
            SELECT 1 FROM desk_task WHERE desk_task.notification_id = notification.id AND outcome = 'reached'
        ) AND id"""
        await self._among(connection, reopened, notifications, at)

    async def close(self, connection: BaseDBAsyncClient, notifications: Iterable[int], at: datetime) -> None:
        """These were told for certain: what of them still waits is stopped, and the desk has nothing to do any more."""
        ids = list(notifications)
        closed = "UPDATE notification SET state = 'told', closed_at = $2, look_at = NULL WHERE state <> 'told' AND id"
        await self._among(connection, closed, ids, at)
        spared = "UPDATE message SET state = 'expired', reason = 'told', settled_at = $2 WHERE {} AND notification_id"
        await self._among(connection, spared.format(_WAITING), ids, at)
        revived = "UPDATE message SET is_dead = FALSE WHERE is_dead AND settled_at <= $2 AND notification_id"
        await self._among(connection, revived, ids, at)
        spared = "UPDATE desk_task SET done_at = $2, outcome = 'spared' WHERE done_at IS NULL AND notification_id"
        await self._among(connection, spared, ids, at)

    async def _among(self, connection: BaseDBAsyncClient, sql: str, ids: Iterable[int], at: datetime) -> None:
        ids = list(ids)
        if self._postgres:
            await connection.execute_query(f"{sql} = ANY($1::bigint[])", [ids, at])
        else:
            # Our own numbers, and numbers only.
            listed = ", ".join(str(int(one)) for one in ids)
            await connection.execute_query(f"{sql.replace('$2', '?')} IN ({listed})", [at])


async def _refused(connection: BaseDBAsyncClient, rows: Sequence[dict[str, Any]]) -> set[int]:
    addresses = {row["address"] for row in rows if row["purpose"] in REFUSABLE}
    if not addresses:
        return set()
    outs: dict[str, list[tuple[str, str]]] = {}
    for out in await OptOut.filter(address__in=list(addresses)).using_db(connection):
        outs.setdefault(out.address, []).append((out.kind, out.purpose))
    return {
        row["id"]
        for row in rows
        if row["purpose"] in REFUSABLE
        and any(
            kind in ("", row["kind"]) and purpose in ("", row["purpose"])
            for kind, purpose in outs.get(row["address"], ())
        )
    }


def _taken(row: dict[str, Any], refused: bool) -> Taken:
    return Taken(
        row["id"],
        row["notification_id"],
        row["address"],
        row["text"],
        row["language"],
        row["purpose"],
        row["kind"],
        bool(row["urgent"]),
        row["attempts"],
        kept(row["expires_at"]),
        refused,
    )


def _word(outcome: Outcome) -> str:
    return f"{outcome.reason}: {outcome.detail}"[:WORD_CHARS] if outcome.reason else outcome.detail
