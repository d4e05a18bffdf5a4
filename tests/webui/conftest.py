from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from core.language import Catalogues
from tests.webui.samples import store_form
from tests.webui.serving import application, catalogues, site
from tests.webui.standin import StandIn
from webui.middleware import Gate

Client = TestClient[web.Request, web.Application]
Open = Callable[..., Awaitable[Client]]


@pytest.fixture(scope="session")
def words(tmp_path_factory: pytest.TempPathFactory) -> Catalogues:
    return catalogues(tmp_path_factory.mktemp("words"))


@pytest.fixture
def query() -> StandIn:
    return StandIn()


@pytest.fixture
async def opened(query: StandIn, words: Catalogues, tmp_path: Path) -> AsyncIterator[Open]:
    """Serves the pages behind a gate, with what is given instead of the usual, and further routes."""
    store_form(tmp_path / "files")
    clients: list[Client] = []

    async def open_client(*more: web.RouteDef, gate: Gate | None = None, **given: object) -> Client:
        made = application(site(query, tmp_path, **({"catalogues": words} | given)), gate)
        made.add_routes(more)
        clients.append(TestClient(TestServer(made)))
        await clients[-1].start_server()
        return clients[-1]

    yield open_client
    for client in clients:
        await client.close()


@pytest.fixture
async def client(opened: Open) -> Client:
    return await opened()
