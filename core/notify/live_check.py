"""A test message to an address of one's own: written and sent like any other, and followed to its receipt."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from core.database import reading, transaction
from core.errors import BadRequest, SendError
from core.local_time import now
from core.models import Message, MessageEvent
from core.notify.matters import purpose
from core.notify.outbox import Matter, Outbox
from core.notify.queue import LEASE, Outcome, Queue
from core.notify.recipients import Recipient
from core.notify.states import State, proves
from core.ports import Outbound, Sent
from core.staff.trail import note

EVENT = "check"
BY = "haoban check"


@dataclass(frozen=True, slots=True)
class Heard:
    """How far a test message has come, and what was said of it in the provider's own words."""

    state: State
    words: Sequence[str]


class LiveCheck:
    """Its outbox has a ladder of one channel, so that a test message never climbs to another."""

    def __init__(self, outbox: Outbox, queue: Queue) -> None:
        self._outbox, self._queue = outbox, queue

    async def write(self, recipient: Recipient) -> Outbound:
        """A test message that no worker takes: it is for the caller to send. Raises BadRequest, Unavailable."""
        facts = {"code": f"{secrets.randbelow(10_000):04d}"}
        told = Matter(f"check:{secrets.token_hex(16)}", EVENT, purpose(EVENT), facts, urgent=True)
        await self._outbox.ready()
        at = now()
        async with transaction() as connection:
            if not await self._outbox.write(connection, told, [recipient]):
                raise BadRequest("this address can't be reached by the channel")
            message = await Message.get(notification__source=told.source, using_db=connection)
            taken = Message.filter(id=message.id).using_db(connection)
            await taken.update(state=State.SENDING, attempts=1, sent_at=at, lease_until=at + LEASE)
            await note(connection, BY, "test message sent", f"message {message.id}", {"place": message.place})
        return Outbound(message.address, message.text, message.language, message.id)

    async def settle(self, message: Outbound, became: Sent | SendError, proof: State) -> None:
        """Write down what the channel answered. Raises Unavailable."""
        row = await Message.get(id=message.id)
        matter: int = row.notification_id  # type: ignore[attr-defined]
        if isinstance(became, SendError):
            state = State.UNKNOWN if became.reason == "unknown" else State.FAILED
            outcome = Outcome(message.id, matter, state, now(), became.reason, became.detail)
        else:
            outcome = Outcome(message.id, matter, became.state, now(), provider_id=became.provider_id)
        await self._queue.settle([outcome], [matter] if proves(outcome.state, proof) else [])

    @reading
    async def heard(self, message: Outbound) -> Heard:
        """Raises Unavailable."""
        row = await Message.get(id=message.id)
        events = await MessageEvent.filter(message_id=message.id).order_by("id")
        return Heard(State(row.state), [one.word for one in events if one.source != "answer" and one.word])
