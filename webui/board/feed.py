"""Live boards: one look at the database for all who watch, one picture made, the same bytes to every screen."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable

import structlog

LOOK_EVERY_S = 0.5
# A screen that hears nothing for this long takes the server for lost; a comment keeps it sure.
HEARTBEAT_S = 15.0
_log = structlog.get_logger()


class Feed:
    """The picture of one board. `state` tells cheaply whether anything is new, `draw` makes the picture.

    It looks only while somebody watches. A database that is away leaves the last picture standing.
    """

    def __init__(self, state: Callable[[], Awaitable[str]], draw: Callable[[], Awaitable[bytes]]) -> None:
        self._state, self._draw = state, draw
        self._seen: str | None = None
        self._picture = b""
        self._turn: asyncio.Future[None] | None = None
        self._watching, self._closed = 0, False
        self._looking: asyncio.Task[None] | None = None

    async def picture(self) -> bytes:
        """The picture as it is now. Raises what `state` and `draw` raise."""
        await self._look()
        return self._picture

    async def watch(self) -> AsyncGenerator[bytes]:
        """The picture now, then each new one; an empty one now and then as a sign of life."""
        self._watching += 1
        if self._looking is None or self._looking.done():
            self._looking = asyncio.get_running_loop().create_task(self._run())
        try:
            if not self._picture:
                await self._look()
            shown = self._picture
            yield shown
            while await self._goes_on():
                fresh, shown = self._picture is not shown, self._picture
                yield shown if fresh else b""
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
        if self._closed:
            return False
        if self._turn is None or self._turn.done():
            self._turn = asyncio.get_running_loop().create_future()
        await asyncio.shield(self._turn)
        return not self._closed

    async def _run(self) -> None:
        quiet_s = 0.0
        while self._watching:
            await asyncio.sleep(LOOK_EVERY_S)
            quiet_s += LOOK_EVERY_S
            if await self._is_new() or quiet_s >= HEARTBEAT_S:
                quiet_s = 0.0
                self._tell()

    async def _is_new(self) -> bool:
        before = self._picture
        try:
            await self._look()
        except Exception as error:  # whatever it was, the next look may be well, and boards have nobody who starts them
            _log.warning("board not looked at", error=type(error).__name__)
        return self._picture is not before

    async def _look(self) -> None:
        state = await self._state()
        if state != self._seen:
            self._picture, self._seen = await self._draw(), state

    def _tell(self) -> None:
        turn, self._turn = self._turn, None
        if turn is not None and not turn.done():
            turn.set_result(None)
