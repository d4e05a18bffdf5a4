"""A text message through Kannel."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlencode

from core.dialogue.medium import Medium
from tests.contract.drivers import STATUS_WORD, Hall

SECRET_WORD = "a-secret-of-the-tests"
medium = Medium.TEXT


@asynccontextmanager
async def opened() -> AsyncIterator[tuple[dict[str, Any], None]]:
    nowhere = "http://127.0.0.1:9/cgi-bin/sendsms"
    yield {"enabled": True, "secret": SECRET_WORD, "send_url": nowhere, "username": "u", "password": "p"}, None


async def ask(hall: Hall, number: str, pin: str, language: str) -> str:
    sent = {
        "secret": SECRET_WORD,
        "id": f"{number}{language}",
        "from": "8613800001234",
        "coding": "0",
        "charset": "UTF-8",
        "text": f"{STATUS_WORD[language]} {number} {pin}",
    }
    async with hall.client.get(f"/channels/kannel/sms?{urlencode(sent)}") as answer:
        assert answer.status == 200
        return await answer.text()
