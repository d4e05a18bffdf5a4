"""Climbing the delivery ladder: looks at what was sent and not proven, and takes the next step where it is time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from tortoise.backends.base.client import BaseDBAsyncClient

from core.database import transaction
from core.local_time import local, now
from core.models import Case, Message, Notification
from core.notify.consent import OPTED_OUT, opted_out
from core.notify.outbox import FAILED, STOPPED, Outbox
from core.notify.queue import Queue
from core.notify.routes import DESK, Next, Sending, Step
from core.notify.states import REFUSABLE, WAITING, Kind, State

SOON = timedelta(minutes=5)
_LOOKED_AT = """
SELECT id FROM notification WHERE state = 'open' AND look_at <= $1 ORDER BY look_at LIMIT 100
"""


class Climber:
    def __init__(self, outbox: Outbox, queue: Queue) -> None:
        self._outbox, self._queue = outbox, queue

    async def climb(self, at: datetime | None = None) -> int:
        """Look at the ladders whose time has come; how many there were. Raises Unavailable."""
        at = at or now()
        if not await self._queue.has_climbers(at):
            return 0
        await self._outbox.ready()
        async with transaction() as connection:
            notifications = await _due(connection, at)
            if not notifications:
                return 0
            ids = [one.id for one in notifications]
            messages: dict[int, list[Message]] = {}
            for message in await Message.filter(notification_id__in=ids).using_db(connection).order_by("id"):
                messages.setdefault(message.notification_id, []).append(message)  # type: ignore[attr-defined]
            for one in notifications:
                await self._looked(connection, one, messages.get(one.id, []), at)
        self._outbox.bell.ring()
        return len(notifications)

    async def _looked(
        self, connection: BaseDBAsyncClient, told: Notification, messages: Sequence[Message], at: datetime
    ) -> None:
        route = [Step(place, address) for place, address in told.route]
        if _is_refused(told, messages):
            await _close(connection, told, STOPPED, at)
            return
        sendings = [self._sending(message) for message in messages]
        match self._outbox.ladder.decide(route, told.step, sendings, at):
            case Next.TOLD:
                await self._queue.close(connection, [told.id], at)
            case Next.WAIT:
                await self._wait(connection, told, sendings, at)
            case Next.GIVE_UP:
                await _close(connection, told, FAILED, at)
            case Next.CLIMB if morning := await self._held_back(told, messages, at):
                told.look_at = morning + self._outbox.ladder[route[told.step].place].wait
                await told.save(using_db=connection, update_fields=["look_at"])
            case Next.CLIMB:
                await self._climb(connection, told, route, at)

    async def _held_back(self, told: Notification, messages: Sequence[Message], at: datetime) -> datetime | None:
        """The end of the quiet hours, when they hold a message back: then it isn't late, and nothing is dropped."""
        place = told.route[told.step][0]
        if place not in self._outbox.ladder or not any(m.place == place and m.state in WAITING for m in messages):
            return None
        morning = await self._outbox.due(at, urgent=told.urgent)
        return morning if morning > at else None

    async def _wait(
        self, connection: BaseDBAsyncClient, told: Notification, sendings: Sequence[Sending], at: datetime
    ) -> None:
        until = max((self._outbox.ladder.patience(one) for one in sendings), default=at)
        told.look_at = None if told.route[told.step][0] == DESK else max(until, at + SOON)
        await told.save(using_db=connection, update_fields=["look_at"])

    async def _climb(
        self, connection: BaseDBAsyncClient, told: Notification, route: Sequence[Step], at: datetime
    ) -> None:
        """The next step that the person wants; what waits on this one will not be sent any more."""
        late = Message.filter(notification_id=told.id, state__in=list(WAITING)).using_db(connection)
        await late.update(state=State.EXPIRED, reason="too_late", settled_at=at)
        for number in range(told.step + 1, len(route)):
            step = route[number]
            kind = self._outbox.ladder[step.place].kind if step.place in self._outbox.ladder else Kind.DESK
            if step.place != DESK and step.place not in self._outbox.ladder:
                continue  # switched off since
            if self._outbox.spares(told, kind):
                continue
            if not await opted_out([(step.address, kind)], told.purpose, connection):
                department = await _department(connection, told)
                await self._outbox.step(connection, told, number, at, department)
                return
        await _close(connection, told, FAILED, at)

    def _sending(self, message: Message) -> Sending:
        first = local(message.expires_at) - self._outbox.max_age
        sent = local(message.sent_at) if message.sent_at else None
        return Sending(message.place, State(message.state), first, sent)


async def _due(connection: BaseDBAsyncClient, at: datetime) -> list[Notification]:
    if connection.capabilities.dialect == "sqlite":
        rows = await connection.execute_query_dict(_LOOKED_AT.replace("$1", "?"), [at])
    else:
        rows = await connection.execute_query_dict(_LOOKED_AT + "FOR UPDATE SKIP LOCKED", [at])
    if not rows:
        return []
    return await Notification.filter(id__in=[row["id"] for row in rows]).using_db(connection).order_by("id")


def _is_refused(told: Notification, messages: Sequence[Message]) -> bool:
    """Whether the person said that they don't want it; who blocks a chat hasn't said so of the telephone."""
    return told.purpose in REFUSABLE and any(one.reason == OPTED_OUT and one.kind != Kind.CHAT for one in messages)


async def _close(connection: BaseDBAsyncClient, told: Notification, state: str, at: datetime) -> None:
    told.state, told.closed_at, told.look_at = state, at, None
    await told.save(using_db=connection, update_fields=["state", "closed_at", "look_at"])


async def _department(connection: BaseDBAsyncClient, told: Notification) -> str:
    case_id = told.case_id  # type: ignore[attr-defined]
    if case_id is None:
        return ""
    case = await Case.get(id=case_id, using_db=connection).only("id", "department")
    return case.department
