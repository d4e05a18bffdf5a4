"""How to ask each channel where a case stands, by its real door; a channel without a driver here can't be added."""

from __future__ import annotations

import html
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree as Xml

from aiohttp import web
from aiohttp.test_utils import TestClient
from twilio.request_validator import RequestValidator

from core.dialogue.medium import Medium
from gateway.demo.telegram_server import TelegramServer

Client = TestClient[web.Request, web.Application]
PUBLIC_URL = "https://haoban.example"
ACCOUNT, AUTH_TOKEN = "AC" + "0" * 32, "a token for tests"
PHONE = "+8613800001234"
_TWILIO = {"enabled": True, "account_sid": ACCOUNT, "auth_token": AUTH_TOKEN, "from_number": "+8610000000000"}
BOT, SECRET_WORD = "123456:AAEhBP0av28JAFbRMsZrbFrqGiZ7LDXoWyc", "a-secret-of-the-tests"
STATUS_WORD = {"zh": "查询", "en": "status"}


def sections(telegram: str) -> dict[str, Any]:
    """Settings with every channel switched on; Telegram is at `telegram`."""
    bot = {"enabled": True, "token": BOT, "secret": SECRET_WORD, "api_base": telegram}
    return {"channels": {"twilio_sms": _TWILIO, "twilio_voice": _TWILIO}, "bots": {"telegram": bot}}


@dataclass(frozen=True, slots=True)
class Hall:
    """The county's doors, and the Telegram that its bot talks to."""

    client: Client
    telegram: TelegramServer


@dataclass(frozen=True, slots=True)
class Door:
    """One way to ask, and how what it answers is worded: for the ear, or for the eye."""

    ask: Callable[[Hall, str, str, str], Awaitable[str]]
    medium: Medium | None


async def web_page(hall: Hall, number: str, pin: str, language: str) -> str:
    """The page of `/cases`, its text without the marks."""
    headers = {"Accept-Language": language}
    async with hall.client.post("/cases", data={"number": number, "pin": pin}, headers=headers) as answer:
        assert answer.status == 200
        page = await answer.text()
    body = page.partition("<main")[2].partition("</main>")[0]
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body)))


async def json_api(hall: Hall, number: str, pin: str, language: str) -> str:
    """The facts of the JSON API, as it sends them."""
    async with hall.client.post("/api/v1/status", json={"number": number, "pin": pin}) as answer:
        assert answer.status == 200
        return str(await answer.json())


async def text_message(hall: Hall, number: str, pin: str, language: str) -> str:
    sent = {"MessageSid": f"SM{number}{language}", "From": PHONE, "Body": f"{STATUS_WORD[language]} {number} {pin}"}
    return "".join((await as_twilio(hall.client, "/channels/twilio/sms", sent)).itertext())


async def call(hall: Hall, number: str, pin: str, language: str) -> str:
    """A whole call: the language chosen, number and PIN keyed in; what is said in the end."""
    keys = [*(["9"] if language == "en" else []), "1", number, pin]
    sid = f"CA{number}{language}"
    said = await as_twilio(hall.client, "/channels/twilio/voice", {"CallSid": sid, "From": "+86139" + number[-8:]})
    for digits in keys:
        step = said.find("Gather").attrib["action"].removeprefix(PUBLIC_URL)
        said = await as_twilio(hall.client, step, {"CallSid": sid, "From": "+86139" + number[-8:], "Digits": digits})
    return " ".join("".join(part.itertext()) for part in said.iter("Say"))


async def chat(hall: Hall, number: str, pin: str, language: str) -> str:
    """A private message to the bot; what it sends back."""
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
    before = len(hall.telegram.calls)
    async with hall.client.post("/bots/telegram", json=update, headers=headers) as answer:
        assert answer.status == 200
    sent = [one for one in hall.telegram.calls[before:] if one.method.lower() == "sendmessage"]
    return " ".join(str(one.fields["text"]) for one in sent)


async def as_twilio(client: Client, path: str, form: Mapping[str, str]) -> Any:
    form = {"AccountSid": ACCOUNT, **form}
    signature = RequestValidator(AUTH_TOKEN).compute_signature(PUBLIC_URL + path, form)
    async with client.post(path, data=form, headers={"X-Twilio-Signature": signature}) as answer:
        assert answer.status == 200
        return Xml.fromstring(await answer.text())  # noqa: S314  (our own answer)


DOORS: Mapping[str, Door] = {
    "web": Door(web_page, None),
    "json": Door(json_api, None),
    "channels.twilio_sms": Door(text_message, Medium.TEXT),
    "channels.twilio_voice": Door(call, Medium.VOICE),
    "bots.telegram": Door(chat, Medium.CHAT),
}
