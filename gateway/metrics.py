"""What the program counts of itself, for Prometheus; no label ever holds anything of a citizen."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from itertools import accumulate

from aiohttp import web
from aiohttp.web_urldispatcher import AbstractResource
from prometheus_client import CollectorRegistry, Gauge
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

_BUCKETS = (0.005, 0.02, 0.05, 0.1, 0.3, 1.0, 3.0)


class _Route:
    """What was answered on a route: how often by method and status, how often within each bucket, seconds in all."""

    __slots__ = ("answered", "seconds", "within")

    def __init__(self) -> None:
        self.answered: dict[tuple[str, int], int] = {}
        self.within, self.seconds = [0] * (len(_BUCKETS) + 1), 0.0


class _Routes(Collector):
    """Plain numbers, for one thread alone counts, and does so for every request; the library writes them down."""

    def __init__(self) -> None:
        self._routes: dict[str, _Route] = {}
        self._known: dict[AbstractResource | None, _Route] = {}

    def count(self, resource: AbstractResource | None, method: str, status: int, took_s: float) -> None:
        """Count under the route of a resource; of all addresses that there are not, one."""
        route = self._known.get(resource) or self._learned(resource)
        route.answered[method, status] = route.answered.get((method, status), 0) + 1
        route.within[bisect_left(_BUCKETS, took_s)] += 1
        route.seconds += took_s

    def _learned(self, resource: AbstractResource | None) -> _Route:
        name = "none" if resource is None else resource.canonical
        route = self._known[resource] = self._routes.setdefault(name, _Route())
        return route

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

    def count(self, request: web.Request, status: int, took_s: float) -> None:
        """Counts a request under its route, never under its address."""
        resource = request.match_info.route.resource
        self._routes.count(resource, "" if resource is None else request.method, status, took_s)

    def messages(self, waiting: Mapping[str, int], dead: int) -> None:
        """How many messages wait on each channel, and how many failed for good, as the database has it now."""
        self._waiting.clear()
        for channel, count in waiting.items():
            self._waiting.labels(channel).set(count)
        self._dead.set(dead)

    async def show(self, _request: web.Request) -> web.Response:
        """`/metrics`"""
        return web.Response(body=generate_latest(self.registry), headers={"Content-Type": CONTENT_TYPE_LATEST})
