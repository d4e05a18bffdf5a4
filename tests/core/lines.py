"""Ways to a Redis, closed again whatever comes of a test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from core.redis_line import RedisLine


@asynccontextmanager
async def a_line(url: str) -> AsyncIterator[RedisLine]:
    line = RedisLine(url)
    try:
        yield line
    finally:
        await line.close()
