"""What WeChat may have taken is told from what can't have left us."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bots import wechat_api
from bots.wechat_api import WeChatApi
from core.errors import SendError
from core.scratch import ProcessScratch

LONG_S = 60.0


class Hanging:
    """A WeChat that gives tokens, and takes messages without ever answering."""

    def __init__(self):
        self.came = asyncio.Queue()
        app = web.Application()
        app.router.add_post("/cgi-bin/stable_token", self._token)
        app.router.add_post("/cgi-bin/message/custom/send", self._take)
        self.server = TestServer(app)

    async def _token(self, _request):
        return web.json_response({"access_token": "a token", "expires_in": 7200})

    async def _take(self, request):
        self.came.put_nowait(await request.json())
        await asyncio.sleep(LONG_S)


@pytest.fixture
async def hanging():
    made = Hanging()
    await made.server.start_server()
    yield made
    await made.server.close()


def api(hanging):
    return WeChatApi(str(hanging.server.make_url("")), "wx0123456789abcdef", "a secret", ProcessScratch())


async def test_an_answer_that_does_not_come_in_time_is_unknown(hanging, monkeypatch):
    monkeypatch.setattr(wechat_api, "WITHIN_S", 3.0)
    wechat = api(hanging)
    await wechat.start()
    await wechat.token()
    with pytest.raises(SendError) as error:
        await wechat.say("somebody", "您好")
    await wechat.stop()
    assert error.value.reason == "unknown"
    assert hanging.came.get_nowait()["text"] == {"content": "您好"}


async def test_what_waits_in_vain_for_a_connection_never_left(hanging, monkeypatch):
    monkeypatch.setattr(wechat_api, "AT_ONCE", 1)
    monkeypatch.setattr(wechat_api, "WITHIN_S", LONG_S)
    monkeypatch.setattr(wechat_api, "LEAVES_IN", 2 / LONG_S)
    wechat = api(hanging)
    await wechat.start()
    first = asyncio.create_task(wechat.say("somebody", "您好"))
    async with asyncio.timeout(LONG_S / 2):
        came = await hanging.came.get()
        with pytest.raises(SendError) as error:
            await wechat.say("somebody", "再见")
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    await wechat.stop()
    assert error.value.reason == "unreachable"
    assert came["text"] == {"content": "您好"}
    assert hanging.came.empty()
