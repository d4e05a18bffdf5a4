"""A private message to the bot; what it sends back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from core.dialogue.medium import Medium
from gateway.demo.stand_ins.telegram_server import TelegramServer
from tests.contract.drivers import STATUS_WORD, Hall

BOT, SECRET_WORD = "123456:AAEhBP0av28JAFbRMsZrbFrqGiZ7LDXoWyc", "a-secret-of-the-tests"
medium = Medium.CHAT


@asynccontextmanager
async def opened() -> AsyncIterator[tuple[dict[str, Any], TelegramServer]]:
    telegram = TelegramServer(BOT)
    await telegram.start()
    yield {"enabled": True, "token": BOT, "secret": SECRET_WORD, "api_base": telegram.url}, telegram
    await telegram.stop()


async def ask(hall: Hall, number: str, pin: str, language: str) -> str:
    telegram = hall.outside["bots.telegram"]
    person = {"id": int(number[-9:]), "is_bot": False, "first_name": "Test"}
    message = {
        "message_id": 1,
        "date": 0,
        "chat": {"id": person["id"], "type": "private"},
        "from": person,
        "text": f"{STATUS_WORD[language]} {number} {pin}",
    }
    update = {"update_id": int(number[-9:]) * 10 + len(language) + (language == "en"), "message": message}
    headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET_WORD}
    before = len(telegram.calls)
    async with hall.client.post("/bots/telegram", json=update, headers=headers) as answer:
        assert answer.status == 200
    sent = [one for one in telegram.calls[before:] if one.method.lower() == "sendmessage"]
    return " ".join(str(one.fields["text"]) for one in sent)
