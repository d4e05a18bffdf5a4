"""One after the other: who wants the same thing as another waits until that one is done."""

from __future__ import annotations

import asyncio
from collections.abc import Hashable

from core.errors import Unavailable


class Turns:
    """Turns in this process, in the order in which they were asked for: `async with turns.of(key): …`.

    Each turn is asked for anew. Who waits longer than `patience_s` is told Unavailable. A key that nobody wants any
    more is forgotten.
    """

    def __init__(self, patience_s: float | None = None) -> None:
        self.patience_s = patience_s
        self.queues: dict[Hashable, _Queue] = {}

    def of(self, key: Hashable) -> _Turn:
        return _Turn(self, key)


class _Queue:
    """Who has the turn of a key, and who waits for it."""

    __slots__ = ("lock", "people")

    def __init__(self) -> None:
        self.lock, self.people = asyncio.Lock(), 0


class _Turn:
    __slots__ = ("_key", "_queue", "_turns")

    def __init__(self, turns: Turns, key: Hashable) -> None:
        self._turns, self._key = turns, key

    async def __aenter__(self) -> None:
        queues = self._turns.queues
        queue = self._queue = queues.get(self._key) or queues.setdefault(self._key, _Queue())
        queue.people += 1
        try:
            if queue.people == 1:
                await queue.lock.acquire()  # at once
            else:
                async with asyncio.timeout(self._turns.patience_s):
                    await queue.lock.acquire()
        except BaseException as error:
            self._leave()
            if isinstance(error, TimeoutError):
                raise Unavailable("the turn of somebody else does not end") from None
            raise

    async def __aexit__(self, *_: object) -> None:
        self._queue.lock.release()
        self._leave()

    def _leave(self) -> None:
        self._queue.people -= 1
        if not self._queue.people:
            del self._turns.queues[self._key]
