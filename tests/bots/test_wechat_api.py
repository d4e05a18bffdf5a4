"""What WeChat may have taken is told from what can't have left us."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bots import wechat_api
from bots.wechat_api import WeChatApi
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


@pytest.fixture
async def wechat(hanging, monkeypatch):
    """Our side of it, which waits three seconds for an answer, and has one connection."""
    monkeypatch.setattr(wechat_api, "AT_ONCE", 1)
    monkeypatch.setattr(wechat_api, "WITHIN_S", 3.0)
    made = WeChatApi(str(hanging.server.make_url("")), "wx0123456789abcdef", "a secret", ProcessScratch())
    await made.start()
    yield made
    await made.stop()


async def test_what_never_left_is_told_from_what_was_not_answered_in_time(hanging, wechat):
    await wechat.token()
    first = asyncio.create_task(wechat.say("somebody", "您好"))
    async with asyncio.timeout(LONG_S / 2):
        came = await hanging.came.get()
        second = asyncio.create_task(wechat.say("somebody", "再见"))
        errors = await asyncio.gather(first, second, return_exceptions=True)
    assert [error.reason for error in errors] == ["unknown", "unreachable"]
    assert came["text"] == {"content": "您好"}
    assert hanging.came.empty()
