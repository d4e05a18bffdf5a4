"""Locks after wrong PINs: by sender and case after 5, by case alone only after 50, lest a stranger lock others out.

They are in the database, to outlive every process. A try that comes too early is refused at once, never slept on.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient

from core.database import Database, transaction
from core.errors import Wait
from core.local_time import kept

TRIES = 5
TRIES_OF_ALL = 50
LOCK = timedelta(minutes=30)
# Seconds to wait after the n-th wrong PIN: a person reads the receipt again, a machine is slowed down.
DELAYS_S = (0, 0, 1, 2, 4)

_COUNT = (
    "INSERT INTO pin_try (number, sender, failures, last_at) VALUES ($1, $2, 1, $3) ON CONFLICT (number, sender) "
    "DO UPDATE SET failures = CASE WHEN pin_try.last_at < $4 THEN 1 ELSE pin_try.failures + 1 END, last_at = $3"
)
_FORGIVE = "DELETE FROM pin_try WHERE number = $1 AND sender = $2"
# Few enough that nobody who tries a PIN meanwhile waits for them.
FORGOTTEN_AT_ONCE = 2_000
_OLD = "SELECT id FROM pin_try WHERE last_at < $1 ORDER BY last_at LIMIT $2"
_FORGET = f"DELETE FROM pin_try WHERE last_at < $1 AND id IN ({_OLD})"  # noqa: S608  (nothing of a stranger's is in it)


class PinLock:
    def __init__(self, database: Database) -> None:
        self._database = database

    def check(self, tried: Mapping[str, Any], at: datetime) -> None:
        """Raises Wait when this sender, or everybody, must not try this number now.

        `tried` holds `own_failures`, `own_last_at`, `all_failures`, `all_last_at` as the look-up read them: no
        failures without a moment.
        """
        if failures := tried["own_failures"]:
            _refuse_until(_blocked_until(failures, tried["own_last_at"]), at)
        if (tried["all_failures"] or 0) >= TRIES_OF_ALL:
            _refuse_until(kept(tried["all_last_at"]) + LOCK, at)

    async def count(self, number: str, sender: str, at: datetime) -> None:
        """One more wrong PIN, or unknown number: both are counted, so that nobody can tell them apart."""
        async with transaction() as connection:
            for who in (sender, ""):
                await self._done(connection, _COUNT, number, who, at, at - LOCK)

    async def forgive(self, number: str, sender: str) -> None:
        """The right PIN ends the sender's count."""
        async with transaction() as connection:
            await self._done(connection, _FORGIVE, number, sender)

    async def forget(self, at: datetime) -> int:
        """Delete the counts that would begin anew at the next try; how many. Raises Unavailable."""
        forgotten = 0
        while True:
            async with transaction() as connection:
                deleted = await self._done(connection, _FORGET, at - LOCK, FORGOTTEN_AT_ONCE)
            forgotten += deleted
            if deleted < FORGOTTEN_AT_ONCE:
                return forgotten

    async def _done(self, connection: BaseDBAsyncClient, sql: str, *values: Any) -> int:
        """How many rows a statement changed."""
        changed, _ = await connection.execute_query(
            sql if self._database.is_postgres else sql.replace("$", "?"), [*values]
        )
        return changed


def _blocked_until(failures: int, last_at: datetime | str) -> datetime:
    if failures >= TRIES:
        return kept(last_at) + LOCK
    return kept(last_at) + timedelta(seconds=DELAYS_S[failures])


def _refuse_until(until: datetime, at: datetime) -> None:
    if at < until:
        wait_s = (until - at).total_seconds()
        raise Wait(int(wait_s) + 1, locked=wait_s > DELAYS_S[-1])
