"""Short memory that may be lost: sessions and answers given, in Redis when there is one, else in the process."""

from __future__ import annotations

import time
from typing import Protocol

from cachetools import TLRUCache
from redis.asyncio import Redis
from redis.exceptions import RedisError

from core.errors import Unavailable

MOST_KEPT = 100_000
_PREFIX = "haoban:"


class Scratch(Protocol):
    """Texts by key, each for so many seconds. All calls raise Unavailable when the store is away."""

    async def get(self, key: str) -> str | None: ...

    async def put(self, key: str, value: str, ttl_s: int) -> None: ...

    async def claim(self, key: str, value: str, ttl_s: int) -> bool:
        """Put unless there is one already; whether it was put. Of two at once exactly one succeeds."""
        ...

    async def drop(self, key: str) -> None: ...

    async def ping(self) -> None:
        """Raises Unavailable when the store doesn't answer."""
        ...

    async def close(self) -> None: ...


class ProcessScratch:
    """In the process, for one that stands alone."""

    def __init__(self, size: int = MOST_KEPT) -> None:
        self._kept: TLRUCache[str, tuple[str, int]] = TLRUCache(size, ttu=_until, timer=time.monotonic)

    async def get(self, key: str) -> str | None:
        found = self._kept.get(key)
        return found[0] if found else None

    async def put(self, key: str, value: str, ttl_s: int) -> None:
        self._kept[key] = (value, ttl_s)

    async def claim(self, key: str, value: str, ttl_s: int) -> bool:
        if key in self._kept:
            return False
        self._kept[key] = (value, ttl_s)
        return True

    async def drop(self, key: str) -> None:
        self._kept.pop(key, None)

    async def ping(self) -> None:
        """It is there as long as the process is."""

    async def close(self) -> None:
        self._kept.clear()


class RedisScratch:
    """In Redis, shared by all processes."""

    def __init__(self, url: str) -> None:
        self._redis = Redis.from_url(url, decode_responses=True, socket_timeout=5, socket_connect_timeout=2)

    async def get(self, key: str) -> str | None:
        try:
            found = await self._redis.get(_PREFIX + key)
        except (RedisError, OSError) as error:
            raise Unavailable(f"Redis: {error}") from error
        return str(found) if found is not None else None

    async def put(self, key: str, value: str, ttl_s: int) -> None:
        try:
            await self._redis.set(_PREFIX + key, value, ex=ttl_s)
        except (RedisError, OSError) as error:
            raise Unavailable(f"Redis: {error}") from error

    async def claim(self, key: str, value: str, ttl_s: int) -> bool:
        try:
            return bool(await self._redis.set(_PREFIX + key, value, ex=ttl_s, nx=True))
        except (RedisError, OSError) as error:
            raise Unavailable(f"Redis: {error}") from error

    async def drop(self, key: str) -> None:
        try:
            await self._redis.delete(_PREFIX + key)
        except (RedisError, OSError) as error:
            raise Unavailable(f"Redis: {error}") from error

    async def ping(self) -> None:
        try:
            await self._redis.ping()
        except (RedisError, OSError) as error:
            raise Unavailable(f"Redis: {error}") from error

    async def close(self) -> None:
        await self._redis.aclose()


def _until(_key: str, value: tuple[str, int], now: float) -> float:
    return now + value[1]


def scratch(redis_url: str) -> Scratch:
    """The memory that the settings ask for."""
    return RedisScratch(redis_url) if redis_url else ProcessScratch()
