"""A program that is told to stop must stop, whatever its libraries make of it."""

from __future__ import annotations

import asyncio
import contextlib

from core.ending import end


async def _listen(swallowed: int) -> None:
    """Goes on listening after so many cancels, as a client does that takes them for lost connections."""
    for _ in range(swallowed):
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(60)
    await asyncio.sleep(60)


async def test_a_task_that_swallows_a_cancel_ends_all_the_same() -> None:
    task = asyncio.create_task(_listen(swallowed=2))
    await asyncio.sleep(0)
    await asyncio.wait_for(end(task), 5)
    assert task.cancelled()


async def test_a_task_that_failed_or_is_over_is_no_error() -> None:
    async def fail() -> None:
        raise OSError("gone")

    task = asyncio.create_task(fail())
    await asyncio.sleep(0)
    await end(task)
    await end(task)
