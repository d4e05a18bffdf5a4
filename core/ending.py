"""Ending what runs in the background, also when a library swallows that it was told to."""

from __future__ import annotations

import asyncio
from typing import Any

AGAIN_S = 0.5


async def end(task: asyncio.Task[Any]) -> None:
    """Cancel a task until it is over, whatever came of it.

    Once isn't enough: redis-py tells a cancelling that comes while it connects as a connection that was lost.
    """
    while not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=AGAIN_S)
    if not task.cancelled():
        task.exception()  # seen, and of no interest any more
