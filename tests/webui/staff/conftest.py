from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from aiohttp.test_utils import TestServer

from gateway.app import build
from gateway.house import House
from gateway.registry import switched_on
from gateway.settings import LimitsSection
from tests.county import County, county_of, settings
from tests.webui.staff.person import Person

PLENTY = LimitsSection(lookups="100000/minute", requests="100000/minute")
Enter = Callable[..., Awaitable[Person]]


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.slow)])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def given() -> dict[str, object]:
    """Sections that go over the usual settings."""
    return {}


@pytest.fixture
async def desk(county_url: str, tmp_path: Path, form_files: Path, given: dict[str, object]) -> AsyncIterator[County]:
    """The whole program over the county, as the demonstration has it."""
    house = House(settings(county_url, form_files, **({"limits": PLENTY} | given)))
    await house.open()
    yield await county_of(house)
    await house.close()


@pytest.fixture
async def server(desk: County) -> AsyncIterator[TestServer]:
    running = TestServer(build(desk.house, switched_on(desk.house.settings)))
    await running.start_server()
    yield running
    await running.close()


@pytest.fixture
async def stranger(server: TestServer) -> AsyncIterator[Person]:
    person = Person(server)
    yield person
    await person.client.close()


@pytest.fixture
async def enter(server: TestServer) -> AsyncIterator[Enter]:
    """Lets somebody sign in by login."""
    people: list[Person] = []

    async def entered(login: str) -> Person:
        person = Person(server)
        people.append(person)
        answer = await person.sign_in(login)
        assert answer.status == 303
        return person

    yield entered
    for person in people:
        await person.client.close()
