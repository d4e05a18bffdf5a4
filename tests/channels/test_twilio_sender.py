"""Messages handed over to Twilio by its own library, against a server on this machine that answers as documented."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from base64 import b64encode
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer, unused_port

from channels.twilio_sms import TwilioSms, TwilioSmsSettings
from core.errors import SendError
from core.ports import Outbound, Sent
from tests.channels.twilio import ACCOUNT, AUTH_TOKEN, PUBLIC_URL, SECTION, Call

OPENAPI = Path(__file__).parents[3] / "shared" / "data" / "twilio-openapi.json"
MOST_BODY = 1600  # characters of a message, by Twilio's page on it
SWITCHBOARD = SimpleNamespace(public_url=PUBLIC_URL)
MESSAGE = Outbound("+8613800001234", "【示例政务】您好", "zh")


class Twilio:
    """Its REST interface: one answer, given to all; what was asked is kept."""

    def __init__(self):
        self.asked = []
        self.answer = web.json_response, {"data": {"sid": "SM123"}, "status": 201}
        self.server = TestServer(self._app())

    def _app(self):
        app = web.Application()
        app.router.add_post("/2010-04-01/Accounts/{account}/Messages.json", self._messages)
        return app

    async def _messages(self, request):
        self.asked.append((request.match_info["account"], request.headers["Authorization"], dict(await request.post())))
        make, given = self.answer
        if make is None:
            request.transport.abort()
            await asyncio.sleep(1)
        return make(**given)

    def fails(self, status, code, **headers):
        answer = {"data": {"code": code, "status": status}, "status": status, "headers": headers}
        self.answer = web.json_response, answer


@pytest.fixture
async def twilio():
    made = Twilio()
    await made.server.start_server()
    yield made
    await made.server.close()


def channel(api_base):
    """The channel without the rest of the house, which sending has no need of."""
    return TwilioSms(TwilioSmsSettings.model_validate(SECTION | {"api_base": api_base}), SWITCHBOARD)


@pytest.fixture
async def send(twilio):
    sender = channel(str(twilio.server.make_url("")))
    await sender.start()
    yield sender.send
    await sender.stop()


async def test_a_message_is_handed_over_as_documented(twilio, send):
    assert await send(MESSAGE) == Sent("SM123")
    assert twilio.asked == [
        (
            ACCOUNT,
            "Basic " + b64encode(f"{ACCOUNT}:{AUTH_TOKEN}".encode()).decode(),
            {"To": MESSAGE.to, "From": SECTION["from_number"], "Body": MESSAGE.text},
        )
    ]


@pytest.mark.skipif(not OPENAPI.exists(), reason=f"Twilio's own description of its interface is not at {OPENAPI}")
async def test_a_message_is_what_twilio_itself_describes(twilio, send):
    described = json.loads(OPENAPI.read_text("utf-8"))["paths"]["/2010-04-01/Accounts/{AccountSid}/Messages.json"]
    form = described["post"]["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"]
    await send(MESSAGE)
    [(_, _, sent)] = twilio.asked
    assert set(form.get("required", ())) <= set(sent) <= set(form["properties"])
    for name, value in sent.items():
        field = form["properties"][name]
        assert field["type"] == "string"
        assert re.search(field.get("pattern", ""), value)
        assert len(value) <= field.get("maxLength", MOST_BODY)


@pytest.mark.parametrize(
    ("status", "code", "reason"),
    [
        (400, 21610, "opted_out"),
        (400, 21211, "invalid"),
        (401, 20003, "config"),
        (404, 20404, "config"),
        (429, 20429, "throttled"),
        (429, 0, "throttled"),
        (400, 30007, "rejected"),
        (500, 0, "unknown"),
        (503, 20503, "unknown"),
    ],
)
async def test_what_twilio_refuses_has_a_reason(twilio, send, status, code, reason):
    twilio.fails(status, code)
    with pytest.raises(SendError) as error:
        await send(MESSAGE)
    assert error.value.reason == reason
    assert MESSAGE.to not in str(error.value)


@pytest.mark.parametrize(("header", "wait_s"), [("7", 7), ("86400", 3600), ("soon", None), ("", None)])
async def test_when_to_come_again_is_read_from_the_answer(twilio, send, header, wait_s):
    twilio.fails(429, 20429, **({"Retry-After": header} if header else {}))
    with pytest.raises(SendError) as error:
        await send(MESSAGE)
    assert (error.value.reason, error.value.retry_after) == ("throttled", wait_s)


async def test_a_message_of_ours_asks_for_receipts_under_its_own_number(twilio, send):
    await send(replace(MESSAGE, id=42))
    assert twilio.asked[0][2]["StatusCallback"] == f"{PUBLIC_URL}/channels/twilio/status?message=42"


async def test_a_lost_answer_is_unknown_and_not_sent_again(twilio, send):
    twilio.answer = None, {}
    with pytest.raises(SendError) as error:
        await send(MESSAGE)
    assert error.value.reason == "unknown"
    assert len(twilio.asked) == 1


async def test_a_request_that_never_left_is_unreachable():
    away = f"http://127.0.0.1:{unused_port()}"
    sender = channel(away)
    await sender.start()
    with pytest.raises(SendError) as error:
        await sender.send(MESSAGE)
    await sender.stop()
    assert error.value.reason == "unreachable"


async def test_nothing_personal_is_logged(twilio, send, caplog):
    caplog.set_level(logging.INFO)
    await send(MESSAGE)
    twilio.fails(400, 21211)
    with pytest.raises(SendError):
        await send(MESSAGE)
    assert MESSAGE.to not in caplog.text
    assert MESSAGE.text not in caplog.text


@pytest.mark.parametrize(("fails", "told"), [(False, "已经发短信"), (True, "没有发成")])
async def test_a_caller_is_sent_the_requirements_and_told_what_became_of_it(twilio, line, fails, told):
    county, client = line
    sender = channel(str(twilio.server.make_url("")))
    await sender.start()
    county.house.texts.through(sender)
    if fails:
        twilio.fails(400, 21211)
    call = await Call(client).say()
    await call.press("2")
    await call.say(SpeechResult="居民身份证补领")
    await call.press("1")
    await sender.stop()
    assert told in call.words
    assert [asked["To"] for _, _, asked in twilio.asked] == [call.caller]
    assert "居民身份证申领登记表" in twilio.asked[0][2]["Body"]
