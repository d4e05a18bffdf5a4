"""What each request passes on its way in and out: it is known of, limited and counted."""

from __future__ import annotations

from time import perf_counter

from aiohttp import web

from core.rates import Rate
from gateway.metrics import Metrics
from gateway.under_way import UnderWay
from webui.client import Proxies, note_sender

# Health checks must not be refused, webhooks are signed and come from few addresses, the look is cached.
_UNLIMITED = ("/healthz", "/readyz", "/metrics", "/channels/", "/bots/", "/static/")
# But for the one page below them that is anybody's: it asks WeChat for a code.
_LIMITED = "/bots/wechat/qr/"


class Entrance:
    """The `Gate` of the web application: counts each request and its time, knows how many are under way, refuses who
    asks too often, and ends connections once the program ends.
    """

    def __init__(self, under_way: UnderWay, metrics: Metrics, requests: Rate, trusted: Proxies) -> None:
        self._under_way, self._metrics = under_way, metrics
        self._requests, self._trusted = requests, trusted

    def begun(self) -> float:
        self._under_way.begun()
        return perf_counter()

    async def admit(self, request: web.Request) -> None:
        path = request.path
        if not path.startswith(_UNLIMITED) or path.startswith(_LIMITED):
            await self._requests.take(note_sender(request, self._trusted))

    def ended(self, request: web.Request, response: web.StreamResponse | None, began: float) -> None:
        self._under_way.ended()
        self._metrics.count(request, 500 if response is None else response.status, perf_counter() - began)
        if self._under_way.is_ending and response is not None:
            response.force_close()  # no more questions on this connection
