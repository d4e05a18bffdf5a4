"""The requests that are being answered, so that the program can end without dropping one of them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

from aiohttp import web

LATE_S = 0.5
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class UnderWay:
    """Counts requests from their head on.

    The server's own waiting comes too late for that: it takes no more of a body once it has begun to shut down.
    """

    def __init__(self) -> None:
        self._requests = 0
        self._none = asyncio.Event()
        self._none.set()
        self._ending = False

    @web.middleware
    async def watch(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        self._requests += 1
        self._none.clear()
        try:
            response = await handler(request)
        finally:
            self._requests -= 1
            if not self._requests:
                self._none.set()
        if self._ending:
            response.force_close()  # no more questions on this connection
        return response

    async def finish(self, most_s: float) -> None:
        """Returns when nothing is under way, at the latest after `most_s`.

        Who got through a moment ago has yet to say what it wants, so that there is a moment's wait first.
        """
        self._ending = True
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(most_s):
                await asyncio.sleep(LATE_S)
                await self._none.wait()


UNDER_WAY: web.AppKey[UnderWay] = web.AppKey("UNDER_WAY", UnderWay)
