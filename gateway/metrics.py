"""What the program counts of itself, for Prometheus; no label ever holds anything of a citizen."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_BUCKETS = (0.005, 0.02, 0.05, 0.1, 0.3, 1, 3)


class Metrics:
    """One registry for each application, so that two in one process don't mix."""

    def __init__(self, waiting: Callable[[], int]) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "haoban_requests", "Requests answered", ("route", "method", "status"), registry=self.registry
        )
        self._seconds = Histogram(
            "haoban_request_seconds", "Time to the answer", ("route",), buckets=_BUCKETS, registry=self.registry
        )
        self._kept: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}
        self._waiting = Gauge("haoban_messages_waiting", "Messages to be sent", ("channel",), registry=self.registry)
        self._dead = Gauge("haoban_messages_dead", "Messages that failed for good", registry=self.registry)
        Gauge("haoban_lookups_unrecorded", "Look-ups that wait to be recorded", registry=self.registry).set_function(
            waiting
        )

    @web.middleware
    async def count(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Counts every request under its route, never under its address."""
        began = time.perf_counter()
        status = 500
        try:
            response = await handler(request)
            status = response.status
            return response
        except web.HTTPException as error:
            status = error.status
            raise
        finally:
            resource = request.match_info.route.resource
            requests, seconds = self._of(
                resource.canonical if resource else "none", request.method if resource else "", status
            )
            requests.inc()
            seconds.observe(time.perf_counter() - began)

    def _of(self, route: str, method: str, status: int) -> tuple[Counter, Histogram]:
        """What is counted for these; kept, for to look a label up costs more than to count."""
        key = route, method, status
        if (found := self._kept.get(key)) is None:
            found = self._requests.labels(route, method, str(status)), self._seconds.labels(route)
            self._kept[key] = found
        return found

    def messages(self, waiting: Mapping[str, int], dead: int) -> None:
        """How many messages wait on each channel, and how many failed for good, as the database has it now."""
        self._waiting.clear()
        for channel, count in waiting.items():
            self._waiting.labels(channel).set(count)
        self._dead.set(dead)

    async def show(self, _request: web.Request) -> web.Response:
        """`/metrics`"""
        return web.Response(body=generate_latest(self.registry), headers={"Content-Type": CONTENT_TYPE_LATEST})
