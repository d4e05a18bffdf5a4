"""The five steps of `/try` do what they say, in both languages, and the page is as fit to be used as any other."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, FrameLocator, Page, expect

from tests.browser.axe import violations
from tests.browser.conftest import uncomplaining

WORDS = {
    "zh": {"received": "已收件", "accepted": "已受理", "follows": "都会发到这里", "notice": "有一条通知"},
    "en": {
        "received": "Received",
        "accepted": "was accepted",
        "follows": "will be sent here",
        "notice": "a notice for you",
    },
}
SETTINGS = [
    pytest.param("zh", "light"),
    *(pytest.param(*setting, marks=pytest.mark.slow) for setting in (("en", "light"), ("en", "dark"))),
]

SLOW = "第 123456 毫秒开始，用时 123456.7 毫秒"


@pytest.fixture
def window(scripted: BrowserContext) -> Iterator[Page]:
    yield from uncomplaining(scripted)


def step(window: Page, name: str) -> None:
    button = window.locator(f"[data-tour={name}]")
    button.click()
    expect(window.locator(f"li.done [data-tour={name}]:enabled")).to_be_visible(timeout=30_000)


def kiosk(window: Page) -> FrameLocator:
    return window.frame_locator("#kiosk-frame")


@pytest.mark.parametrize(("language", "scheme"), SETTINGS)
def test_the_tour_shows_every_channel_at_work(window: Page, language: str) -> None:
    words = WORDS[language]
    window.set_viewport_size({"width": 1600, "height": 1200})
    window.goto("/try")
    expect(window.locator("#case-steps button").first).to_be_visible()
    step(window, "ask")
    expect(window.locator("#texts")).to_contain_text(words["received"])
    step(window, "call")
    # Digits are spoken one by one; what is said is written too.
    expect(window.locator("#said .bubble").first).to_be_visible()
    step(window, "follow")
    expect(window.locator("#chats")).to_contain_text(words["follows"])
    step(window, "move")
    expect(window.locator("#chats")).to_contain_text(words["accepted"])
    expect(kiosk(window).locator("#told")).to_be_visible()
    step(window, "lost")
    expect(window.locator("#answer")).to_be_visible()
    window.click("#answer")
    expect(window.locator("#said")).to_contain_text(words["notice"])
    expect(window.locator(".hop-failed").first).to_be_visible()
    assert violations(window) == []


def test_a_page_that_is_loaded_again_goes_on(window: Page) -> None:
    window.goto("/try")
    number = window.locator("#case-number")
    expect(number).not_to_be_empty()
    window.fill("#text-words", "帮助")
    window.press("#text-words", "Enter")
    expect(window.locator("#texts .bubble-me")).to_have_text("帮助")
    before = number.inner_text()
    window.reload()
    expect(window.locator("#texts .bubble-me")).to_have_text("帮助")
    assert number.inner_text() == before


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_nothing_is_wider_than_the_screen(window: Page, width: int) -> None:
    window.set_viewport_size({"width": width, "height": 800})
    window.goto("/try")
    expect(window.locator("#case-steps button").first).to_be_visible()
    window.fill("#text-words", "帮助")
    window.press("#text-words", "Enter")
    expect(window.locator(".hop-time").first).to_be_visible()
    # As on a machine that has a lot to do.
    window.evaluate(f"document.querySelectorAll('.hop-time').forEach(time => {{ time.textContent = '{SLOW}' }})")
    assert window.evaluate("document.documentElement.scrollWidth") <= width


def test_without_scripts_it_says_what_it_needs(page: Page) -> None:
    page.goto("/try")
    expect(page.locator("noscript p")).to_be_visible()
    assert "需要浏览器允许运行脚本" in page.locator("noscript").inner_html()
