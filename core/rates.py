"""How often one sender may ask; the only place that knows the library that counts."""

from __future__ import annotations

import time

from limits import RateLimitItem, parse
from limits.aio.storage import MemoryStorage, RedisStorage, Storage
from limits.aio.strategies import FixedWindowRateLimiter

from core.errors import SettingsError, Wait


class Rate:
    """At most so many in so long, e.g. `30/minute`, counted for each sender; in Redis when all processes share it."""

    def __init__(self, name: str, allowed: str, redis_url: str = "") -> None:
        self._item = _parsed(name, allowed)
        self._storage: Storage = (
            RedisStorage(f"async+{redis_url}", implementation="redispy") if redis_url else MemoryStorage()
        )
        self._limiter = FixedWindowRateLimiter(self._storage)
        self._name = name

    async def take(self, sender: str) -> None:
        """Count one more of this sender. Raises Wait when it is one too many."""
        if not await self._limiter.hit(self._item, self._name, sender):
            window = await self._limiter.get_window_stats(self._item, self._name, sender)
            raise Wait(max(1, round(window.reset_time - time.time())))


def _parsed(name: str, allowed: str) -> RateLimitItem:
    try:
        return parse(allowed)
    except ValueError as error:
        raise SettingsError([f"limits.{name}: {allowed!r} is not of the form 30/minute"]) from error
