"""The public board in a real browser: all of it is shown on every size of screen, and nothing is cut off."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

SIZES = [(1920, 1080), (3840, 2160), (960, 320), (768, 192)]
_CUT = """() => {
  const main = document.getElementById("screens").getBoundingClientRect();
  return [...document.querySelectorAll(".screen")].filter((screen) =>
    [...screen.querySelectorAll("td, dd, h2, h3, p")].some((one) =>
      one.getBoundingClientRect().bottom > main.bottom + 2 && one.checkVisibility({ visibilityProperty: false })))
    .map((screen) => screen.innerText.slice(0, 80));
}"""


@pytest.fixture(params=SIZES, ids=lambda size: "x".join(map(str, size)))
def board(browser: Browser, served: str, request: pytest.FixtureRequest) -> Iterator[Page]:
    width, height = request.param
    page = browser.new_page(base_url=served, viewport={"width": width, "height": height})
    page.goto("/board/hall")
    page.wait_for_selector(".screen.shown")
    yield page
    page.close()


def test_nothing_is_cut_off_and_every_row_is_there(board: Page) -> None:
    assert board.evaluate(_CUT) == []
    served = board.request.get("/board/hall").text()
    assert board.locator("tbody tr").count() == served.count("<tr><td")
    assert board.evaluate("document.documentElement.scrollHeight <= innerHeight")


def test_letters_are_a_twenty_fifth_of_the_height_at_least(board: Page) -> None:
    size = board.evaluate("parseFloat(getComputedStyle(document.querySelector('.screen')).fontSize)")
    height = board.evaluate("innerHeight")
    assert size >= min(height / 30, 72)


def test_a_long_notice_goes_on_with_the_next_screen(board: Page) -> None:
    sentences = [f"这是公告的第{n}句话，内容很长，要一字不落地让大厅里的人看到。" for n in range(1, 41)]
    board.evaluate(
        """(text) => show({ at: "08:00", html: `<section class="screen"><h2>公告</h2><h3>标题</h3>
        <p class="board-text">${text}</p>
        <dl class="board-facts"><div><dt>期限</dt><dd>今天</dd></div></dl></section>` })""",
        "".join(sentences),
    )
    shown = board.locator(".board-text").all_text_contents()
    assert "".join(shown) == "".join(sentences)
    assert board.evaluate(_CUT) == []


def test_a_lost_server_is_said_with_the_time_of_what_is_shown_and_forgotten_when_it_is_back(
    browser: Browser, served: str
) -> None:
    lost = browser.new_page(base_url=served, viewport={"width": 1920, "height": 1080})
    lost.add_init_script(
        """window.sources = [];
        const Real = window.EventSource;
        window.EventSource = class extends Real { constructor(at) { super(at); window.sources.push(this); } };"""
    )
    lost.goto("/board/hall")
    lost.wait_for_selector(".screen.shown")
    rows = lost.locator("tbody tr").count()
    assert lost.locator("#stale").is_hidden()
    lost.evaluate("sources.at(-1).onerror()")
    lost.wait_for_selector("#stale:not([hidden])")
    assert re.search(r"\d\d:\d\d", lost.locator("#stale").inner_text())
    assert lost.locator("tbody tr").count() == rows
    lost.evaluate("sources.at(-1).onopen()")
    lost.wait_for_selector("#stale", state="hidden")
    lost.close()
