"""Asking Telegram for updates, where no webhook can reach us: none is lost and none answered twice across a restart."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from itertools import chain, repeat

from structlog import get_logger

from bots.telegram_wire import Arrived, Wire
from core.errors import SendError, Unavailable

WAIT_S = 25
# How long answering may take before the next updates are asked for, which says that the last ones were taken.
ANSWER_S = 5
MOST_UNDER_WAY = 200
AGAIN_S = (0.5, 2, 5, 15)
# When answering failed: Telegram doesn't send an update again that was asked for.
TRY_AGAIN_S = (1.0, 5.0)
CONFIRM_S = 1.0
# How often it is looked whether staff have switched the channel on again.
OFF_S = 2.0
_log = get_logger()


class Polling:
    """Gets updates and hands them to `take`, which starts to answer one and tells by its task when that is done.

    While `is_off`, nothing is asked for: what is written meanwhile waits at Telegram.
    """

    def __init__(
        self, wire: Wire, take: Callable[[Arrived], asyncio.Task[None]], is_off: Callable[[], Awaitable[bool]]
    ) -> None:
        self._wire, self._take, self._is_off = wire, take, is_off
        self._next = 0
        self._under_way: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Go on until cancelled."""
        pauses = _pauses()
        while True:
            try:
                await self._round()
                pauses = _pauses()
            except SendError as error:
                pause_s = error.retry_after or next(pauses)
                _log.error("no updates", channel="telegram", reason=error.reason, again_in_s=pause_s)
                await asyncio.sleep(pause_s)

    async def _round(self) -> None:
        if await self._rests():
            await asyncio.sleep(OFF_S)
            return
        for arrived in await self._wire.updates(self._next, WAIT_S):
            self._next = max(self._next, arrived.number + 1)
            self._begin(arrived)
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=ANSWER_S)
        while len(self._under_way) >= MOST_UNDER_WAY:
            await asyncio.wait(self._under_way, return_when=asyncio.FIRST_COMPLETED)

    async def _rests(self) -> bool:
        """Whether staff have switched the channel off; where that can't be read, it goes on as ever."""
        try:
            return await self._is_off()
        except Unavailable:
            return False

    def _begin(self, arrived: Arrived) -> None:
        task = asyncio.create_task(self._handle(arrived))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _handle(self, arrived: Arrived) -> None:
        for pause_s in (*TRY_AGAIN_S, None):
            task = self._take(arrived)
            await asyncio.wait({task})
            if pause_s is None or task.cancelled() or not task.exception():
                return
            await asyncio.sleep(pause_s)

    async def stop(self) -> None:
        """Ends, and tells Telegram what was taken, which else only the next asking would do."""
        for task in tuple(self._under_way):
            task.cancel()
        try:
            if self._next:
                await asyncio.wait_for(self._wire.updates(self._next, 0), CONFIRM_S)
        except (SendError, TimeoutError) as error:
            _log.warning("updates not confirmed", channel="telegram", error=type(error).__name__)


def _pauses() -> chain[float]:
    return chain(AGAIN_S, repeat(AGAIN_S[-1]))
