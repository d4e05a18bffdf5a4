"""What those who run the program ask of it: is it alive, is it ready, what has it counted."""

from __future__ import annotations

import contextlib
from ipaddress import ip_address

from aiohttp import web

from core.errors import Unavailable
from gateway.house import House
from gateway.metrics import Metrics


class Operations:
    def __init__(self, house: House, metrics: Metrics) -> None:
        self._house, self._metrics = house, metrics

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/healthz", self.alive),
            web.get("/readyz", self.ready),
            web.get("/metrics", self.count),
        ]

    async def alive(self, _request: web.Request) -> web.Response:
        """`/healthz`: the process answers."""
        return web.json_response({"status": "alive"})

    async def ready(self, _request: web.Request) -> web.Response:
        """`/readyz`: 200 when questions can be answered, else 503 with the names of the parts that are not ready."""
        ill = await self._house.ill()
        body = {"status": "not ready" if ill else "ready", "not_ready": sorted(ill)}
        return web.json_response(body, status=503 if ill else 200)

    async def count(self, request: web.Request) -> web.Response:
        """`/metrics`, for this machine only: a proxy or a Prometheus beside the program reads it."""
        if request.remote is None or not ip_address(request.remote).is_loopback or "X-Forwarded-For" in request.headers:
            raise web.HTTPNotFound
        with contextlib.suppress(Unavailable):  # what the process counts is told without the database too
            records = self._house.records
            self._metrics.messages(await records.waiting(), await records.dead())
        return await self._metrics.show(request)
