"""What nobody came back for: leases that ran out, messages too old to be sent, sends that a provider can clear up."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta

import structlog
from tortoise.backends.base.client import BaseDBAsyncClient

from core.database import reading, transaction
from core.errors import SendError
from core.local_time import local, now
from core.models import Message
from core.notify.queue import Queue
from core.notify.receipts import Receipts
from core.notify.states import State
from core.ports import Channel, Outbound, Recorded

ASKED_AFTER = timedelta(minutes=2)
ASKED_UNTIL = timedelta(hours=24)
ASKED_AT_ONCE = 20
_LOST_HOLD = """
UPDATE message SET state = 'unknown', reason = 'unknown', detail = 'the worker did not come back', lease_until = NULL,
settled_at = $1 WHERE state = 'sending' AND lease_until < $1 RETURNING id, notification_id
"""
_TOO_OLD = """
UPDATE message SET state = 'expired', reason = 'too_old', is_dead = TRUE, settled_at = $1
WHERE state IN ('queued', 'deferred') AND expires_at < $1 RETURNING id, notification_id
"""
_log = structlog.get_logger()

Alert = Callable[[str, str], Awaitable[None]]


class Sweeper:
    def __init__(self, queue: Queue, receipts: Receipts, channels: Mapping[str, Channel], alert: Alert) -> None:
        self._queue, self._receipts, self._alert = queue, receipts, alert
        self._recorded = {place: one for place, one in channels.items() if isinstance(one, Recorded)}
        self._asked: dict[int, datetime] = {}

    async def sweep(self, at: datetime | None = None) -> int:
        """Settle what was left lying; how many messages. Raises Unavailable."""
        at = at or now()
        async with transaction() as connection:
            unsure = await self._swept(connection, _LOST_HOLD, State.UNKNOWN, "lease", at)
            old = await self._swept(connection, _TOO_OLD, State.EXPIRED, "age", at)
        if unsure:
            _log.error("messages without an outcome", count=unsure)
        if old:
            await self._alert(f"{old} × too old", "dead:age")
        return unsure + old

    async def _swept(self, connection: BaseDBAsyncClient, sql: str, state: State, source: str, at: datetime) -> int:
        sqlite = connection.capabilities.dialect == "sqlite"
        rows = await connection.execute_query_dict(sql.replace("$1", "?1") if sqlite else sql, [at])
        if rows:
            await self._queue.log(connection, [(row["id"], at, source, state, "", "") for row in rows])
            if state == State.EXPIRED:
                await self._queue.look(connection, [row["notification_id"] for row in rows], at)
        return len(rows)

    async def ask_records(self, at: datetime | None = None) -> int:
        """Ask providers of what was sent without an answer; how many cleared up. Raises Unavailable."""
        at, cleared = at or now(), 0
        for place, channel in self._recorded.items():
            for row in await _unsure(place, at):
                if self._asked.get(row.id, at - 2 * ASKED_AFTER) > at - ASKED_AFTER:
                    continue
                self._asked[row.id] = at
                cleared += await self._cleared(channel, row)
        self._asked = {one: when for one, when in self._asked.items() if when > at - ASKED_UNTIL}
        return cleared

    async def _cleared(self, channel: Recorded, row: Message) -> bool:
        try:
            since = local(row.sent_at or row.at)
            records = await channel.records(Outbound(row.address, row.text, row.language, row.id), since)
        except SendError as error:
            _log.warning("provider's record not read", message=row.id, reason=error.reason)
            return False
        # The same words may have gone to the same person before: what is another message's proves nothing of this one.
        taken = await _known([found.provider_id for found in records])
        own = next((found for found in records if found.provider_id not in taken), None)
        if own is None:
            return False
        await self._receipts.write([own], "record")
        return True


@reading
async def _known(provider_ids: Sequence[str]) -> set[str]:
    """Those of a provider's names that stand with a message of ours."""
    rows = Message.filter(provider_id__in=list(provider_ids)).exclude(provider_id="")
    return {str(name) for name in await rows.values_list("provider_id", flat=True)}


@reading
async def _unsure(place: str, at: datetime) -> list[Message]:
    sought = Message.filter(state="unknown", place=place, sent_at__lt=at - ASKED_AFTER, sent_at__gt=at - ASKED_UNTIL)
    return await sought.order_by("-sent_at").limit(ASKED_AT_ONCE)
