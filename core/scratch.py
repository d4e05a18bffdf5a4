"""Short memory that may be lost: sessions and answers given, in Redis while there is one, else in the process."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol, TypeVar

import structlog
from redis.asyncio import ConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError

from core.errors import SettingsError, Unavailable
from core.expiring import Expiring

MOST_KEPT = 100_000
# Not asked again at once, lest everybody wait for a Redis that doesn't answer.
REDIS_AGAIN_S = 2.0
STALE_S = 60  # longer than anything is claimed for
_BAD_ADDRESS = "redis.url: is none of redis://, rediss:// and unix:// with a host and a port that is a number"
_PREFIX = "haoban:"
# A citizen waits meanwhile: once more on a new connection for one that was dropped, then it counts as away.
_OPTIONS: Mapping[str, Any] = {
    "socket_timeout": 1,
    "socket_connect_timeout": 1,
    "retry": Retry(NoBackoff(), 1, (RedisConnectionError,)),
}
# In one go, lest somebody else's be dropped that came between looking and dropping.
_RELEASE = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0"
Found = TypeVar("Found")
_log = structlog.get_logger()


class Scratch(Protocol):
    """Texts by key, each for so many seconds. All calls raise Unavailable when the store is away, unless it lasts.

    `is_shared` tells whether other processes see it too.
    """

    @property
    def is_shared(self) -> bool: ...

    async def get(self, key: str) -> str | None: ...

    async def put(self, key: str, value: str, ttl_s: int) -> None: ...

    async def claim(self, key: str, value: str, ttl_s: int) -> bool:
        """Put unless there is one already; whether it was put. Of two at once exactly one succeeds."""
        ...

    async def drop(self, key: str) -> None: ...

    async def release(self, key: str, value: str) -> None:
        """Drop what was claimed, unless it ran out and somebody else has put another value meanwhile."""
        ...

    async def ping(self) -> None:
        """Raises Unavailable when the store doesn't answer."""
        ...

    async def close(self) -> None: ...


class ProcessScratch:
    """In the process, for one that stands alone."""

    is_shared = False

    def __init__(self, size: int = MOST_KEPT) -> None:
        self._kept: Expiring[str, str] = Expiring(size)

    async def get(self, key: str) -> str | None:
        return self._kept.get(key)

    async def put(self, key: str, value: str, ttl_s: int) -> None:
        self._kept.put(key, value, ttl_s)

    async def claim(self, key: str, value: str, ttl_s: int) -> bool:
        if self._kept.get(key) is not None:
            return False
        self._kept.put(key, value, ttl_s)
        return True

    async def drop(self, key: str) -> None:
        self._kept.pop(key)

    async def release(self, key: str, value: str) -> None:
        if self._kept.get(key) == value:
            self._kept.pop(key)

    async def ping(self) -> None:
        """It is there as long as the process is."""

    async def close(self) -> None:
        self._kept.clear()


class RedisScratch:
    """In Redis, shared by all processes."""

    is_shared = True

    def __init__(self, url: str) -> None:
        self._redis = Redis.from_pool(redis_pool(url, decode_responses=True))
        self._released = self._redis.register_script(_RELEASE)

    async def get(self, key: str) -> str | None:
        with _away_told():
            found = await self._redis.get(_PREFIX + key)
        return str(found) if found is not None else None

    async def put(self, key: str, value: str, ttl_s: int) -> None:
        with _away_told():
            await self._redis.set(_PREFIX + key, value, ex=ttl_s)

    async def claim(self, key: str, value: str, ttl_s: int) -> bool:
        with _away_told():
            return bool(await self._redis.set(_PREFIX + key, value, ex=ttl_s, nx=True))

    async def drop(self, key: str) -> None:
        with _away_told():
            await self._redis.delete(_PREFIX + key)

    async def release(self, key: str, value: str) -> None:
        with _away_told():
            await self._released(keys=[_PREFIX + key], args=[value])

    async def ping(self) -> None:
        with _away_told():
            await self._redis.ping()

    async def close(self) -> None:
        await self._redis.aclose()


class LastingScratch:
    """In Redis, and while that is away in the process: what others remember is missing then, and no call fails.

    Only `ping` raises Unavailable.
    """

    is_shared = True

    def __init__(self, shared: Scratch) -> None:
        self._shared, self._own = shared, ProcessScratch()
        self._shared_from = float("-inf")
        # What Redis holds and should not any more, with the value that it was claimed with.
        self._stale: Expiring[str, str] = Expiring(MOST_KEPT)

    async def get(self, key: str) -> str | None:
        # What this process noted while Redis was away is newer than what Redis knows.
        own = await self._own.get(key)
        return own if own is not None else await self._asked(lambda: self._shared.get(key), None)

    async def put(self, key: str, value: str, ttl_s: int) -> None:
        async def shared() -> bool:
            await self._shared.put(key, value, ttl_s)
            return True

        if await self._asked(shared, otherwise=False):
            await self._own.drop(key)
        else:
            await self._own.put(key, value, ttl_s)

    async def claim(self, key: str, value: str, ttl_s: int) -> bool:
        if await self._own.get(key) is not None:
            return False
        if (stale := self._stale.get(key)) is not None:
            await self.release(key, stale)
        claimed = await self._asked(lambda: self._shared.claim(key, value, ttl_s), None)
        return claimed if claimed is not None else await self._own.claim(key, value, ttl_s)

    async def drop(self, key: str) -> None:
        await self._asked(lambda: self._shared.drop(key), None)
        await self._own.drop(key)

    async def release(self, key: str, value: str) -> None:
        async def shared() -> bool:
            for one in {value, self._stale.get(key) or value}:
                await self._shared.release(key, one)
            return True

        await self._own.release(key, value)
        if await self._asked(shared, otherwise=False):
            self._stale.pop(key)
        elif self._stale.get(key) is None:
            self._stale.put(key, value, STALE_S)

    async def ping(self) -> None:
        await self._shared.ping()

    async def close(self) -> None:
        await self._shared.close()

    async def _asked(self, ask: Callable[[], Awaitable[Found]], otherwise: Found) -> Found:
        """What Redis says; something else while it is away."""
        if time.monotonic() < self._shared_from:
            return otherwise
        try:
            return await ask()
        except Unavailable as error:
            if time.monotonic() >= self._shared_from:
                _log.error("remembered in the process", error=str(error))
            self._shared_from = time.monotonic() + REDIS_AGAIN_S
            return otherwise


def redis_pool(url: str, **options: Any) -> ConnectionPool:
    """Connections to a Redis. Raises SettingsError for an address that can't be understood."""
    try:
        return ConnectionPool.from_url(url, **_OPTIONS, **options)
    except ValueError:
        raise SettingsError([_BAD_ADDRESS]) from None  # the error may quote a piece of the password


@contextmanager
def _away_told() -> Iterator[None]:
    try:
        yield
    except (RedisError, OSError) as error:
        raise Unavailable(f"Redis: {error}") from error


def scratch(redis_url: str) -> Scratch:
    """The memory that the settings ask for. Raises SettingsError for an address that can't be understood."""
    return RedisScratch(redis_url) if redis_url else ProcessScratch()


def lasting(shared: Scratch) -> Scratch:
    """The same memory, for those who would sooner remember alone than not at all."""
    return LastingScratch(shared) if isinstance(shared, RedisScratch) else shared
