"""Receipts: what providers say of messages later on, written in batches, and never turning anything back."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from tortoise.backends.base.client import BaseDBAsyncClient

from core.database import Database, reading, transaction
from core.errors import NotFound, Unavailable
from core.local_time import now
from core.models import Message
from core.naming import storable
from core.notify.queue import Queue
from core.notify.routes import Ladder
from core.notify.states import LOST, State, moved, proves
from core.ports import PROVIDER_ID_CHARS, Receipt

TOGETHER_S = 0.02
MOST = 500
TRIES_S = (0.1, 0.5, 2.0)
_log = structlog.get_logger()
_Waiting = tuple[Receipt, "asyncio.Future[None]"]


@dataclass(frozen=True, slots=True)
class Known:
    """A message of ours, where it went, and its words, empty once they are forgotten."""

    message_id: int
    address: str
    text: str


class Receipts:
    """Takes receipts from any number of webhooks at once; each of them is answered when its receipt is kept."""

    def __init__(self, database: Database, queue: Queue, ladder: Ladder) -> None:
        self._database, self._queue, self._ladder = database, queue, ladder
        self._waiting: list[_Waiting] = []
        self._writing: asyncio.Task[None] | None = None

    async def take(self, receipt: Receipt) -> None:
        """Keep a receipt. Raises Unavailable when it can't be kept now, NotFound for a message that there is not."""
        kept: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((receipt, kept))
        if self._writing is None or self._writing.done():
            self._writing = self._database.in_background(self._write_all())
        await kept

    async def _write_all(self) -> None:
        while self._waiting:
            if len(self._waiting) < MOST:
                await asyncio.sleep(TOGETHER_S)
            batch, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
            await self._write(batch)

    async def _write(self, batch: Sequence[_Waiting]) -> None:
        try:
            known = await self._written([receipt for receipt, _ in batch])
        except Exception as error:
            _log.error("receipts not kept", error=type(error).__name__)
            for _, kept in batch:
                if not kept.done():
                    kept.set_exception(Unavailable("receipts can't be kept now"))
            return
        for receipt, kept in batch:
            if kept.done():
                continue
            if receipt.message_id in known:
                kept.set_result(None)
            else:
                kept.set_exception(NotFound(f"there is no message {receipt.message_id}"))

    async def _written(self, receipts: Sequence[Receipt]) -> set[int]:
        """Providers bring most receipts but once: what fails is tried again while they wait for the answer."""
        for pause_s in TRIES_S:
            try:
                return await self.write(receipts, "receipt")
            except Exception as error:
                _log.warning("receipts not kept yet", error=type(error).__name__)
                await asyncio.sleep(pause_s)
        return await self.write(receipts, "receipt")

    async def write(self, receipts: Sequence[Receipt], source: str) -> set[int]:
        """Write receipts in one transaction; the numbers of the messages that there are. Raises Unavailable."""
        at = now()
        async with transaction() as connection:
            sought = Message.filter(id__in=list({one.message_id for one in receipts})).using_db(connection)
            # In one order, so that two processes with the same messages don't wait for each other.
            rows = {row.id: row for row in await sought.order_by("id").select_for_update()}
            heard = [one for one in receipts if one.message_id in rows]
            proved = [row for row in rows.values() if self._proves(row)]
            for receipt in heard:
                _hear(rows[receipt.message_id], receipt, at)
            if rows:
                await self._kept(connection, list(rows.values()), heard, source, at)
            # A mail that comes back had been taken before, which counted as its proof.
            if back := [_matter(row) for row in proved if row.state in LOST]:
                await self._queue.reopen(connection, back, at)
        return set(rows)

    async def _kept(
        self,
        connection: BaseDBAsyncClient,
        rows: Sequence[Message],
        heard: Sequence[Receipt],
        source: str,
        at: datetime,
    ) -> None:
        await self._queue.hear(connection, rows)
        log = [(one.message_id, at, source, one.state, one.word, one.provider_id) for one in heard]
        await self._queue.log(connection, log)
        if told := [_matter(row) for row in rows if self._proves(row)]:
            await self._queue.close(connection, told, at)
        if lost := [_matter(row) for row in rows if row.state in LOST]:
            await self._queue.look(connection, lost, at)

    def _proves(self, row: Message) -> bool:
        return row.place in self._ladder and proves(State(row.state), self._ladder[row.place].proof)

    async def messages_of(self, place: str, provider_ids: Sequence[str]) -> Mapping[str, Known]:
        """The latest message that a provider knows by each of these names. Raises Unavailable."""
        kept = {storable(name, PROVIDER_ID_CHARS): name for name in provider_ids}
        known = await _messages_of(place, list(kept))
        return {kept[name]: one for name, one in known.items()}

    async def close(self) -> None:
        """Write what waits."""
        if self._writing is not None:
            with contextlib.suppress(asyncio.CancelledError):
                await self._writing


@reading
async def _messages_of(place: str, provider_ids: Sequence[str]) -> Mapping[str, Known]:
    rows = Message.filter(provider_id__in=list(provider_ids), place=place).exclude(provider_id="").order_by("id")
    return {row.provider_id: Known(row.id, row.address, row.text) for row in await rows}


def _hear(row: Message, receipt: Receipt, at: datetime) -> None:
    before = State(row.state)
    row.state = moved(before, receipt.state)
    row.provider_id = row.provider_id or receipt.provider_id
    row.heard_by = receipt.heard_by or row.heard_by
    if row.state != before:
        row.settled_at = at
        row.reason, row.detail = ("receipt", receipt.word) if row.state in LOST else ("", "")
        # Who sees to the dead letters need not see to one that arrived after all.
        row.is_dead = row.is_dead and row.state in LOST


def _matter(row: Message) -> int:
    return row.notification_id  # type: ignore[attr-defined,no-any-return]
