"""What many tests need: real databases of both kinds, a real Redis, and a small county in each, made when asked for."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from aiohttp import web_app

from core.centre import Centre
from core.database import Database
from gateway.house import House
from tests import servers
from tests.county import County, county_of, settings, settle

Request = pytest.FixtureRequest
Factory = pytest.TempPathFactory


@pytest.fixture(autouse=True)
def _applications_let_go() -> Iterator[None]:
    """aiohttp remembers the handlers of the last thousand applications, and with them each house that a test opened."""
    yield
    web_app._cached_build_middleware.cache_clear()


async def migrate(url: str) -> None:
    """Give a database the schema and the known calendars."""
    database = Database(url)
    await database.open()
    try:
        await database.migrate()
        centre = Centre(database)
        await centre.publish_known_years()
        await centre.close()
    finally:
        await database.close()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[servers.PostgresServer]:
    with servers.quick_folder() as folder, servers.postgres(folder / "data") as server:
        yield server


@pytest.fixture(scope="session")
def redis_server() -> Iterator[str]:
    with servers.redis() as url:
        yield url


@pytest.fixture(scope="session")
def form_files(tmp_path_factory: Factory) -> Path:
    """The folder of the county's blank forms."""
    return tmp_path_factory.mktemp("files")


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: Factory) -> Path:
    path = tmp_path_factory.mktemp("sqlite") / "haoban.db"
    asyncio.run(migrate(f"sqlite://{path}"))
    return path


@pytest.fixture(scope="session")
def sqlite_county_template(tmp_path_factory: Factory, sqlite_template: Path, form_files: Path) -> Path:
    path = tmp_path_factory.mktemp("county") / "haoban.db"
    shutil.copy(sqlite_template, path)
    asyncio.run(settle(f"sqlite://{path}", form_files))
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres_server: servers.PostgresServer) -> str:
    url = asyncio.run(postgres_server.new())
    asyncio.run(migrate(url))
    return url


@pytest.fixture(scope="session")
def postgres_county_template(postgres_server: servers.PostgresServer, postgres_template: str, form_files: Path) -> str:
    url = asyncio.run(postgres_server.new(postgres_template))
    asyncio.run(settle(url, form_files))
    return url


@pytest.fixture(params=["sqlite", "postgres"])
def kind(request: Request) -> str:
    """A test that asks for a database runs once on each kind."""
    return str(request.param)


@pytest.fixture
def database_url(kind: str, request: Request, tmp_path: Path) -> Iterator[str]:
    """The address of a fresh database with the schema and the known calendars."""
    yield from _copy(kind, "template", request, tmp_path)


@pytest.fixture
def county_url(kind: str, request: Request, tmp_path: Path) -> Iterator[str]:
    """The address of a fresh database with the county in it."""
    yield from _copy(kind, "county_template", request, tmp_path)


def _copy(kind: str, template: str, request: Request, folder: Path) -> Iterator[str]:
    found = request.getfixturevalue(f"{kind}_{template}")
    if kind == "sqlite":
        yield f"sqlite://{shutil.copy(found, folder / 'haoban.db')}"
        return
    server: servers.PostgresServer = request.getfixturevalue("postgres_server")
    url = asyncio.run(server.new(found))
    yield url
    asyncio.run(server.drop(url))


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = Database(database_url)
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
async def county(county_url: str, form_files: Path) -> AsyncIterator[County]:
    """The county behind an open house, as the settings' defaults make it."""
    house = House(settings(county_url, form_files))
    await house.open()
    yield await county_of(house)
    await house.close()
