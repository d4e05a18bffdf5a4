"""Waiting for what a worker does meanwhile."""

from __future__ import annotations

import asyncio

from core.models import Message

WITHIN_S = 30


async def until(message: Message, *states: str) -> None:
    """Until a message is in one of the states."""
    async with asyncio.timeout(WITHIN_S):
        while message.state not in states:
            await asyncio.sleep(0.02)
            await message.refresh_from_db()
