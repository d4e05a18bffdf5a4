"""Wakes workers when there is something to send: in the process at once, over Redis elsewhere, else by a poll."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from core.redis_line import redis_pool

CHANNEL = "haoban:bell"
POLL_S = 0.5
AGAIN_S = 2.0
_log = structlog.get_logger()


class Bell:
    """Rung by whoever writes messages. It may be lost without harm: a worker looks every half second anyway."""

    def __init__(self, redis_url: str = "") -> None:
        self._redis = Redis.from_pool(redis_pool(redis_url)) if redis_url else None
        self._waiting: set[asyncio.Event] = set()
        self._ringing: set[asyncio.Task[None]] = set()
        self._quiet_until = 0.0

    def ring(self) -> None:
        """Wake all workers. Never waits, never fails."""
        self._ring_here()
        loop = asyncio.get_running_loop()
        if self._redis is not None and loop.time() >= self._quiet_until:
            task = loop.create_task(self._ring_there(self._redis))
            self._ringing.add(task)
            task.add_done_callback(self._ringing.discard)

    def _ring_here(self) -> None:
        for event in self._waiting:
            event.set()

    async def _ring_there(self, redis: Redis) -> None:
        try:
            await redis.publish(CHANNEL, b"1")
        except (RedisError, OSError) as error:
            self._quiet_until = asyncio.get_running_loop().time() + AGAIN_S
            _log.warning("workers not woken; they look by themselves", error=type(error).__name__)

    @contextlib.asynccontextmanager
    async def heard(self) -> AsyncIterator[Ear]:
        """Listen to it."""
        event = asyncio.Event()
        self._waiting.add(event)
        try:
            yield Ear(event)
        finally:
            self._waiting.discard(event)

    async def listen(self) -> None:
        """Pass on what is rung by other processes, until cancelled."""
        if self._redis is None:
            return
        while True:
            try:
                async with self._redis.pubsub() as heard:
                    await heard.subscribe(CHANNEL)
                    self._ring_here()
                    while True:
                        if await heard.get_message(ignore_subscribe_messages=True, timeout=AGAIN_S):
                            self._ring_here()
            except (RedisError, OSError) as error:
                _log.warning("bell not heard; workers look by themselves", error=type(error).__name__)
                await asyncio.sleep(AGAIN_S)

    async def close(self) -> None:
        for task in tuple(self._ringing):
            task.cancel()
        await asyncio.gather(*self._ringing, return_exceptions=True)
        if self._redis is not None:
            await self._redis.aclose()


class Ear:
    """One listener."""

    def __init__(self, event: asyncio.Event) -> None:
        self._event = event

    async def wait(self, timeout_s: float = POLL_S) -> None:
        """Until it rings, at most for so long."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                await self._event.wait()
        self._event.clear()
