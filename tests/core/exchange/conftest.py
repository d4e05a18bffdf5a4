"""An opened database of its own for each test, on SQLite."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.centre import Centre
from core.database import Database


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = Database(f"sqlite://{tmp_path / 'haoban.db'}")
    await opened.open()
    try:
        await opened.migrate()
        centre = Centre(opened)
        await centre.publish_known_years()
        await centre.close()
        yield opened
    finally:
        await opened.close()
