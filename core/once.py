"""A provider that repeats a request gets the same answer, and nothing happens twice."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from core.scratch import Scratch

ANSWERS_KEPT_S = 24 * 3600
# A process that dies while it makes an answer keeps others from making it for no longer than this.
MAKING_S = 30
_WORKING, _DONE = "…", "="
_LOOK_S, _LOOKS = 0.1, 100


class Once:
    """Remembers answers by the provider's own name for the request, in a lasting memory."""

    def __init__(self, scratch: Scratch) -> None:
        self._scratch = scratch

    async def answer(self, key: str, make: Callable[[], Awaitable[str]]) -> str:
        """The answer to a request, made at its first coming; whoever comes meanwhile waits for it.

        Raises what `make` raises.
        """
        place = f"once:{key}"
        if not await self._scratch.claim(place, _WORKING, MAKING_S):
            known = await self._known(place)
            if known is not None:
                return known
        try:
            made = await make()
        except BaseException:
            await self._scratch.release(place, _WORKING)
            raise
        await self._scratch.put(place, _DONE + made, ANSWERS_KEPT_S)
        return made

    async def _known(self, place: str) -> str | None:
        """The answer of the same request, waited for while it is being made."""
        for _ in range(_LOOKS):
            known = await self._scratch.get(place)
            if known != _WORKING:
                return known.removeprefix(_DONE) if known else None
            await asyncio.sleep(_LOOK_S)
        return None
