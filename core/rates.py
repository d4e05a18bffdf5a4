"""How often one sender may ask; the only place that knows the library that counts."""

from __future__ import annotations

import time

import structlog
from limits import RateLimitItem, parse_many
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import FixedWindowRateLimiter
from limits.errors import StorageError
from redis.asyncio import ConnectionPool

from core.errors import SettingsError, Wait
from core.scratch import redis_pool

REDIS_AGAIN_S = 5.0
_log = structlog.get_logger()


class Rate:
    """At most so many in so long, e.g. `30/minute`, counted for each sender; in Redis when all processes share it.

    While Redis is away each process counts for itself: a sender may then get a few times as many answers, but citizens
    are answered and nobody may ask without end.
    """

    def __init__(self, name: str, allowed: str, redis_url: str = "") -> None:
        self._name, self._item = name, _parsed(name, allowed)
        self._own = FixedWindowRateLimiter(MemoryStorage())
        self._pool = redis_pool(redis_url) if redis_url else None
        self._shared = _shared(redis_url, self._pool) if self._pool else None
        self._shared_from = float("-inf")

    async def take(self, sender: str) -> None:
        """Count one more of this sender. Raises Wait when it is one too many."""
        if self._shared and time.monotonic() >= self._shared_from:
            try:
                await self._take(self._shared, sender)
            except StorageError as error:
                # Not asked again at once, lest everybody wait for a Redis that doesn't answer.
                self._shared_from = time.monotonic() + REDIS_AGAIN_S
                _log.error("rates counted in the process", rate=self._name, error=str(error))
            else:
                return
        await self._take(self._own, sender)

    async def close(self) -> None:
        if self._pool:
            await self._pool.aclose()

    async def _take(self, limiter: FixedWindowRateLimiter, sender: str) -> None:
        if not await limiter.hit(self._item, self._name, sender):
            window = await limiter.get_window_stats(self._item, self._name, sender)
            raise Wait(max(1, round(window.reset_time - time.time())))


def _shared(redis_url: str, pool: ConnectionPool) -> FixedWindowRateLimiter:
    storage = RedisStorage(f"async+{redis_url}", True, "redispy", connection_pool=pool)  # type: ignore[arg-type]
    return FixedWindowRateLimiter(storage)


def _parsed(name: str, allowed: str) -> RateLimitItem:
    try:
        [item] = parse_many(allowed)
        if item.amount < 1:
            raise ValueError(item.amount)
    except ValueError as error:
        raise SettingsError([f"limits.{name}: {allowed!r} is not of the form 30/minute"]) from error
    return item
