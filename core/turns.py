"""One after the other: who wants the same thing as another waits until that one is done."""

from __future__ import annotations

import asyncio
from collections.abc import Hashable

from core.errors import Unavailable

_Waiting = asyncio.Future[None]


class Turns:
    """Turns in this process, in the order in which they were asked for: `async with turns.of(key): …`.

    Each turn is asked for anew. Who waits longer than `patience_s` is told Unavailable. A key that nobody wants any
    more is forgotten. What is asked all the time does the same by hand, with fewer steps:

        if not turns.begin(key):
            await turns.wait(key)
        try:
            …
        finally:
            turns.end(key)
    """

    def __init__(self, patience_s: float | None = None) -> None:
        self._patience_s = patience_s
        # Who waits for each key of which somebody has the turn.
        self.queues: dict[Hashable, list[_Waiting]] = {}

    def of(self, key: Hashable) -> _Turn:
        return _Turn(self, key)

    def begin(self, key: Hashable) -> bool:
        """Take the turn unless somebody has it; whether it was taken, to be given back by `end`."""
        if key in self.queues:
            return False
        self.queues[key] = []
        return True

    async def wait(self, key: Hashable) -> None:
        """Wait for the turn right after `begin` found that somebody has it; it is given back by `end`.

        Raises Unavailable when it takes too long: then there is nothing to give back.
        """
        queue = self.queues[key]
        mine: _Waiting = asyncio.get_running_loop().create_future()
        queue.append(mine)
        try:
            async with asyncio.timeout(self._patience_s):
                await mine
        except BaseException as error:
            if mine.done() and not mine.cancelled():
                self.end(key)  # it came in the moment in which we gave up
            elif mine in queue:
                queue.remove(mine)
            if isinstance(error, TimeoutError):
                raise Unavailable("the turn of somebody else does not end") from None
            raise

    def end(self, key: Hashable) -> None:
        """Give back the turn that one has: to the next one who still waits, if there is any."""
        queue = self.queues[key]
        while queue:
            following = queue.pop(0)
            if not following.done():
                following.set_result(None)
                return
        del self.queues[key]


class _Turn:
    __slots__ = ("_key", "_turns")

    def __init__(self, turns: Turns, key: Hashable) -> None:
        self._turns, self._key = turns, key

    async def __aenter__(self) -> None:
        if not self._turns.begin(self._key):
            await self._turns.wait(self._key)

    async def __aexit__(self, *_: object) -> None:
        self._turns.end(self._key)
