from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.error import URLError

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from gateway.demo.listing import listed
from gateway.house import House
from tests.browser.chromium import chromium
from tests.browser.places import Case, Go, one_of_each, places
from tests.county import SECRET, settings
from tests.gateway.program import free_port

STARTS_WITHIN_S = 30
STAFF_PIN, IDLE_S = "246810", 20
PLENTY = "100000/minute"  # one sender opens every page


@pytest.fixture(scope="session")
def county_cases(sqlite_county_template: Path, form_files: Path) -> dict[str, Case]:
    """A case in each status."""

    async def read() -> list[dict[str, str]]:
        house = House(settings(f"sqlite://{sqlite_county_template}", form_files))
        await house.open()
        try:
            return await listed(house)
        finally:
            await house.close()

    return one_of_each(asyncio.run(read()))


@pytest.fixture(scope="session")
def county_places(county_cases: dict[str, Case]) -> dict[str, Go]:
    return places(county_cases)


class Served(NamedTuple):
    """The address of the running program, and the token of the kiosk it knows."""

    address: str
    kiosk_token: str


@pytest.fixture(scope="session")
def served(program: Served) -> str:
    """The address of the whole program."""
    return program.address


@pytest.fixture(scope="session")
def program(
    sqlite_county_template: Path,
    form_files: Path,
    county_cases: dict[str, Case],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Served]:
    """The whole program, running as a process of its own over a copy of the county, with a kiosk in its hall."""
    folder = tmp_path_factory.mktemp("served")
    database = shutil.copy(sqlite_county_template, folder / "haoban.db")
    token = asyncio.run(_kiosk_in(f"sqlite://{database}", form_files, f"file:{folder / 'printed'}"))
    address = f"http://localhost:{free_port()}"
    given = {
        "HAOBAN_SETTINGS": str(Path("settings.toml").resolve()),
        "HAOBAN_SERVER__PORT": address.rpartition(":")[2],
        "HAOBAN_SERVER__PUBLIC_URL": address,
        "HAOBAN_SERVER__SECRET_KEY": SECRET,
        "HAOBAN_DATABASE__URL": f"sqlite://{database}",
        "HAOBAN_FILES__FOLDER": str(form_files),
        "HAOBAN_KIOSK__STAFF_PIN": STAFF_PIN,
        "HAOBAN_KIOSK__IDLE_S": str(IDLE_S),
        "HAOBAN_KIOSK__CAMERA": "true",
        "HAOBAN_LIMITS__LOOKUPS": PLENTY,
        "HAOBAN_LIMITS__REQUESTS": PLENTY,
    }
    with _process(given, folder / "log") as process:
        _wait_for(f"{address}/readyz", process, folder / "log")
        yield Served(address, token)


async def _kiosk_in(url: str, files: Path, printer: str) -> str:
    house = House(settings(url, files))
    await house.open()
    try:
        return await house.kiosks.register("hall-1", "一楼大厅", "tests", printer)
    finally:
        await house.close()


# Of the module and not of the session: while a synchronous Playwright runs, no event loop can be started beside it.
@pytest.fixture(scope="module")
def browser(served: str) -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture
def language() -> str:
    return "zh"


@pytest.fixture
def scheme() -> str:
    return "light"


@pytest.fixture
def context(browser: Browser, served: str, language: str, scheme: str) -> Iterator[BrowserContext]:
    """A citizen's browser: a fresh profile, without JavaScript."""
    made = browser.new_context(
        base_url=served,
        locale={"zh": "zh-CN", "en": "en-GB"}[language],
        color_scheme="dark" if scheme == "dark" else "light",
        reduced_motion="reduce",
        java_script_enabled=False,
    )
    yield made
    made.close()


@pytest.fixture
def kiosk(browser: Browser, program: Served, language: str) -> Iterator[BrowserContext]:
    """The browser of a registered kiosk, upright, with scripts and touch."""
    made = browser.new_context(
        base_url=program.address,
        locale={"zh": "zh-CN", "en": "en-GB"}[language],
        viewport={"width": 1080, "height": 1920},
        has_touch=True,
        reduced_motion="reduce",
    )
    cookie = {"name": "haoban_kiosk", "value": program.kiosk_token, "url": f"{program.address}/kiosk/"}
    made.add_cookies([cookie])  # type: ignore[list-item]
    yield made
    made.close()


@pytest.fixture
def scripted(browser: Browser, served: str, language: str, scheme: str) -> Iterator[BrowserContext]:
    """A citizen's browser in which checkers can run."""
    made = browser.new_context(
        base_url=served,
        locale={"zh": "zh-CN", "en": "en-GB"}[language],
        color_scheme="dark" if scheme == "dark" else "light",
        reduced_motion="reduce",
    )
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A window that must end without a complaint of the browser's: no blocked style, no missing file, no script."""
    yield from uncomplaining(context)


@pytest.fixture
def touch(kiosk: BrowserContext) -> Iterator[Page]:
    """The screen of a kiosk, which must end without a complaint either."""
    yield from uncomplaining(kiosk)


def uncomplaining(context: BrowserContext) -> Iterator[Page]:
    made = context.new_page()
    complaints: list[str] = []
    made.on("pageerror", lambda error: complaints.append(str(error)))
    made.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    made.on("requestfailed", lambda request: complaints.append(f"{request.url}: {request.failure}"))
    yield made
    # A page that says 404 or 400 is told in the console too.
    assert [one for one in complaints if "responded with a status of 4" not in one and "ERR_ABORTED" not in one] == []


@contextmanager
def _process(given: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "gateway", "serve"]
    with log.open("wb") as written:
        process = subprocess.Popen(command, env=os.environ | given, stdout=written, stderr=subprocess.STDOUT)  # noqa: S603
        try:
            yield process
        finally:
            process.terminate()
            process.wait(timeout=10)


def _wait_for(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    ends = time.monotonic() + STARTS_WITHIN_S
    while process.poll() is None and time.monotonic() < ends:
        try:
            with urllib.request.urlopen(address, timeout=1):  # noqa: S310
                return
        except (URLError, ConnectionError, TimeoutError):
            time.sleep(0.05)
    pytest.fail(f"the program did not start:\n{log.read_text()}")
