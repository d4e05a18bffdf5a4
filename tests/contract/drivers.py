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

Client = TestClient[web.Request, web.Application]
PUBLIC_URL = "https://haoban.example"
ACCOUNT, AUTH_TOKEN = "AC" + "0" * 32, "a token for tests"
PHONE = "+8613800001234"
_TWILIO = {"enabled": True, "account_sid": ACCOUNT, "auth_token": AUTH_TOKEN, "from_number": "+8610000000000"}
SECTIONS = {"channels": {"twilio_sms": _TWILIO, "twilio_voice": _TWILIO}}
STATUS_WORD = {"zh": "查询", "en": "status"}


@dataclass(frozen=True, slots=True)
class Door:
    """One way to ask, and how what it answers is worded: for the ear, or for the eye."""

    ask: Callable[[Client, str, str, str], Awaitable[str]]
    medium: Medium | None


async def web_page(client: Client, number: str, pin: str, language: str) -> str:
    """The page of `/cases`, its text without the marks."""
    headers = {"Accept-Language": language}
    async with client.post("/cases", data={"number": number, "pin": pin}, headers=headers) as answer:
        assert answer.status == 200
        page = await answer.text()
    body = page.partition("<main")[2].partition("</main>")[0]
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body)))


async def json_api(client: Client, number: str, pin: str, language: str) -> str:
    """The facts of the JSON API, as it sends them."""
    async with client.post("/api/v1/status", json={"number": number, "pin": pin}) as answer:
        assert answer.status == 200
        return str(await answer.json())


async def text_message(client: Client, number: str, pin: str, language: str) -> str:
    sent = {"MessageSid": f"SM{number}{language}", "From": PHONE, "Body": f"{STATUS_WORD[language]} {number} {pin}"}
    return "".join((await _twilio(client, "/channels/twilio/sms", sent)).itertext())


async def call(client: Client, number: str, pin: str, language: str) -> str:
    """A whole call: the language chosen, number and PIN keyed in; what is said in the end."""
    keys = [*(["9"] if language == "en" else []), "1", number, pin]
    sid = f"CA{number}{language}"
    said = await _twilio(client, "/channels/twilio/voice", {"CallSid": sid, "From": "+86139" + number[-8:]})
    for digits in keys:
        step = said.find("Gather").attrib["action"].removeprefix(PUBLIC_URL)
        said = await _twilio(client, step, {"CallSid": sid, "From": "+86139" + number[-8:], "Digits": digits})
    return " ".join("".join(part.itertext()) for part in said.iter("Say"))


async def _twilio(client: Client, path: str, form: Mapping[str, str]) -> Any:
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
}
