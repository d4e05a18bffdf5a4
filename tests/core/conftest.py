from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from core.cases import Cases
from core.centre import Centre
from core.database import Database
from core.models import ItemVersion
from core.redis_line import RedisLine
from tests.core.case_steps import item
from tests.core.lines import a_line


@pytest.fixture
async def centre(database: Database) -> AsyncIterator[Centre]:
    opened = Centre(database)
    yield opened
    await opened.close()


@pytest.fixture
def cases(database: Database, centre: Centre) -> Cases:
    return Cases(database, centre)


@pytest.fixture
async def version(database: Database) -> ItemVersion:
    """A permit with a promise of five working days."""
    return await item("X" * 55)


@pytest.fixture
async def on_the_spot(database: Database) -> ItemVersion:
    """A permit that is decided on the spot."""
    return await item("Y" * 31, project_type="1")


@pytest.fixture
async def line(redis_server: str) -> AsyncIterator[RedisLine]:
    """The way to the Redis of the run."""
    async with a_line(redis_server) as opened:
        yield opened
