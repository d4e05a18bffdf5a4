from __future__ import annotations

from shutil import copy

import pytest
from aiohttp import CookieJar
from aiohttp.test_utils import TestClient, TestServer

from gateway.app import build
from gateway.house import House
from gateway.settings import KioskSection, LimitsSection, Server
from tests.county import SECRET, county_of, settings
from tests.kiosk.printer import PaperPrinter

PUBLIC_URL = "https://haoban.example"
STAFF_PIN = "246810"


@pytest.fixture
async def printer():
    made = PaperPrinter()
    await made.start()
    yield made
    await made.stop()


class Hall:
    """The county with a kiosk in its hall: `kiosk` is its browser, `stranger` another one."""

    def __init__(self, county, kiosk, stranger, token):
        self.county, self.kiosk, self.stranger, self.token = county, kiosk, stranger, token

    async def ask(self, lang="zh", **fields):
        """What the screen's script is answered about a case: status and JSON."""
        answer = await self.kiosk.post(f"/kiosk/{lang}/case", data=fields)
        return answer.status, await answer.json()

    async def told(self, status, lang="zh", **more):
        """The part of the screen that tells of the case in a status."""
        code, answer = await self.ask(lang, number=self.county.number(status), pin=self.county.pin(status), **more)
        assert code == 200
        return answer["html"]


@pytest.fixture
async def hall(sqlite_county_template, tmp_path, form_files, printer):
    house = House(
        settings(
            f"sqlite://{copy(sqlite_county_template, tmp_path / 'haoban.db')}",
            form_files,
            server=Server(port=0, secret_key=SECRET, public_url=PUBLIC_URL),
            limits=LimitsSection(requests="100000/minute"),
            kiosk=KioskSection(staff_pin=STAFF_PIN, camera=True),
        )
    )
    await house.open()
    token = await house.kiosks.register("hall-1", "一楼", "admin", printer.address)
    server = TestServer(build(house, []))
    kiosk = TestClient(server, cookie_jar=CookieJar(unsafe=True), cookies={"haoban_kiosk": token})
    stranger = TestClient(server, cookie_jar=CookieJar(unsafe=True))
    await kiosk.start_server()
    yield Hall(await county_of(house), kiosk, stranger, token)
    await kiosk.close()
    await stranger.close()
    await house.close()
