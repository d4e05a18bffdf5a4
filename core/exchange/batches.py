"""Rows in batches, the next one read while the database works on this one."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from typing import TypeVar

Each = TypeVar("Each")
Read = TypeVar("Read")

# In longer turns the caller hears late that the database has answered, and asks it late for the next thing.
TURN_S = 0.0005
NEW_OBJECTS = 100_000


async def read_ahead(each: Iterator[Each], size: int, read: Callable[[Each], Read]) -> AsyncIterator[list[Read]]:
    """Lists of at most `size` of what `read` makes of each; what it raises is raised here.

    Reading takes turns with the caller, a moment at a time, whenever that waits for the database: a thread would take
    its turns from the caller's own work instead.
    """
    coming = asyncio.create_task(_batch(each, size, read))
    try:
        while found := await coming:
            coming = asyncio.create_task(_batch(each, size, read))
            yield found
    finally:
        coming.cancel()
        with suppress(asyncio.CancelledError):
            await coming


@contextmanager
def rare_collections() -> Iterator[None]:
    """Have garbage looked for once in a batch: rows come and go by the thousand, and none is in a cycle."""
    usual = gc.get_threshold()
    gc.set_threshold(NEW_OBJECTS, *usual[1:])
    try:
        yield
    finally:
        gc.set_threshold(*usual)


async def _batch(each: Iterator[Each], size: int, read: Callable[[Each], Read]) -> list[Read]:
    found: list[Read] = []
    ends = time.perf_counter() + TURN_S
    for one in islice(each, size):
        found.append(read(one))
        if time.perf_counter() >= ends:
            await asyncio.sleep(0)
            ends = time.perf_counter() + TURN_S
    return found
