"""A whole call through the exchange: the language chosen, number and PIN keyed in; what is said in the end."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from core.dialogue.medium import Medium
from tests.channels.exchange import Exchange, speech_service
from tests.contract.drivers import Hall
from tests.gateway.program import free_port

medium = Medium.VOICE


@asynccontextmanager
async def opened() -> AsyncIterator[tuple[dict[str, Any], int]]:
    port, folder = free_port(), tempfile.mkdtemp()
    async with speech_service() as url:
        speech = {"engine": "http", "url": url, "folder": folder}
        yield {"enabled": True, "listen": f"127.0.0.1:{port}", "speech": speech}, port
    shutil.rmtree(folder)


async def ask(hall: Hall, number: str, pin: str, language: str) -> str:
    keys = [*(["9"] if language == "en" else []), "1", number, pin]
    exchange = Exchange(hall.outside["channels.asterisk"])
    call = await exchange.call(*keys, caller="139" + number[-8:], name=f"{number}{language}")
    return call.last()
