"""A provider of text messages and calls on loopback, with Twilio's interface, that misbehaves on order."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count

from aiohttp import web
from aiohttp.test_utils import TestServer

Behaviour = Callable[[int, str], str]
"""What to do with the n-th request, to an address: one of the words that `_answer` knows."""


@dataclass(frozen=True, slots=True)
class Took:
    """A message or a call that the provider took over, whatever it answered."""

    sid: str
    to: str
    body: str
    callback: str


def well(_number: int, _to: str) -> str:
    return "ok"


@dataclass
class Provider:
    """`behaves` decides about each request; `took` is what really reached people."""

    behaves: Behaviour = well
    slow_s: float = 0.3
    took: list[Took] = field(default_factory=list)
    asked: int = 0
    records: bool = True

    def __post_init__(self) -> None:
        app = web.Application()
        account = "/2010-04-01/Accounts/{account}"
        app.router.add_post(f"{account}/Messages.json", self._make("SM"))
        app.router.add_get(f"{account}/Messages.json", self._recorded)
        app.router.add_post(f"{account}/Calls.json", self._make("CA"))
        app.router.add_get(f"{account}/Balance.json", self._balance)
        self.server = TestServer(app)
        self._serials = count(1)
        self._reached = asyncio.Event()

    @property
    def url(self) -> str:
        return str(self.server.make_url("")).rstrip("/")

    async def reached(self, within_s: float = 30) -> None:
        """Until the first message is taken over."""
        async with asyncio.timeout(within_s):
            await self._reached.wait()

    def times(self) -> Counter[tuple[str, str]]:
        """How often each text reached each address."""
        return Counter((one.to, one.body) for one in self.took)

    def _make(self, prefix: str) -> Callable[[web.Request], object]:
        async def made(request: web.Request) -> web.StreamResponse:
            form = await request.post()
            self.asked += 1
            to = str(form["To"])
            return await self._answer(self.behaves(self.asked, to), prefix, to, form, request)

        return made

    async def _answer(self, how: str, prefix: str, to: str, form: object, request: web.Request) -> web.StreamResponse:
        if how == "429":
            return web.json_response({"code": 20429, "status": 429}, status=429, headers={"Retry-After": "1"})
        if how == "stopped":
            return web.json_response({"code": 21610, "status": 400}, status=400)
        if how == "invalid":
            return web.json_response({"code": 21211, "status": 400}, status=400)
        if how == "refused":
            return web.json_response({"code": 30007, "status": 400}, status=400)
        if how == "500":
            return web.json_response({"code": 0}, status=500)
        if how == "cut before":
            request.transport.abort()  # type: ignore[union-attr]
            await asyncio.sleep(1)
        sid = f"{prefix}{next(self._serials):032x}"
        body = form.get("Body") or form.get("Url")  # type: ignore[attr-defined]
        self.took.append(Took(sid, to, str(body), str(form.get("StatusCallback", ""))))  # type: ignore[attr-defined]
        self._reached.set()
        if how == "slow":
            await asyncio.sleep(self.slow_s)
        if how == "garbage":
            return web.Response(text="<html>oops", status=201)
        if how == "cut after":
            request.transport.abort()  # type: ignore[union-attr]
            await asyncio.sleep(1)
        return web.json_response({"sid": sid, "status": "queued"}, status=201)

    async def _balance(self, _request: web.Request) -> web.Response:
        return web.json_response({"balance": "12.30", "currency": "USD"})

    async def _recorded(self, request: web.Request) -> web.Response:
        found = [
            {"sid": one.sid, "body": one.body, "to": one.to, "status": "sent"}
            for one in reversed(self.took)
            if self.records and one.to == request.query["To"]
        ]
        return web.json_response({"messages": found[:50]})
