"""Sending again by hand what failed for good."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from tortoise.backends.base.client import BaseDBAsyncClient

from core.database import transaction
from core.errors import BadRequest
from core.local_time import now
from core.models import Message, MessageEvent, Notification
from core.notify.consent import opted_out
from core.notify.outbox import OPEN, TOLD, Outbox
from core.notify.states import Kind, State
from core.staff.trail import note

MOST_AT_ONCE = 500


class Resending:
    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox

    async def send_again(self, message_ids: Sequence[int], by: str) -> int:
        """Queue messages that failed for good once more; how many. What may have arrived is never sent again.

        Raises BadRequest when none of them can be.
        """
        if len(message_ids) > MOST_AT_ONCE:
            raise BadRequest(f"at most {MOST_AT_ONCE} at once", key="too_many_messages", most=MOST_AT_ONCE)
        at, again = now(), 0
        await self._outbox.ready()
        async with transaction() as connection:
            sought = Message.filter(id__in=list(message_ids), is_dead=True).using_db(connection)
            rows = await sought.order_by("id").select_for_update()
            await Message.fetch_for_list(rows, "notification", using_db=connection)
            for row in rows:
                if await self._may_go(connection, row):
                    await self._queue(connection, row, at, by)
                    again += 1
            if not again:
                raise BadRequest("none of these can be sent again", key="not_again")
            await note(connection, by, "messages sent again", str(again), {"messages": list(message_ids)[:50]})
        self._outbox.bell.ring()
        return again

    async def _may_go(self, connection: BaseDBAsyncClient, row: Message) -> bool:
        if row.state not in (State.FAILED, State.EXPIRED) or row.notification.state == TOLD or not row.text:
            return False
        if self._outbox.spares(row.notification, Kind(row.kind)):
            return False
        return not await opted_out([(row.address, row.kind)], row.purpose, connection)

    async def _queue(self, connection: BaseDBAsyncClient, row: Message, at: datetime, by: str) -> None:
        due = await self._outbox.due(at, urgent=row.urgent)
        row.state = State.DEFERRED if due > at else State.QUEUED
        row.reason = row.detail = ""
        row.attempts, row.is_dead, row.sent_at, row.settled_at = 0, False, None, None
        row.due_at, row.expires_at = due, due + self._outbox.max_age
        await row.save(using_db=connection)
        await MessageEvent.create(
            using_db=connection, message_id=row.id, at=at, source="hand", state=row.state, word=by[:100]
        )
        # Its ladder stands where it stood: on this message's step when it was the last, else further up.
        wait = self._outbox.ladder[row.place].wait if row.place in self._outbox.ladder else timedelta()
        told = Notification.filter(id=row.notification.id, state__in=["failed", "stopped", OPEN]).using_db(connection)
        if row.notification.state != OPEN:
            await told.update(state=OPEN, closed_at=None, look_at=due + wait)
