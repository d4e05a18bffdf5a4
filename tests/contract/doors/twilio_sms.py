"""A text message through Twilio."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from xml.etree import ElementTree as Xml

from twilio.request_validator import RequestValidator

from core.dialogue.medium import Medium
from tests.contract.drivers import PUBLIC_URL, STATUS_WORD, Client, Hall

ACCOUNT, AUTH_TOKEN = "AC" + "0" * 32, "a token for tests"
PHONE = "+8613800001234"
SECTION = {"enabled": True, "account_sid": ACCOUNT, "auth_token": AUTH_TOKEN, "from_number": "+8610000000000"}
medium = Medium.TEXT


@asynccontextmanager
async def opened() -> AsyncIterator[tuple[dict[str, Any], None]]:
    yield SECTION, None


async def ask(hall: Hall, number: str, pin: str, language: str) -> str:
    sent = {"MessageSid": f"SM{number}{language}", "From": PHONE, "Body": f"{STATUS_WORD[language]} {number} {pin}"}
    return "".join((await as_twilio(hall.client, "/channels/twilio/sms", sent)).itertext())


async def as_twilio(client: Client, path: str, form: Mapping[str, str]) -> Any:
    form = {"AccountSid": ACCOUNT, **form}
    signature = RequestValidator(AUTH_TOKEN).compute_signature(PUBLIC_URL + path, form)
    async with client.post(path, data=form, headers={"X-Twilio-Signature": signature}) as answer:
        assert answer.status == 200
        return Xml.fromstring(await answer.text())  # noqa: S314  (our own answer)
