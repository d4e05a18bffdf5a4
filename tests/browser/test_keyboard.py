"""The main paths by keyboard alone, without JavaScript, always seeing where one is."""

from __future__ import annotations

import re
from pathlib import Path

import docx
import pytest
from playwright.sync_api import Page

from tests.browser.measuring import focus
from tests.browser.places import Case
from tests.browser.printing import codes_on, printed

pytestmark = pytest.mark.slow
MOST_STEPS = 60


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until what `selector` names has the focus; every stop on the way must be seen and marked."""
    wanted = page.locator(selector).first
    for _ in range(MOST_STEPS):
        page.keyboard.press("Tab")
        stop = focus(page)
        assert stop["where"], f"the page ended before {selector}"
        assert stop["ring"] and stop["inView"], stop
        if wanted.evaluate("element => element === document.activeElement"):
            return
    pytest.fail(f"{selector} is more than {MOST_STEPS} steps away")


def follow(page: Page, selector: str) -> None:
    tab_to(page, selector)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def test_from_everyday_words_to_a_blank_form(page: Page, tmp_path: Path) -> None:
    page.goto("/")
    tab_to(page, "#q")
    page.keyboard.type("身份证丢了")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    follow(page, ".list a")
    assert page.locator("h1").inner_text() == "居民身份证补领"
    tab_to(page, ".download > a")
    with page.expect_download() as started:
        page.keyboard.press("Enter")
    saved = tmp_path / started.value.suggested_filename
    started.value.save_as(saved)
    assert "居民身份证" in saved.name
    assert docx.Document(str(saved)).tables


@pytest.mark.parametrize("language", ["zh", "en"])
def test_from_number_and_pin_to_a_receipt_whose_code_opens_the_same(
    page: Page, county_cases: dict[str, Case], served: str, tmp_path: Path
) -> None:
    case = county_cases["reviewing"]
    page.goto("/")
    follow(page, ".ways a[href='/cases']")
    tab_to(page, "#number")
    page.keyboard.type(case.number)
    tab_to(page, "#pin")
    page.keyboard.type(case.pin)
    follow(page, "main form button")
    told = _told(page)
    follow(page, "main form button")

    codes = codes_on(printed(page, tmp_path, "A4")[0])
    assert len(codes) == 1
    assert codes[0].startswith(f"{served}/q/")
    page.goto(codes[0])
    assert _told(page) == told


def test_slip_is_told_and_leads_to_its_field(page: Page) -> None:
    page.goto("/cases")
    follow(page, "main form button")
    assert page.title().startswith("出错了：")
    tab_to(page, ".errors a")
    page.keyboard.press("Enter")
    page.keyboard.type("1234")
    assert page.input_value("#number") == "1234"


def test_first_stop_skips_to_the_main_part(page: Page) -> None:
    page.goto("/items")
    page.keyboard.press("Tab")
    assert focus(page)["inView"]
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.locator("main :focus").count() == 1


def test_answers_to_questions_open(page: Page) -> None:
    page.goto("/items?q=身份证丢了")
    follow(page, ".list a")
    tab_to(page, "#questions ~ details summary")
    page.keyboard.press("Enter")
    assert page.locator("#questions ~ details").first.get_attribute("open") is not None


def _told(page: Page) -> str:
    """The stage and the facts as they stand on the page."""
    return re.sub(
        r"\s+", " ", page.locator(".stage").inner_text() + page.locator("main > .page > .summary").inner_text()
    )
