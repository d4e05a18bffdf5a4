"""The other end of a stand-in's webhooks: it answers what it was given, one after the other, and keeps what came."""

from __future__ import annotations

from collections import deque

from aiohttp import web
from aiohttp.test_utils import TestServer


class Webhook:
    def __init__(self, *answers: str) -> None:
        self.answers = deque(answers)
        self.came: list[tuple[str, dict[str, str], str]] = []
        app = web.Application()
        app.router.add_post("/{path:.*}", self._take)
        self._server = TestServer(app)

    async def _take(self, request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        self.came.append((request.path_qs, form, request.headers["X-Twilio-Signature"]))
        return web.Response(text=self.answers.popleft() if self.answers else "", content_type="text/xml")

    async def __aenter__(self) -> Webhook:
        await self._server.start_server()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._server.close()

    def url(self, path: str) -> str:
        return str(self._server.make_url(path))
