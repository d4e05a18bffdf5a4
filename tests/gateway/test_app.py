"""What the settings of a channel change elsewhere in the program."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from core.codes import Status
from gateway.app import build
from gateway.house import House
from gateway.registry import switched_on
from tests.contract.doors import telegram
from tests.county import county_of, settings


@pytest.mark.parametrize("kind", ["sqlite"])
@pytest.mark.parametrize("username", ["haoban_bot", ""])
async def test_a_bot_that_has_a_name_is_led_to_from_a_case(county_url: str, form_files: Path, username: str) -> None:
    async with telegram.opened() as (section, _):
        await _look(county_url, form_files, section | {"username": username}, username)


async def _look(county_url: str, form_files: Path, section: dict[str, Any], username: str) -> None:
    house = House(settings(county_url, form_files, bots={"telegram": section}))
    await house.open()
    client = TestClient(TestServer(build(house, switched_on(house.settings))))
    await client.start_server()
    county = await county_of(house)
    body = {"number": county.number(Status.ACCEPTED), "pin": county.pin(Status.ACCEPTED)}
    page = await (await client.post("/cases", data=body)).text()
    assert ("https://t.me/haoban_bot?start=" in page) is bool(username)
    assert ("t.me" in page) is bool(username)
    await client.close()
    await house.close()
