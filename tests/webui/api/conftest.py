from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient, TestServer

from core.systems.api_keys import Scope
from gateway.app import build
from gateway.house import House
from gateway.settings import ExchangeSection, LimitsSection
from tests.county import County, county_of, settings

PLENTY = LimitsSection(lookups="100000/minute", requests="100000/minute", systems="100000/minute")
_names = map("request-{}".format, count(1))


class System:
    """Another system with its key."""

    def __init__(self, client: TestClient[web.Request, web.Application], key: str) -> None:
        self.client, self.key = client, key

    async def ask(self, method: str, path: str, **more: Any) -> ClientResponse:
        headers = {"Authorization": f"Bearer {self.key}"} | more.pop("headers", {})
        if method != "GET":
            headers.setdefault("Idempotency-Key", next(_names))
        return await self.client.request(method, f"/api/v1{path}", headers=headers, **more)

    async def get(self, path: str, status: int = 200, **more: Any) -> Any:
        answer = await self.ask("GET", path, **more)
        assert answer.status == status, await answer.text()
        return await answer.json()

    async def post(self, path: str, sent: Any, status: int = 200, **more: Any) -> Any:
        answer = await self.ask("POST", path, json=sent, **more)
        assert answer.status == status, await answer.text()
        return await answer.json()


@pytest.fixture
def kind() -> str:
    return "sqlite"


@pytest.fixture
def limits() -> LimitsSection:
    return PLENTY


@pytest.fixture
async def county(county_url: str, form_files: Path, limits: LimitsSection) -> AsyncIterator[County]:
    given = {"limits": limits, "exchange": ExchangeSection(private_webhooks=True)}
    house = House(settings(county_url, form_files, **given))
    await house.open()
    yield await county_of(house)
    await house.close()


@pytest.fixture
async def client(county: County) -> AsyncIterator[TestClient[web.Request, web.Application]]:
    client = TestClient(TestServer(build(county.house, ())))
    await client.start_server()
    yield client
    await client.close()


@pytest.fixture
async def system(county: County, client: TestClient[web.Request, web.Application]) -> System:
    """A system that may do everything."""
    return System(client, await county.house.api_keys.add("县数据平台", list(Scope), "", "tests"))


@pytest.fixture
def keyed(county: County, client: TestClient[web.Request, web.Application]) -> Callable[..., Any]:
    async def made(name: str, *scopes: Scope, department: str = "") -> System:
        return System(client, await county.house.api_keys.add(name, scopes, department, "tests"))

    return made
