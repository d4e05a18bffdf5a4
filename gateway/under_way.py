"""The requests that are being answered, so that the program can end without dropping one of them."""

from __future__ import annotations

import asyncio
import contextlib

from aiohttp import web

LATE_S = 0.5


class UnderWay:
    """Counts requests from their head on.

    The server's own waiting comes too late for that: it takes no more of a body once it has begun to shut down.
    """

    def __init__(self) -> None:
        self._requests = 0
        self._fewer = asyncio.Event()
        self.is_ending = False

    def begun(self) -> None:
        self._requests += 1

    def ended(self) -> None:
        self._requests -= 1
        if self.is_ending:
            self._fewer.set()

    async def finish(self, most_s: float) -> None:
        """Returns when nothing is under way, at the latest after `most_s`; from now on `is_ending`.

        Who got through a moment ago has yet to say what it wants, so that there is a moment's wait first.
        """
        self.is_ending = True
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(most_s):
                await asyncio.sleep(LATE_S)
                while self._requests:
                    self._fewer.clear()
                    await self._fewer.wait()


UNDER_WAY: web.AppKey[UnderWay] = web.AppKey("UNDER_WAY", UnderWay)
