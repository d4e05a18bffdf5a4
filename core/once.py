"""A provider that repeats a request gets the same answer, and nothing happens twice."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from core.errors import Unavailable
from core.scratch import Scratch

ANSWERS_KEPT_S = 24 * 3600
# A process that dies while it makes an answer keeps others from making it for no longer than this.
MAKING_S = 30
_WORKING, _DONE = "…", "="
_LOOK_S, _LOOKS = 0.1, 100
_log = structlog.get_logger()


class Once:
    """Remembers answers by the provider's own name for the request."""

    def __init__(self, scratch: Scratch) -> None:
        self._scratch = scratch

    async def answer(self, key: str, make: Callable[[], Awaitable[str]]) -> str:
        """The answer to a request, made at its first coming; whoever comes meanwhile waits for it.

        Without the memory a repeat is answered anew: a second answer is better than none. Raises what `make` raises.
        """
        place = f"once:{key}"
        try:
            if not await self._scratch.claim(place, _WORKING, MAKING_S):
                known = await self._known(place)
                if known is not None:
                    return known
        except Unavailable as error:
            _log.warning("repeats not recognised", error=str(error))
            return await make()
        try:
            made = await make()
        except BaseException:
            await self._forget(place)
            raise
        await self._keep(place, made)
        return made

    async def _known(self, place: str) -> str | None:
        """The answer of the same request, waited for while it is being made."""
        for _ in range(_LOOKS):
            known = await self._scratch.get(place)
            if known != _WORKING:
                return known.removeprefix(_DONE) if known else None
            await asyncio.sleep(_LOOK_S)
        return None

    async def _keep(self, place: str, answer: str) -> None:
        try:
            await self._scratch.put(place, _DONE + answer, ANSWERS_KEPT_S)
        except Unavailable as error:
            _log.warning("answer not remembered", error=str(error))

    async def _forget(self, place: str) -> None:
        try:
            await self._scratch.drop(place)
        except Unavailable as error:
            _log.warning("answer not forgotten", error=str(error))
