"""WeChat on loopback: its interface, which misbehaves on order, and what it sends to our webhook."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient, TestServer

from bots.wechat_crypto import Seal, signature
from bots.wechat_xml import fields

APP_ID, SECRET_WORD, TOKEN = "wx0123456789abcdef", "a secret of the tests", "tokenOfTests"
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
ACCOUNT, PERSON = "gh_centre", "oPerson_1"
Client = TestClient[web.Request, web.Application]
_serials = count(1)


@dataclass
class WeChatServer:
    """`codes` are the numbers that calls are refused with, by their paths; `calls` is what was asked."""

    codes: dict[str, int] = field(default_factory=dict)
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    tokens: int = 0
    lasts_s: int = 7200
    sticks: str = ""
    pieces: bool = False
    gone: set[str] = field(default_factory=set)
    _called: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        app = web.Application()
        app.router.add_post("/cgi-bin/{path:.*}", self._call)
        self.server = TestServer(app)

    @property
    def url(self) -> str:
        return str(self.server.make_url("")).rstrip("/")

    def of(self, path: str) -> list[dict[str, Any]]:
        return [what for called, what in self.calls if called == path]

    async def said(self, count: int) -> list[dict[str, Any]]:
        """The messages by customer service, once there are so many."""
        async with asyncio.timeout(10):
            while len(found := self.of("message/custom/send")) < count:
                self._called.clear()
                await self._called.wait()
        return found

    async def _call(self, request: web.Request) -> web.StreamResponse:
        path, what = request.match_info["path"], await request.json()
        self.calls.append((path, what))
        self._called.set()
        if code := self.codes.get(path):
            return web.Response(text="<html>") if code == 500 else web.json_response({"errcode": code, "errmsg": "no"})
        if path == "stable_token":
            if what["secret"] != SECRET_WORD:
                return web.json_response({"errcode": 40125, "errmsg": "invalid appsecret"})
            if self.sticks and not what["force_refresh"]:
                return web.json_response({"access_token": self.sticks, "expires_in": self.lasts_s})
            self.tokens, self.sticks = self.tokens + 1, ""
            return web.json_response({"access_token": f"token{self.tokens}", "expires_in": self.lasts_s})
        if self.pieces:
            answer = web.StreamResponse(headers={"Content-Type": "application/json"})
            await answer.prepare(request)
            for piece in (b'{"errcode"', b': 0, "errmsg": "ok"}'):
                await answer.write(piece)
                await asyncio.sleep(0.05)
            return answer
        if request.query["access_token"] in self.gone:
            return web.json_response({"errcode": 42001, "errmsg": "access_token expired"})
        if path == "qrcode/create":
            return web.json_response({"ticket": "t", "url": "http://weixin.qq.com/q/abc", "expire_seconds": 60})
        return web.json_response({"errcode": 0, "errmsg": "ok"})


@dataclass
class Webhook:
    """Sends to our webhook as WeChat does, sealed or plain."""

    client: Client
    sealed: bool = True
    skew_s: int = 0

    async def send(self, *, body: bytes = b"", signed: str = "", nonce: str = "", **values: str) -> ClientResponse:
        """A message with these fields; `body` is another one, `signed` another signature."""
        serial = next(_serials)
        message = {"ToUserName": ACCOUNT, "FromUserName": PERSON, "CreateTime": str(int(time.time()))} | values
        if values.get("MsgType") != "event":
            message = {"MsgId": str(10**15 + serial)} | message
        body = body or _xml(message)
        at, nonce = str(int(time.time()) + self.skew_s), nonce or f"n{serial}"
        query = {"timestamp": at, "nonce": nonce}
        if self.sealed:
            content = Seal(AES_KEY, APP_ID).seal(body)
            query |= {"encrypt_type": "aes", "msg_signature": signed or signature(TOKEN, at, nonce, content)}
            body = _xml({"ToUserName": ACCOUNT, "Encrypt": content})
        else:
            query |= {"signature": signed or signature(TOKEN, at, nonce)}
        return await self.client.post("/bots/wechat", params=query, data=body, headers={"Content-Type": "text/xml"})

    async def say(self, text: str, **more: str) -> str:
        """A text message; the words of what is answered at once."""
        return await self.words(await self.send(MsgType="text", Content=text, **more))

    async def do(self, event: str, key: str = "", **more: str) -> str:
        values = {"MsgType": "event", "Event": event, "EventKey": key, "CreateTime": str(next(_serials))}
        return await self.words(await self.send(**values, **more))

    async def words(self, answer: ClientResponse) -> str:
        assert answer.status == 200, await answer.text()
        body = await answer.read()
        if body == b"success":
            return ""
        found: Mapping[str, str] = fields(body)
        if self.sealed:
            expected = signature(TOKEN, found["TimeStamp"], found["Nonce"], found["Encrypt"])
            assert found["MsgSignature"] == expected
            found = fields(Seal(AES_KEY, APP_ID).open(found["Encrypt"]))
        assert (found["ToUserName"], found["FromUserName"], found["MsgType"]) == (PERSON, ACCOUNT, "text")
        return found["Content"]


def _xml(values: Mapping[str, str]) -> bytes:
    rows = "".join(f"<{name}><![CDATA[{value}]]></{name}>" for name, value in values.items())
    return f"<xml>{rows}</xml>".encode()
