"""Nothing moves under a finger while a page loads."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, Route

from tests.browser.kiosk_places import kiosk_places
from tests.browser.places import Case, Go

_WATCH = """window.shifted = 0;
new PerformanceObserver((list) => {
  for (const one of list.getEntries()) if (!one.hadRecentInput) window.shifted += one.value;
}).observe({ type: "layout-shift", buffered: true });"""


@pytest.fixture
def window(scripted: BrowserContext) -> Iterator[Page]:
    scripted.add_init_script(_WATCH)
    yield scripted.new_page()


def test_the_watch_sees_a_shift(window: Page) -> None:
    window.goto("/")
    window.evaluate(
        "for (let n = 0; n < 20; n += 1) document.querySelector('main').prepend(document.createElement('hr'))"
    )
    window.wait_for_timeout(200)
    assert window.evaluate("shifted") > 0


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_head_keeps_the_room_of_its_picture_until_it_comes(window: Page, language: str) -> None:
    held: list[Route] = []
    window.set_viewport_size({"width": 320, "height": 700})
    window.route("**/favicon.svg*", lambda route: held.append(route))
    window.goto(f"/?lang={language}", wait_until="domcontentloaded")
    while not window.evaluate("performance.getEntriesByType('paint').length"):
        window.wait_for_timeout(50)
    for route in held:
        route.continue_()
    window.wait_for_load_state("load")
    window.wait_for_timeout(200)
    assert held
    assert window.evaluate("shifted") == 0


@pytest.mark.slow
def test_no_page_shifts_as_it_loads(window: Page, county_places: dict[str, Go]) -> None:
    assert _shifted(window, county_places | {"board": lambda page: page.goto("/board/hall")}) == {}


@pytest.mark.slow
def test_no_touch_screen_shifts_as_it_loads(kiosk: BrowserContext, county_cases: dict[str, Case]) -> None:
    kiosk.add_init_script(_WATCH)
    assert _shifted(kiosk.new_page(), kiosk_places(county_cases, "/kiosk/zh/")) == {}


def _shifted(window: Page, places: dict[str, Go]) -> dict[str, float]:
    found = {}
    for name, go in places.items():
        go(window)
        if shifted := window.evaluate("shifted"):
            found[name] = shifted
    return found
