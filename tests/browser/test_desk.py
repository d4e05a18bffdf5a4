"""The desk in a browser: a queue served by keyboard alone, and a whole case by three people beside the citizen."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.axe import violations
from tests.browser.desk_places import desk_places, sign_in
from tests.browser.places import Case
from tests.browser.validity import faults

Open = Callable[[str], Page]


@pytest.fixture
def person(browser: Browser, served: str, language: str) -> Iterator[Open]:
    """Opens a signed-in member of staff's window, which must end without a complaint."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def opened(login: str) -> Page:
        context = browser.new_context(
            base_url=served, locale={"zh": "zh-CN", "en": "en-GB"}[language], reduced_motion="reduce"
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        sign_in(page, login)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert [one for one in complaints if "responded with a status of 4" not in one] == []


class Keys:
    """A keyboard that counts what isn't the applicant's own data."""

    def __init__(self, page: Page) -> None:
        self._keyboard, self.pressed = page.keyboard, 0

    def press(self, *keys: str) -> None:
        for key in keys:
            self._keyboard.press(key)
            self.pressed += 1

    def data(self, text: str) -> None:
        self._keyboard.type(text)


def test_an_applicant_is_served_by_keyboard_alone_in_less_than_fifteen_presses(person: Open) -> None:
    page = person("clerk")
    page.goto("/staff/reception")
    keys, began = Keys(page), time.monotonic()
    keys.press(*"jmsfz")
    with page.expect_navigation():
        keys.press("Enter")
    if "/reception?" in page.url:
        expect(page.locator("[data-first]")).to_be_focused()
        keys.press("Enter")
    expect(page.locator("#id_number")).to_be_focused()
    keys.data("11010519491231002X")
    with page.expect_response("**/staff/reception/known"):
        keys.press("Tab")
    keys.data("欧阳测试")
    keys.press("Tab")
    keys.data("13800138000")
    keys.press("Alt+a")
    assert page.locator("[data-tick]:not(:checked)").count() == 0
    with page.expect_navigation(url="**/receipt"):
        keys.press("Alt+s")
    expect(page.locator("[data-print]")).to_be_focused()
    assert keys.pressed < 15
    assert time.monotonic() - began < 60
    assert re.search(r"\d{4} \d{4} \d{4}", page.inner_text(".keys"))


def test_known_data_are_filled_in_and_what_was_typed_is_left_alone(person: Open) -> None:
    page = person("clerk")
    for mobile in ("13800138001", "13900139000"):
        page.goto("/staff/reception/DEMOGA001")
        page.fill("#mobile", mobile)
        page.fill("#id_number", "11010519491231002X")
        with page.expect_response("**/staff/reception/known"):
            page.keyboard.press("Tab")
        page.fill("#name", "欧阳测试")
        page.check("[data-all]")
        page.click("button[value=accept]")
        page.wait_for_url("**/receipt")
    page.goto("/staff/reception/DEMOGA001")
    page.fill("#id_number", "11010519491231002X")
    with page.expect_response("**/staff/reception/known"):
        page.keyboard.press("Tab")
    expect(page.locator("#mobile")).to_have_value("13900139000")
    expect(page.locator("#name")).to_have_value("欧阳测试")


def test_a_case_goes_through_three_hands_and_the_citizen_sees_each_step(person: Open, tmp_path: Path) -> None:
    clerk, handler, head, citizen = (person(login) for login in ("clerk", "handler", "head", "clerk"))
    clerk.goto("/staff/reception/DEMOGA001")
    clerk.fill("#id_number", "11010519491231002X")
    clerk.fill("#name", "欧阳测试")
    clerk.check("[data-all]")
    scan = tmp_path / "scan.pdf"
    scan.write_bytes(b"%PDF-1.4\n%%EOF")
    clerk.set_input_files("[name=scan-0]", scan)
    clerk.click("button[value=accept]")
    clerk.wait_for_url("**/receipt")
    number, pin = (text.replace(" ", "") for text in clerk.locator(".keys dd").all_inner_texts())

    def told() -> str:
        citizen.goto("/cases")
        citizen.fill("#number", number)
        citizen.fill("#pin", pin)
        citizen.click("main button[type=submit]")
        return citizen.inner_text(".stage-name")

    def step(page: Page, to: str, **fields: str) -> None:
        page.goto(f"/staff/cases/{number}/move/{to}")
        for name, value in fields.items():
            page.locator(f"[name={name}]").first.fill(value)
        page.click("main button.button-primary")
        page.wait_for_url(f"**/staff/cases/{number}")

    assert told() == "已受理"
    handler.goto(f"/staff/cases/{number}")
    handler.click("text=由我办理")
    step(handler, "reviewing")
    assert told() == "审查中"
    head.goto(f"/staff/cases/{number}/move/decided")
    head.click("label[for=decision-granted]")
    head.fill("#reason", "同意")
    head.click("main button.button-primary")
    head.wait_for_url(f"**/staff/cases/{number}")
    assert told() == "已决定"
    step(handler, "completed", result_no="K-1", collect="出证窗口")
    assert told() == "已办结"
    assert "出证窗口" in citizen.inner_text("main")
    step(clerk, "delivered", delivered_to="欧阳测试")
    assert told() == "已送达"


@pytest.mark.slow
@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_page_of_the_desk_breaks_a_rule_of_access(scripted: BrowserContext, county_cases: dict[str, Case]) -> None:
    page, found = scripted.new_page(), {}
    for name, go in desk_places(county_cases).items():
        go(page)
        if broken := violations(page):
            found[name] = broken
    assert found == {}


@pytest.mark.slow
@pytest.mark.parametrize("language", ["zh", "en"])
def test_pages_of_the_desk_are_valid_and_fit_a_small_window(
    scripted: BrowserContext, county_cases: dict[str, Case], tmp_path: Path
) -> None:
    page, served, wide = scripted.new_page(), {}, []
    page.set_viewport_size({"width": 360, "height": 780})
    for name, go in desk_places(county_cases).items():
        answer = go(page)
        served[name] = answer.text()  # type: ignore[attr-defined]
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            wide.append(name)
    assert wide == []
    assert faults(served, tmp_path) == {}
