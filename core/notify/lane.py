"""One channel's sending: messages taken from the queue, handed over, and what became of each written back."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
import traceback
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from core.errors import SendError
from core.local_time import now
from core.notify.bell import Bell
from core.notify.breaker import Breaker
from core.notify.pace import Pace
from core.notify.queue import Outcome, Queue, Taken
from core.notify.states import Purpose, State, proves
from core.ports import Channel, Outbound

BATCH, BATCHES = 100, 4
SETTLE_S, SETTLE_AGAIN_S = 0.05, 1.0
# What could not be written back is tried again after this too, though nothing new is done.
UNTOLD_S = 0.5
FIRST_WAIT_S, LONGEST_WAIT_S = 5.0, 1800.0
SEND_S = 30.0
"""Longer than any channel's own time-out, shorter than a lease."""
_AGAIN = ("throttled", "unreachable")
_log = structlog.get_logger()

Due = Callable[[datetime, bool], Awaitable[datetime]]
Alert = Callable[[str, str], Awaitable[None]]
Refuse = Callable[[str, str, str], Awaitable[None]]


class Lane:
    """`due` tells when a message may leave, `alert` the operators what fails for good, `refuse` keeps an opting out."""

    def __init__(
        self,
        place: str,
        channel: Channel,
        queue: Queue,
        breaker: Breaker,
        *,
        due: Due,
        alert: Alert,
        refuse: Refuse,
        is_off: Callable[[str], Awaitable[bool]],
    ) -> None:
        self.place, self._channel, self._queue, self._breaker = place, channel, queue, breaker
        self._due, self._alert, self._refuse, self._is_off = due, alert, refuse, is_off
        self._paces = (Pace(place, channel.per_second), Pace(channel.account, channel.account_per_second))
        self._batches: set[asyncio.Task[None]] = set()
        self._settling: list[tuple[Taken, Outcome]] = []
        self._some, self._full = asyncio.Event(), asyncio.Event()
        self._rest_until = 0.0

    async def run(self, bell: Bell, over: asyncio.Event) -> None:
        """Until it is over; then `finish` waits for what is under way."""
        async with bell.heard() as ear:
            while not over.is_set():
                try:
                    taken = await self.take()
                except Exception as error:  # whatever it was, the next messages must be sent too
                    _log.warning("nothing taken", channel=self.place, error=type(error).__name__, where=where(error))
                    taken = []
                if not taken:
                    await ear.wait()
        self._some.set()  # nothing more will come to be written back

    async def take(self) -> list[Taken]:
        """Take a batch and begin to send it. Raises Unavailable."""
        while len(self._batches) >= BATCHES:
            await asyncio.wait(self._batches, return_when=asyncio.FIRST_COMPLETED)
        most = self._breaker.allows(BATCH) if time.monotonic() >= self._rest_until else 0
        if not most or await self._is_off(self.place):
            return []
        at = now()
        quiet = await self._due(at, False) > at
        if not await self._queue.has_any(self.place, at, urgent_only=quiet):
            return []
        taken = await self._queue.take(self.place, most, at, self._paces, urgent_only=quiet)
        if taken:
            if quiet:
                _log.info("sent in the quiet hours", channel=self.place, messages=[one.id for one in taken])
            task = asyncio.create_task(self._sent(taken))
            self._batches.add(task)
            task.add_done_callback(self._batches.discard)
        return taken

    async def _sent(self, taken: Sequence[Taken]) -> None:
        await asyncio.gather(*(self._one(one) for one in taken))

    async def _one(self, one: Taken) -> None:
        try:
            outcome = await self._outcome(one)
        except asyncio.CancelledError:
            # Given up in the middle: it may have left.
            self._settling.append(
                (one, Outcome(one.id, one.notification_id, State.UNKNOWN, now(), "unknown", "given up"))
            )
            raise
        self._settling.append((one, outcome))
        self._some.set()
        if len(self._settling) >= BATCH:
            self._full.set()

    async def _outcome(self, one: Taken) -> Outcome:
        def became(state: State, reason: str = "", detail: str = "", *, dead: bool = False) -> Outcome:
            return Outcome(one.id, one.notification_id, state, now(), reason, detail, is_dead=dead)

        if one.refused:
            return became(State.FAILED, "opted_out")
        if now() >= one.expires_at:
            return became(State.EXPIRED, "too_old", dead=True)
        try:
            async with asyncio.timeout(SEND_S):
                sent = await self._channel.send(Outbound(one.address, one.text, one.language, one.id))
        except SendError as error:
            return await self._failed(one, error)
        except TimeoutError:
            return await self._failed(one, SendError("unknown", "no answer"))
        except Exception as error:  # a fault of ours: whether the message left, it doesn't tell
            _log.error("send broke", channel=self.place, message=one.id, error=type(error).__name__)
            return became(State.UNKNOWN, "unknown", type(error).__name__)
        self._breaker.succeeded()
        return Outcome(one.id, one.notification_id, sent.state, now(), provider_id=sent.provider_id)

    async def _failed(self, one: Taken, error: SendError) -> Outcome:
        if error.reason in ("unreachable", "unknown") and self._breaker.failed():
            _log.error("provider left alone for a while", channel=self.place, reason=error.reason)
        at, detail = now(), error.detail
        if error.reason == "unknown":
            return Outcome(one.id, one.notification_id, State.UNKNOWN, at, "unknown", detail)
        if error.reason not in _AGAIN:
            dead = error.reason != "opted_out"
            return Outcome(one.id, one.notification_id, State.FAILED, at, error.reason, detail, is_dead=dead)
        if error.retry_after:
            self._rest_until = max(self._rest_until, time.monotonic() + error.retry_after)
        due = await self._due(at + waiting(one.attempts, error.retry_after), one.urgent)
        if due >= one.expires_at:
            return Outcome(one.id, one.notification_id, State.EXPIRED, at, error.reason, detail, is_dead=True)
        return Outcome(one.id, one.notification_id, State.DEFERRED, at, error.reason, detail, due_at=due)

    async def settle_all(self, over: asyncio.Event) -> None:
        """Write back what is done, until it is over: together, and again until the database takes it."""
        while not over.is_set():
            await self._pause()
            try:
                await self.settle()
            except Exception as error:  # nothing is forgotten: it is written again
                _log.warning("not written back yet", channel=self.place, error=type(error).__name__, where=where(error))
                await asyncio.sleep(SETTLE_AGAIN_S)

    async def _pause(self) -> None:
        """Until something is done, and a moment longer, so that what is done in it is written together."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(UNTOLD_S):
                await self._some.wait()
            async with asyncio.timeout(SETTLE_S):
                await self._full.wait()
        self._some.clear()
        self._full.clear()

    async def settle(self) -> None:
        """Write back what is done. Raises Unavailable; then nothing is forgotten."""
        done, self._settling = self._settling, []
        if not done:
            return
        try:
            told = [one.notification_id for _, one in done if proves(one.state, self._channel.proof)]
            # In one order everywhere, so that nobody waits for rows of somebody who waits for theirs.
            await self._queue.settle(sorted((outcome for _, outcome in done), key=lambda one: one.id), told)
        except BaseException:
            self._settling = done + self._settling
            raise
        for one, outcome in done:
            if outcome.reason == "opted_out" and not one.refused:
                await self._refuse(one.address, one.kind, self.place)
        dead = [outcome for one, outcome in done if outcome.is_dead and one.purpose != Purpose.OPERATOR]
        if dead:
            _log.error("messages failed for good", channel=self.place, count=len(dead), reason=dead[0].reason)
            await self._alert(f"{self.place}: {len(dead)} × {dead[0].reason}", f"dead:{self.place}")

    async def finish(self, within_s: float) -> None:
        """Wait for what is under way, give up the rest as unknown, and write all of it back."""
        if self._batches:
            _, late = await asyncio.wait(self._batches, timeout=within_s)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        try:
            await self.settle()
        except Exception as error:
            # Their leases run out, and then they are unknown: told as it is.
            _log.error("not written back", channel=self.place, count=len(self._settling), error=type(error).__name__)


def where(error: BaseException) -> str:
    """Where an error arose, without its text, which may quote what is kept of a person."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""


def waiting(attempts: int, retry_after: float | None) -> timedelta:
    """How long until the next try: twice as long each time, spread a little, and never less than the provider asks."""
    wait_s = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** min(max(attempts - 1, 0), 16))
    wait_s *= 0.8 + 0.4 * random.random()  # noqa: S311  (only lest all come at once)
    return timedelta(seconds=max(wait_s, retry_after or 0.0))
