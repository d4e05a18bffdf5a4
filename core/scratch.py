"""Short memory that may be lost: sessions and answers given, in Redis while there is one, else in the process."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, Sequence
from typing import Protocol, TypeVar

from core.errors import Unavailable
from core.expiring import Expiring
from core.redis_line import RedisLine

MOST_KEPT = 100_000
STALE_S = 60  # longer than anything is claimed for
_PREFIX = "haoban:"
# In one go, lest somebody else's be dropped that came between looking and dropping.
_RELEASE = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0"
Found = TypeVar("Found")


class Scratch(Protocol):
    """Texts by key, each for so many seconds. All calls raise Unavailable when the store is away, unless it lasts.

    `is_shared` tells whether other processes see it too.
    """

    @property
    def is_shared(self) -> bool: ...

    async def get(self, key: str) -> str | None: ...

    async def get_all(self, *keys: str) -> Sequence[str | None]: ...

    async def put(self, key: str, value: str, ttl_s: int) -> None: ...

    async def put_all(self, values: Mapping[str, tuple[str, int]]) -> None:
        """Put several texts, each with its seconds."""
        ...

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


class ProcessScratch:
    """In the process, for one that stands alone."""

    is_shared = False

    def __init__(self, size: int = MOST_KEPT) -> None:
        self._kept: Expiring[str, str] = Expiring(size)

    async def get(self, key: str) -> str | None:
        return self._kept.get(key)

    async def get_all(self, *keys: str) -> Sequence[str | None]:
        return [self._kept.get(key) for key in keys]

    async def put(self, key: str, value: str, ttl_s: int) -> None:
        self._kept.put(key, value, ttl_s)

    async def put_all(self, values: Mapping[str, tuple[str, int]]) -> None:
        for key, (value, ttl_s) in values.items():
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


class RedisScratch:
    """In Redis, shared by all processes."""

    is_shared = True

    def __init__(self, line: RedisLine) -> None:
        self._line = line

    async def get(self, key: str) -> str | None:
        found: str | None = await self._line.ask("GET", _PREFIX + key)
        return found

    async def get_all(self, *keys: str) -> Sequence[str | None]:
        found: Sequence[str | None] = await self._line.ask("MGET", *(_PREFIX + key for key in keys))
        return found

    async def put(self, key: str, value: str, ttl_s: int) -> None:
        await self.put_all({key: (value, ttl_s)})

    async def put_all(self, values: Mapping[str, tuple[str, int]]) -> None:
        await self._line.ask_all(("SET", _PREFIX + key, value, "EX", ttl_s) for key, (value, ttl_s) in values.items())

    async def claim(self, key: str, value: str, ttl_s: int) -> bool:
        return bool(await self._line.ask("SET", _PREFIX + key, value, "EX", ttl_s, "NX"))

    async def drop(self, key: str) -> None:
        await self._line.ask("DEL", _PREFIX + key)

    async def release(self, key: str, value: str) -> None:
        await self._line.ask("EVAL", _RELEASE, 1, _PREFIX + key, value)

    async def ping(self) -> None:
        await self._line.ask("PING")


class LastingScratch:
    """In Redis, and while that is away in the process: what others remember is missing then, and no call fails.

    Only `ping` raises Unavailable.
    """

    is_shared = True

    def __init__(self, shared: Scratch) -> None:
        self._shared, self._own = shared, ProcessScratch()
        # What Redis holds and should not any more, with the value that it was claimed with.
        self._stale: Expiring[str, str] = Expiring(MOST_KEPT)

    async def get(self, key: str) -> str | None:
        [found] = await self.get_all(key)
        return found

    async def get_all(self, *keys: str) -> Sequence[str | None]:
        # What this process noted while Redis was away is newer than what Redis knows.
        own = await self._own.get_all(*keys)
        if None not in own:
            return own
        shared = await self._asked(self._shared.get_all(*keys), own)
        return [theirs if mine is None else mine for mine, theirs in zip(own, shared, strict=True)]

    async def put(self, key: str, value: str, ttl_s: int) -> None:
        await self.put_all({key: (value, ttl_s)})

    async def put_all(self, values: Mapping[str, tuple[str, int]]) -> None:
        async def shared() -> bool:
            await self._shared.put_all(values)
            return True

        if await self._asked(shared(), otherwise=False):
            for key in values:
                await self._own.drop(key)
        else:
            await self._own.put_all(values)

    async def claim(self, key: str, value: str, ttl_s: int) -> bool:
        if await self._own.get(key) is not None:
            return False
        if (stale := self._stale.get(key)) is not None:
            await self.release(key, stale)
        claimed = await self._asked(self._shared.claim(key, value, ttl_s), None)
        return claimed if claimed is not None else await self._own.claim(key, value, ttl_s)

    async def drop(self, key: str) -> None:
        await self._asked(self._shared.drop(key), None)
        await self._own.drop(key)

    async def release(self, key: str, value: str) -> None:
        async def shared() -> bool:
            for one in {value, self._stale.get(key) or value}:
                await self._shared.release(key, one)
            return True

        await self._own.release(key, value)
        if await self._asked(shared(), otherwise=False):
            self._stale.pop(key)
        elif self._stale.get(key) is None:
            self._stale.put(key, value, STALE_S)

    async def ping(self) -> None:
        await self._shared.ping()

    async def _asked(self, ask: Awaitable[Found], otherwise: Found) -> Found:
        """What Redis says; something else while it is away."""
        try:
            return await ask
        except Unavailable:
            return otherwise


def scratch(line: RedisLine | None) -> Scratch:
    """The memory for a while: in Redis where there is a way to one."""
    return RedisScratch(line) if line else ProcessScratch()


def lasting(shared: Scratch) -> Scratch:
    """The same memory, for those who would sooner remember alone than not at all."""
    return LastingScratch(shared) if isinstance(shared, RedisScratch) else shared
