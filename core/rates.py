"""How often one sender may ask; the only place that knows the library that counts."""

from __future__ import annotations

import time
from dataclasses import dataclass

import structlog
from limits import RateLimitItem, parse_many
from limits.aio.storage import RedisStorage
from limits.aio.strategies import FixedWindowRateLimiter
from limits.errors import StorageError
from redis.asyncio import ConnectionPool

from core.errors import SettingsError, Wait
from core.expiring import Expiring
from core.scratch import redis_pool

REDIS_AGAIN_S = 5.0
MOST_SENDERS = 100_000
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many may be asked in a period, how many are left of them, and in how many seconds it begins anew."""

    limit: int
    remaining: int
    resets_s: int


class Rate:
    """At most so many in so long, e.g. `30/minute`, counted for each sender; in Redis when all processes share it.

    While Redis is away each process counts for itself: a sender may then get a few times as many answers, but citizens
    are answered and nobody may ask without end.
    """

    def __init__(self, name: str, allowed: str, redis_url: str = "") -> None:
        self._name, self._item = name, _parsed(name, allowed)
        self._own = _OwnCount(self._item)
        self._pool = redis_pool(redis_url) if redis_url else None
        self._shared = _shared(redis_url, self._pool) if self._pool else None
        self._shared_from = float("-inf")

    async def take(self, sender: str) -> None:
        """Count one more of this sender. Raises Wait when it is one too many."""
        if self._shared and time.monotonic() >= self._shared_from:
            try:
                await self._take_shared(self._shared, sender)
            except StorageError as error:
                # Not asked again at once, lest everybody wait for a Redis that doesn't answer.
                self._shared_from = time.monotonic() + REDIS_AGAIN_S
                _log.error("rates counted in the process", rate=self._name, error=str(error))
            else:
                return
        self._own.take(sender)

    async def allowance(self, sender: str) -> Allowance:
        """What is left to a sender after the last one was taken, as far as this process can tell."""
        if self._shared and time.monotonic() >= self._shared_from:
            try:
                window = await self._shared.get_window_stats(self._item, self._name, sender)
            except StorageError as error:
                _log.error("allowance told from the process", rate=self._name, error=str(error))
            else:
                left_s = max(0, round(window.reset_time - time.time()))
                return Allowance(self._item.amount, max(0, window.remaining), left_s)
        return self._own.allowance(sender)

    async def close(self) -> None:
        if self._pool:
            await self._pool.aclose()

    async def _take_shared(self, limiter: FixedWindowRateLimiter, sender: str) -> None:
        if not await limiter.hit(self._item, self._name, sender):
            window = await limiter.get_window_stats(self._item, self._name, sender)
            raise Wait(max(1, round(window.reset_time - time.time())))


class _OwnCount:
    """Counts in the process: the library's memory looks through all its senders at each request. Of too many senders
    one whose period is over is forgotten, or, where none is found soon, one whose count begins anew then.
    """

    def __init__(self, item: RateLimitItem) -> None:
        self._allowed, self._period_s = item.amount, item.get_expiry()
        self._periods: Expiring[str, _Period] = Expiring(MOST_SENDERS)

    def allowance(self, sender: str) -> Allowance:
        period = self._periods.get(sender)
        if period is None:
            return Allowance(self._allowed, self._allowed, 0)
        left_s = max(0, round(period.ends - time.monotonic()))
        return Allowance(self._allowed, max(0, self._allowed - period.taken), left_s)

    def take(self, sender: str) -> None:
        period = self._periods.get(sender)
        if period is None:
            period = _Period(time.monotonic() + self._period_s)
            self._periods.put(sender, period, self._period_s)
        period.taken += 1
        if period.taken > self._allowed:
            raise Wait(max(1, round(period.ends - time.monotonic())))


@dataclass(slots=True)
class _Period:
    ends: float
    taken: int = 0


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
