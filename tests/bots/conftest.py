from __future__ import annotations

from shutil import copy

import pytest
from aiohttp.test_utils import TestClient, TestServer

from gateway.app import build
from gateway.demo.stand_ins.telegram_server import TelegramServer
from gateway.house import House
from gateway.registry import switched_on
from gateway.settings import LimitsSection, Server
from tests.bots.citizen import PUBLIC_URL, SECRET_WORD, TOKEN, Chat
from tests.county import SECRET, county_of, settings


@pytest.fixture
async def chat(sqlite_county_template, tmp_path, form_files):
    telegram = TelegramServer(TOKEN)
    telegram.service.chats[77] = {"id": 77, "type": "private", "first_name": "王"}
    await telegram.start()
    bot = {"enabled": True, "token": TOKEN, "secret": SECRET_WORD, "api_base": telegram.url}
    house = House(
        settings(
            f"sqlite://{copy(sqlite_county_template, tmp_path / 'haoban.db')}",
            form_files,
            server=Server(port=0, secret_key=SECRET, public_url=PUBLIC_URL),
            limits=LimitsSection(messages="1000/minute"),
            bots={"telegram": bot},
        )
    )
    await house.open()
    client = TestClient(TestServer(build(house, switched_on(house.settings))))
    await client.start_server()
    await telegram.called("setWebhook")
    yield Chat(await county_of(house), client, telegram)
    await client.close()
    await house.close()
    await telegram.stop()
