"""Every page is served as valid HTML."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, Response

from tests.browser.kiosk_places import kiosk_places
from tests.browser.places import Case, Go
from tests.browser.validity import faults

LANGUAGES = ["zh", "en"]


def test_the_checker_sees_what_is_wrong(tmp_path: Path) -> None:
    page = "<!doctype html><html lang=en><head><title>x</title></head><body><ul><p>x</p></ul></body></html>"
    assert "element-permitted-content" in str(faults({"wrong": page}, tmp_path))


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_citizens_pages_and_boards(page: Page, county_places: dict[str, Go], tmp_path: Path) -> None:
    ways = county_places | {"board": lambda page: page.goto("/board/hall")}
    assert faults(_served(page, ways), tmp_path) == {}


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_touch_screens(kiosk: BrowserContext, county_cases: dict[str, Case], language: str, tmp_path: Path) -> None:
    kiosk.service_workers  # noqa: B018  (what a worker kept would be read otherwise)
    assert faults(_served(kiosk.new_page(), kiosk_places(county_cases, f"/kiosk/{language}/")), tmp_path) == {}


def _served(page: Page, places: dict[str, Go]) -> dict[str, str]:
    """What the server sent for each page."""
    found: dict[str, str] = {}
    last: list[Response] = []
    page.on("response", lambda response: last.append(response) if response.request.is_navigation_request() else None)
    for name, go in places.items():
        go(page)
        found[name] = last[-1].text()
    return found
