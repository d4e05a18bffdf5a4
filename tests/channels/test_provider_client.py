"""What is sent to a provider arrives as it was written, and what may have arrived is told from what can't have."""

from __future__ import annotations

import asyncio
from urllib.parse import parse_qsl

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from channels import provider_client
from channels.provider_client import ProviderClient
from core.errors import SendError

LONG_S = 60.0


class Provider:
    """Keeps the bodies that it was sent, and answers after `late_s`."""

    def __init__(self):
        self.sent, self.late_s, self.came = [], 0.0, asyncio.Event()
        app = web.Application()
        app.router.add_post("/", self._take)
        self.server = TestServer(app)

    async def _take(self, request):
        self.sent.append(await request.text())
        self.came.set()
        await asyncio.sleep(self.late_s)
        return web.json_response({"taken": len(self.sent)})

    @property
    def url(self):
        return str(self.server.make_url("/"))


@pytest.fixture
async def provider():
    made = Provider()
    await made.server.start_server()
    yield made
    await made.server.close()


@pytest.fixture
async def client():
    made = ProviderClient()
    await made.start()
    yield made
    await made.stop()


@pytest.mark.parametrize(
    "text", ["您好", "a b", "100%25+1", "甲&To=+8610086", "=；#?/\\", "“引号”\r\n👵", "was accepted; by 7 December", ""]
)
async def test_every_character_arrives_as_it_was_written(provider, client, text):
    form = {"To": "+8613800001234", "Body": text}
    answer = await client.post(provider.url, form)
    assert answer.content == {"taken": 1}
    [sent] = provider.sent
    assert dict(parse_qsl(sent, keep_blank_values=True, strict_parsing=True)) == form


async def test_nothing_in_a_text_separates_fields_for_who_splits_at_semicolons(provider, client):
    await client.post(provider.url, {"Body": "accepted; we promise", "To": "1;2"})
    assert ";" not in provider.sent[0]


async def test_an_answer_that_does_not_come_in_time_is_unknown(provider):
    provider.late_s = LONG_S
    client = ProviderClient(within_s=3.0)
    await client.start()
    with pytest.raises(SendError) as error:
        await client.post(provider.url, {"Body": "x"})
    await client.stop()
    assert error.value.reason == "unknown"
    assert provider.sent == ["Body=x"]


async def test_what_waits_in_vain_for_a_connection_never_left(provider, monkeypatch):
    monkeypatch.setattr(provider_client, "AT_ONCE", 1)
    monkeypatch.setattr(provider_client, "LEAVES_IN", 2 / LONG_S)
    provider.late_s = LONG_S
    client = ProviderClient(within_s=LONG_S)
    await client.start()
    first = asyncio.create_task(client.post(provider.url, {"Body": "first"}))
    async with asyncio.timeout(LONG_S / 2):
        await provider.came.wait()
        with pytest.raises(SendError) as error:
            await client.post(provider.url, {"Body": "second"})
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    await client.stop()
    assert error.value.reason == "unreachable"
    assert provider.sent == ["Body=first"]
