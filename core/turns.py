"""One after the other: who wants the same thing as another waits until that one is done."""

from __future__ import annotations

import asyncio
from collections.abc import Hashable

from core.errors import Unavailable

_Waiting = asyncio.Future[None]


class Turns:
    """Turns in this process, in the order in which they were asked for: `async with turns.of(key): …`.

    Each turn is asked for anew. Who waits longer than `patience_s` is told Unavailable. A key that nobody wants any
    more is forgotten.
    """

    def __init__(self, patience_s: float | None = None) -> None:
        self.patience_s = patience_s
        # Who waits for each key of which somebody has the turn.
        self.queues: dict[Hashable, list[_Waiting]] = {}

    def of(self, key: Hashable) -> _Turn:
        return _Turn(self, key)


class _Turn:
    __slots__ = ("_key", "_turns")

    def __init__(self, turns: Turns, key: Hashable) -> None:
        self._turns, self._key = turns, key

    async def __aenter__(self) -> None:
        queue = self._turns.queues.get(self._key)
        if queue is None:
            self._turns.queues[self._key] = []  # at once: nearly nobody ever waits
        else:
            await self._wait(queue)

    async def __aexit__(self, *_: object) -> None:
        self._pass_on()

    async def _wait(self, queue: list[_Waiting]) -> None:
        mine: _Waiting = asyncio.get_running_loop().create_future()
        queue.append(mine)
        try:
            async with asyncio.timeout(self._turns.patience_s):
                await mine
        except BaseException as error:
            if mine.done() and not mine.cancelled():
                self._pass_on()  # it came in the moment in which we gave up
            elif mine in queue:
                queue.remove(mine)
            if isinstance(error, TimeoutError):
                raise Unavailable("the turn of somebody else does not end") from None
            raise

    def _pass_on(self) -> None:
        """To the next one who still waits, if there is any."""
        queue = self._turns.queues[self._key]
        while queue:
            following = queue.pop(0)
            if not following.done():
                following.set_result(None)
                return
        del self._turns.queues[self._key]
