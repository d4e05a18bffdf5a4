from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from shutil import copy

import pytest
from aiohttp.test_utils import TestClient, TestServer

from gateway.app import build
from gateway.house import House
from gateway.registry import switched_on
from gateway.settings import CentreSection, Server
from tests.channels.twilio import PUBLIC_URL, SECTION, Client
from tests.county import SECRET, County, county_of, settings


@pytest.fixture
async def line(sqlite_county_template: Path, tmp_path: Path, form_files: Path) -> AsyncIterator[tuple[County, Client]]:
    """The county behind both Twilio channels; what is told does not hang on the kind of database."""
    house = House(
        settings(
            f"sqlite://{copy(sqlite_county_template, tmp_path / 'haoban.db')}",
            form_files,
            server=Server(port=0, secret_key=SECRET, public_url=PUBLIC_URL),
            centre=CentreSection(operator="+8612345"),
            channels={"twilio_sms": SECTION, "twilio_voice": SECTION},
        )
    )
    await house.open()
    client = TestClient(TestServer(build(house, switched_on(house.settings))))
    await client.start_server()
    yield await county_of(house), client
    await client.close()
    await house.close()
