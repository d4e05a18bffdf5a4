"""What the program counts of itself, for Prometheus; no label ever holds anything of a citizen."""

from __future__ import annotations

import time
from bisect import bisect_left
from collections.abc import Awaitable, Callable, Iterator, Mapping
from itertools import accumulate

from aiohttp import web
from prometheus_client import CollectorRegistry, Gauge
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_BUCKETS = (0.005, 0.02, 0.05, 0.1, 0.3, 1.0, 3.0)


class _Route:
    """What was answered on a route: how often by method and status, how often within each bucket, seconds in all."""

    __slots__ = ("answered", "seconds", "within")

    def __init__(self) -> None:
        self.answered: dict[tuple[str, int], int] = {}
        self.within, self.seconds = [0] * (len(_BUCKETS) + 1), 0.0

    def count(self, method: str, status: int, took_s: float) -> None:
        self.answered[method, status] = self.answered.get((method, status), 0) + 1
        self.within[bisect_left(_BUCKETS, took_s)] += 1
        self.seconds += took_s


class _Routes(Collector):
    """Plain numbers, for one thread alone counts, and does so for every request; the library writes them down."""

    def __init__(self) -> None:
        self._routes: dict[str, _Route] = {}

    def of(self, route: str) -> _Route:
        return self._routes.get(route) or self._routes.setdefault(route, _Route())

    def collect(self) -> Iterator[Metric]:
        requests = CounterMetricFamily("haoban_requests", "Requests answered", labels=("route", "method", "status"))
        seconds = HistogramMetricFamily("haoban_request_seconds", "Time to the answer", labels=("route",))
        bounds = (*(str(bound) for bound in _BUCKETS), "+Inf")
        for name, route in self._routes.items():
            for (method, status), count in route.answered.items():
                requests.add_metric((name, method, str(status)), count)
            buckets = list(zip(bounds, accumulate(route.within), strict=True))
            seconds.add_metric((name,), buckets, route.seconds)
        yield from (requests, seconds)


class Metrics:
    """One registry for each application, so that two in one process don't mix."""

    def __init__(self, waiting: Callable[[], int]) -> None:
        self.registry = CollectorRegistry()
        self._routes = _Routes()
        self.registry.register(self._routes)
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
            route, method = (resource.canonical, request.method) if resource else ("none", "")
            self._routes.of(route).count(method, status, time.perf_counter() - began)

    def messages(self, waiting: Mapping[str, int], dead: int) -> None:
        """How many messages wait on each channel, and how many failed for good, as the database has it now."""
        self._waiting.clear()
        for channel, count in waiting.items():
            self._waiting.labels(channel).set(count)
        self._dead.set(dead)

    async def show(self, _request: web.Request) -> web.Response:
        """`/metrics`"""
        return web.Response(body=generate_latest(self.registry), headers={"Content-Type": CONTENT_TYPE_LATEST})
