"""A message to the WeChat account; what it answers at once and after."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from core.dialogue.medium import Medium
from tests.bots.wechat import AES_KEY, APP_ID, SECRET_WORD, TOKEN, Webhook, WeChatServer
from tests.contract.drivers import STATUS_WORD, Hall

medium = Medium.CHAT


@asynccontextmanager
async def opened() -> AsyncIterator[tuple[dict[str, Any], WeChatServer]]:
    server = WeChatServer()
    await server.server.start_server()
    section = {"enabled": True, "app_id": APP_ID, "app_secret": SECRET_WORD, "token": TOKEN, "aes_key": AES_KEY}
    yield section | {"api_base": server.url}, server
    await server.server.close()


async def ask(hall: Hall, number: str, pin: str, language: str) -> str:
    return await Webhook(hall.client).say(f"{STATUS_WORD[language]} {number} {pin}")
