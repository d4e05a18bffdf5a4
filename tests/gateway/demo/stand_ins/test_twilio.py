"""The stand-in for Twilio is held against Twilio's own library and its own description of its interface."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import jsonschema_rs
import pytest
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from gateway.demo.stand_ins.twilio_orders import DELIVERED, UNREACHABLE
from gateway.demo.stand_ins.twilio_server import TwilioServer
from gateway.demo.stand_ins.twilio_webhooks import WebhookFailed, signature
from tests.channels.twilio import ACCOUNT, AUTH_TOKEN
from tests.gateway.demo.stand_ins.handset import Handset
from tests.gateway.demo.stand_ins.webhook import Webhook

OPENAPI = Path(__file__).parents[5] / "shared" / "data" / "twilio-openapi.json"
PERSON, CENTRE = "+8613800001234", "+8610000000000"


class Here(TwilioHttpClient):
    """The library's own client, whose requests go to this machine."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.here = url

    def request(self, method: str, url: str, *args: Any, **more: Any) -> Any:
        return super().request(method, url.replace("https://api.twilio.com", self.here), *args, **more)

    def close(self) -> None:
        self.session.close()


@pytest.fixture
async def server() -> AsyncIterator[TwilioServer]:
    made = TwilioServer(ACCOUNT, AUTH_TOKEN)
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def library(server: TwilioServer) -> AsyncIterator[Client]:
    http = Here(server.url)
    yield Client(ACCOUNT, AUTH_TOKEN, http_client=http)
    http.close()


async def test_twilios_own_library_sends_a_message_and_finds_it_again(server: TwilioServer, library: Client) -> None:
    def talk() -> tuple[Any, Any, list[Any]]:
        sent = library.messages.create(to=PERSON, from_=CENTRE, body="【示例政务】您好")
        return sent, library.messages(sent.sid).fetch(), library.messages.list(to=PERSON)

    sent, fetched, listed = await asyncio.to_thread(talk)
    assert (sent.status, sent.num_segments, sent.direction) == ("queued", "1", "outbound-api")
    assert fetched.body == "【示例政务】您好"
    assert [one.sid for one in listed] == [sent.sid]


async def test_twilios_own_library_calls_and_asks_for_the_balance(server: TwilioServer, library: Client) -> None:
    def talk() -> tuple[Any, Any]:
        return library.calls.create(to=PERSON, from_=CENTRE, url="http://127.0.0.1:9/"), library.balance.fetch()

    called, balance = await asyncio.to_thread(talk)
    assert (called.status, called.to) == ("queued", PERSON)
    assert (balance.balance, balance.currency) == ("12.30", "USD")


@pytest.mark.parametrize(
    ("given", "status", "code"),
    [
        ({"to": "13800001234", "from_": CENTRE, "body": "x"}, 400, 21211),
        ({"to": PERSON, "from_": "+4912345678", "body": "x"}, 400, 21606),
        ({"to": PERSON, "from_": CENTRE, "body": "x" * 1601}, 400, 21617),
    ],
)
async def test_it_refuses_as_twilio_does(library: Client, given: dict[str, str], status: int, code: int) -> None:
    with pytest.raises(TwilioRestException) as refused:
        await asyncio.to_thread(lambda: library.messages.create(**given))
    assert (refused.value.status, refused.value.code) == (status, code)


async def test_who_does_not_know_the_token_is_told_nothing(server: TwilioServer) -> None:
    http = Here(server.url)
    stranger = Client(ACCOUNT, "another token", http_client=http)
    for ask in (lambda: stranger.messages.list(), lambda: stranger.balance.fetch()):
        with pytest.raises(TwilioException, match="401"):
            await asyncio.to_thread(ask)
    http.close()


@pytest.mark.skipif(not OPENAPI.exists(), reason=f"Twilio's own description of its interface is not at {OPENAPI}")
@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("Messages", {"To": PERSON, "From": CENTRE, "Body": "您好"}),
        ("Calls", {"To": PERSON, "From": CENTRE, "Url": "http://127.0.0.1:9/"}),
    ],
)
async def test_its_answers_are_what_twilio_describes(server: TwilioServer, path: str, form: dict[str, str]) -> None:
    described = _with_null(json.loads(OPENAPI.read_text("utf-8")))
    operation = described["paths"][f"/2010-04-01/Accounts/{{AccountSid}}/{path}.json"]
    headers = {"Authorization": aiohttp.encode_basic_auth(ACCOUNT, AUTH_TOKEN)}
    async with aiohttp.ClientSession(headers=headers) as http:
        address = f"{server.url}/2010-04-01/Accounts/{ACCOUNT}/{path}.json"
        async with http.post(address, data=form) as made:
            assert made.status == 201
            _hold(await made.json(), operation["post"]["responses"]["201"], described)
        if path == "Messages":
            async with http.get(address) as listed:
                _hold(await listed.json(), operation["get"]["responses"]["200"], described)


def _hold(answer: Any, response: Any, described: Any) -> None:
    schema = response["content"]["application/json"]["schema"]
    jsonschema_rs.validator_for({**schema, "components": described["components"]}).validate(answer)
    reference = schema.get("$ref", "").rpartition("/")[2]
    if reference:
        assert set(answer) == set(described["components"]["schemas"][reference]["properties"])


def _with_null(described: Any) -> Any:
    """OpenAPI's `nullable` as JSON Schema says it."""
    if isinstance(described, list):
        return [_with_null(one) for one in described]
    if not isinstance(described, dict):
        return described
    made = {name: _with_null(value) for name, value in described.items()}
    if made.get("nullable") and isinstance(made.get("type"), str):
        made["type"] = [made["type"], "null"]
    return made


def test_its_signature_is_the_one_that_the_library_expects() -> None:
    form = {"To": CENTRE, "From": PERSON, "Body": "查询 + 空格", "AccountSid": ACCOUNT}
    url = "https://haoban.example/channels/twilio/status?message=1"
    assert RequestValidator(AUTH_TOKEN).validate(url, form, signature(AUTH_TOKEN, url, form))


async def test_a_message_reaches_the_telephone_and_its_receipts_the_webhook(
    server: TwilioServer, library: Client
) -> None:
    phone = server.phones[PERSON] = Handset()  # type: ignore[assignment]
    server.fate = lambda _to: DELIVERED
    async with Webhook() as webhook:
        url = webhook.url("/status?message=7")
        await asyncio.to_thread(
            lambda: library.messages.create(to=PERSON, from_=CENTRE, body="您好", status_callback=url)
        )
        await _until(lambda: len(webhook.came) == 2)
    assert phone.texts == ["您好"]  # type: ignore[attr-defined]
    assert [form["MessageStatus"] for _, form, _ in webhook.came] == ["sent", "delivered"]
    for path, form, signed in webhook.came:
        assert path == "/status?message=7"
        assert RequestValidator(AUTH_TOKEN).validate(url, form, signed)


async def test_a_message_that_the_carrier_loses_reaches_nobody_and_says_so(
    server: TwilioServer, library: Client
) -> None:
    phone = server.phones[PERSON] = Handset()  # type: ignore[assignment]
    server.fate = lambda _to: UNREACHABLE
    async with Webhook() as webhook:
        url = webhook.url("/status")
        await asyncio.to_thread(lambda: library.messages.create(to=PERSON, from_=CENTRE, body="x", status_callback=url))
        await _until(lambda: len(webhook.came) == 2)
    assert phone.texts == []  # type: ignore[attr-defined]
    assert [(form["MessageStatus"], form.get("ErrorCode")) for _, form, _ in webhook.came] == [
        ("sent", None),
        ("undelivered", "30003"),
    ]


async def test_a_text_message_is_answered_by_the_webhook(server: TwilioServer) -> None:
    async with Webhook("<Response><Message>办好了</Message></Response>", "<Response/>") as webhook:
        server.sms_url = webhook.url("/sms")
        assert await server.text(PERSON, "查询") == "办好了"
        assert await server.text(PERSON, "谢谢") == ""
    form = webhook.came[0][1]
    assert (form["From"], form["To"], form["Body"], form["NumMedia"]) == (PERSON, CENTRE, "查询", "0")


async def test_a_webhook_that_does_not_answer_is_told_to_who_asked(server: TwilioServer) -> None:
    server.sms_url = "http://127.0.0.1:9/"
    with pytest.raises(WebhookFailed):
        await server.text(PERSON, "查询")


async def _until(done: Any) -> None:
    async with asyncio.timeout(10):
        while not done():  # noqa: ASYNC110  (the server rings no bell)
            await asyncio.sleep(0.01)
