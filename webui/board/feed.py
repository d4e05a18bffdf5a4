"""Live boards: one look at the database for all who watch, one picture made, the same bytes to every screen."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import NamedTuple

import orjson
import structlog

LOOK_EVERY_S = 0.5
# A screen that hears nothing for this long takes the server for lost; a comment keeps it sure.
HEARTBEAT_S = 15.0
_log = structlog.get_logger()


class Picture(NamedTuple):
    """What a board shows, `at` HH:MM, and the same as an event of the stream."""

    html: str
    at: str
    event: bytes


ALIVE = b"event: alive\ndata: \n\n"
# A comment keeps the line, and does not tell a screen that what it shows from before is up to date.
NOT_YET = b": no picture yet\n\n"


def picture(html: str, at: str) -> Picture:
    return Picture(html, at, b"data: " + orjson.dumps({"html": html, "at": at}) + b"\n\n")


class Feed:
    """The picture of one board. `state` tells cheaply whether anything is new, `draw` makes the picture.

    It looks only while somebody watches. A database that is away leaves the last picture standing.
    """

    def __init__(self, state: Callable[[], Awaitable[str]], draw: Callable[[], Awaitable[Picture]]) -> None:
        self._state, self._draw = state, draw
        self._seen: str | None = None
        self._picture: Picture | None = None
        self._turn = asyncio.Event()
        self._under_way: asyncio.Task[Picture] | None = None
        self._next: asyncio.Task[Picture] | None = None
        self._watching, self._closed = 0, False
        self._looking: asyncio.Task[None] | None = None

    async def picture(self) -> Picture:
        """The picture as it is now. Raises what `state` and `draw` raise."""
        return await self._look()

    async def watch(self) -> AsyncGenerator[bytes]:
        """The event of the last picture at once, where there is one, then that of each new one, and now and then a sign
        of life. All who watch are given the same bytes.
        """
        self._watching += 1
        if not self._closed and (self._looking is None or self._looking.done()):
            self._looking = asyncio.get_running_loop().create_task(self._run())
        shown: Picture | None = None
        try:
            # Who was slow to take one picture may have missed the news of the next.
            while self._picture is not shown or await self._goes_on():
                fresh = self._picture
                if fresh is None:
                    yield NOT_YET
                else:
                    yield ALIVE if fresh is shown else fresh.event
                shown = fresh
        finally:
            self._watching -= 1

    async def close(self) -> None:
        """Everybody who watches is sent home."""
        self._closed = True
        self._tell()
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)

    async def _goes_on(self) -> bool:
        """Wait for the next turn; all who watch wait for one and the same. False when there will be none."""
        if not self._closed:
            await self._turn.wait()
        return not self._closed

    async def _run(self) -> None:
        """Look again and again, as long as somebody watches."""
        beating = asyncio.create_task(self._beat())
        try:
            while self._watching:
                try:
                    await self._look()
                except Exception as error:  # whatever it was, the next look may be well, and nobody starts boards anew
                    _log.warning("board not looked at", error=type(error).__name__)
                await asyncio.sleep(LOOK_EVERY_S)
        finally:
            beating.cancel()

    async def _beat(self) -> None:
        """A sign of life whenever nothing was told for a while, however long a look takes."""
        while True:
            try:
                async with asyncio.timeout(HEARTBEAT_S):
                    await self._turn.wait()
            except TimeoutError:
                self._tell()

    async def _look(self) -> Picture:
        """The picture of a look that begins after the call; those who call in the middle of one share the next.

        Raises what the look raised.
        """
        if self._next is None:
            self._next = asyncio.create_task(self._look_after(self._under_way))
        return await asyncio.shield(self._next)  # who gives up leaves it to the others

    async def _look_after(self, other: asyncio.Task[Picture] | None) -> Picture:
        """One look after the other, lest an older one come last; news are told to all who watch."""
        if other is not None:
            await asyncio.wait({other})
        self._under_way, self._next = self._next, None
        try:
            state = await self._state()
            if self._picture is None or state != self._seen:
                self._picture, self._seen = await self._draw(), state
                self._tell()
            return self._picture
        finally:
            self._under_way = None

    def _tell(self) -> None:
        told, self._turn = self._turn, asyncio.Event()
        told.set()
