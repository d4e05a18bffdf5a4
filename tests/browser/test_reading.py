"""Every page can be read and touched: at every width, in both languages, in light and in the dark."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browser.measuring import faint_words, overflow_px, small_targets, small_words
from tests.browser.places import Go

pytestmark = pytest.mark.slow
WIDTHS_PX = (320, 360, 768, 1280)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_nothing_is_cut_off_too_small_or_too_close(page: Page, county_places: dict[str, Go], language: str) -> None:
    faults = []
    for name, go in county_places.items():
        go(page)
        assert page.locator("html").get_attribute("lang") == {"zh": "zh-CN", "en": "en"}[language]
        for width in WIDTHS_PX:
            page.set_viewport_size({"width": width, "height": 800})
            if (too_wide := overflow_px(page)) > 0:
                faults.append(f"{name} at {width}: {too_wide} px too wide")
            faults += [f"{name} at {width}: {one}" for one in small_words(page) + small_targets(page)]
    assert faults == []


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_stand_out_from_their_ground(
    page: Page, county_places: dict[str, Go], language: str, scheme: str
) -> None:
    faults = []
    for name, go in county_places.items():
        go(page)
        for width in (360, 1280):
            page.set_viewport_size({"width": width, "height": 800})
            faults += [f"{name} at {width}: {one}" for one in faint_words(page)]
    assert faults == []


@pytest.mark.parametrize("language", ["zh", "en"])
def test_text_of_twice_the_size_still_fits(page: Page, county_places: dict[str, Go], language: str) -> None:
    """As in a browser whose standard size of text was set to 32 pixels."""
    faults = []
    page.set_viewport_size({"width": 1280, "height": 800})
    page.context.new_cdp_session(page).send("Page.setFontSizes", {"fontSizes": {"standard": 32, "fixed": 26}})
    for name, go in county_places.items():
        go(page)
        assert page.evaluate("getComputedStyle(document.body).fontSize") == "36px"
        if (too_wide := overflow_px(page)) > 0:
            faults.append(f"{name}: {too_wide} px too wide")
    assert faults == []
