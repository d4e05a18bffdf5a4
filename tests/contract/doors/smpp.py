"""A text message from a carrier's centre; what is handed back to it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from core.dialogue.medium import Medium
from tests.channels.smsc import Smsc, smsc
from tests.contract.drivers import STATUS_WORD, Hall

medium = Medium.TEXT


@asynccontextmanager
async def opened() -> AsyncIterator[tuple[dict[str, Any], Smsc]]:
    async with smsc() as centre:
        yield centre.section, centre


async def ask(hall: Hall, number: str, pin: str, language: str) -> str:
    centre = hall.outside["channels.smpp"]
    await centre.seen(lambda one: one["event"] == "bind")
    before = centre.count("submit")
    await centre.say(f"{STATUS_WORD[language]} {number} {pin}", name=f"{number}{language}")
    await centre.seen(lambda one: one.get("order") == f"{number}{language}" and one["event"] == "taken")
    return "".join(one["text"] for one in centre.of("submit")[before:])
