"""No page breaks a rule of WCAG 2.2 AA that a machine can tell, in both languages, light and dark."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.browser.axe import violations
from tests.browser.kiosk_places import kiosk_places
from tests.browser.places import Case, Go

SETTINGS = [
    pytest.param("zh", "light"),
    *(
        pytest.param(language, scheme, marks=pytest.mark.slow)
        for language, scheme in (("en", "light"), ("zh", "dark"), ("en", "dark"))
    ),
]


@pytest.fixture
def window(scripted: BrowserContext) -> Iterator[Page]:
    yield scripted.new_page()


def test_the_checker_sees_what_is_wrong(window: Page) -> None:
    window.goto("/")
    window.evaluate(
        """const main = document.querySelector("main");
        main.innerHTML = "<img src=x><p>pale</p>";
        main.querySelector("p").style.color = "#aaaaaa";"""
    )
    assert {one.partition(":")[0] for one in violations(window)} >= {"image-alt", "color-contrast"}


@pytest.mark.parametrize(("language", "scheme"), SETTINGS)
def test_citizens_pages(window: Page, county_places: dict[str, Go]) -> None:
    assert _broken(window, county_places) == {}


@pytest.mark.parametrize(("language", "scheme"), SETTINGS)
def test_boards(window: Page) -> None:
    assert _broken(window, {"board": lambda page: page.goto("/board/hall")}) == {}


@pytest.mark.slow
@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("look", ["", "contrast size-3 lowered"])
def test_touch_screens(kiosk: BrowserContext, county_cases: dict[str, Case], language: str, look: str) -> None:
    kiosk.add_init_script(f"sessionStorage.setItem('look', '{look}')")
    window = kiosk.new_page()
    assert _broken(window, kiosk_places(county_cases, f"/kiosk/{language}/")) == {}


def _broken(window: Page, places: dict[str, Go] | dict[str, Callable[[Page], object]]) -> dict[str, list[str]]:
    found = {}
    for name, go in places.items():
        go(window)
        if broken := violations(window):
            found[name] = broken
    return found
