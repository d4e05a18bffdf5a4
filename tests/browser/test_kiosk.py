"""The kiosk as people use it: by touch, by keypad, by the receipt's code, in a hurry, and when the network is lost."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, Route

from tests.browser.conftest import IDLE_S, STAFF_PIN
from tests.browser.kiosk_places import asking, key_in, kiosk_places
from tests.browser.places import Case, Go

SIZES = [(1080, 1920), *(pytest.param(size, marks=pytest.mark.slow) for size in ((1280, 1024), (1920, 1080)))]
SMALLEST_TARGET_PX, SMALLEST_TEXT_PX = 60, 24
_TARGETS = """() => [...document.querySelectorAll("a, button, input, summary, [role=tab]")]
  .filter((one) => one.checkVisibility() && getComputedStyle(one).pointerEvents !== "none")
  .map((one) => one.matches("input") ? one.closest("label") || one : one)
  .map((one) => [one.outerHTML.slice(0, 100), one.getBoundingClientRect()])
  .filter(([, box]) => box.width > 0 && (box.width < 60 || box.height < 60))
  .map(([what, box]) => `${Math.round(box.width)}x${Math.round(box.height)} ${what}`)"""
_SMALL_TEXT = """() => {
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = new Set();
  while (walk.nextNode()) {
    const of = walk.currentNode.parentElement;
    if (walk.currentNode.data.trim() && of.checkVisibility() && !of.closest("noscript, .hidden")
        && parseFloat(getComputedStyle(of).fontSize) < 24) found.add(of.outerHTML.slice(0, 100));
  }
  return [...found];
}"""
_LEFT = """async () => [
  document.documentElement.outerHTML,
  JSON.stringify(sessionStorage), JSON.stringify(localStorage), document.cookie, location.href,
  ...(await Promise.all((await caches.keys()).map(async (name) => {
    const kept = await caches.open(name);
    const read = async (one) => one.url + await (await kept.match(one)).text();
    return (await Promise.all((await kept.keys()).map(read))).join();
  }))),
].join()"""


@pytest.fixture
def ways(county_cases: dict[str, Case]) -> dict[str, Go]:
    return kiosk_places(county_cases, "/kiosk/zh/")


def receipt_address(page: Page, case: Case) -> str:
    """What the code on a case's receipt says, which a scanner types."""
    asking("/kiosk/zh/case", case)(page)
    token = page.get_attribute("#told [data-token]", "data-token")
    return f"https://haoban.example/q/{token}"


def scan(page: Page, text: str) -> None:
    page.keyboard.type(text)
    page.keyboard.press("Enter")


@pytest.mark.parametrize("size", SIZES, ids=lambda size: "x".join(map(str, size)) if isinstance(size, tuple) else None)
def test_all_that_is_touched_is_large_and_all_that_is_read_too(touch: Page, ways: dict[str, Go], size) -> None:
    touch.set_viewport_size({"width": size[0], "height": size[1]})
    found = {}
    for name, go in ways.items():
        go(touch)
        if wrong := touch.evaluate(_TARGETS) + touch.evaluate(_SMALL_TEXT):
            found[name] = wrong
        assert touch.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
    assert found == {}


def test_a_wrong_number_is_caught_before_the_pin(touch: Page) -> None:
    touch.goto("/kiosk/zh/case")
    key_in(touch, "261123000019")
    touch.wait_for_selector("#wrong:not([hidden])")
    assert touch.locator("#pin-label").is_hidden()


def test_the_number_is_shown_in_groups_and_the_pin_is_not_shown(touch: Page, county_cases: dict[str, Case]) -> None:
    case = county_cases["accepted"]
    touch.goto("/kiosk/zh/case")
    key_in(touch, case.number[:8])
    assert touch.locator("#digits").inner_text() == f"{case.number[:4]} {case.number[4:8]} ____"
    key_in(touch, case.number[8:])
    touch.wait_for_selector("#pin-label:not([hidden])")
    key_in(touch, case.pin[:3])
    assert touch.locator("#digits").inner_text() == "●●● ___"


@pytest.mark.parametrize("place", ["", "guide", "items/DEMOGA001", "case"])
def test_a_receipt_is_scanned_on_any_screen(touch: Page, county_cases: dict[str, Case], place: str) -> None:
    address = receipt_address(touch, county_cases["reviewing"])
    touch.goto(f"/kiosk/zh/{place}")
    scan(touch, address)
    touch.wait_for_selector("#told:not([hidden])")
    assert "审查中" in touch.locator("#told").inner_text()
    assert "/q/" not in touch.url


def test_what_a_scanner_types_chooses_nothing(touch: Page) -> None:
    touch.goto("/kiosk/zh/")
    scan(touch, "https://elsewhere.example/123456789")
    touch.wait_for_timeout(500)
    assert touch.url.endswith("/kiosk/zh/")


def test_a_case_by_the_keypad_alone(touch: Page, county_cases: dict[str, Case]) -> None:
    case = county_cases["accepted"]
    touch.goto("/kiosk/zh/")
    with touch.expect_navigation():
        touch.keyboard.press("1")
    for digit in case.number:
        touch.keyboard.press(digit, delay=0)
        touch.wait_for_timeout(150)
    touch.wait_for_selector("#pin-label:not([hidden])")
    for digit in case.pin:
        touch.keyboard.press(digit)
        touch.wait_for_timeout(150)
    touch.wait_for_selector("#told:not([hidden])")
    assert "已受理" in touch.locator("#told").inner_text()


def test_an_item_by_the_keypad_alone(touch: Page) -> None:
    touch.goto("/kiosk/zh/guide/letter?name=J")
    with touch.expect_navigation():
        touch.keyboard.press("1")
    touch.keyboard.press("7")
    touch.wait_for_selector("#panel-law:not([hidden])")
    with touch.expect_navigation():
        touch.keyboard.press("*")
    assert "/guide/letter" in touch.url


def test_an_untouched_screen_warns_can_be_kept_and_is_cleared(
    kiosk: BrowserContext, county_cases: dict[str, Case]
) -> None:
    touch = kiosk.new_page()
    touch.clock.install()
    asking("/kiosk/zh/case", county_cases["accepted"])(touch)
    touch.clock.run_for((IDLE_S - 10) * 1000)
    touch.wait_for_selector("#idle[open]")
    touch.tap("#idle-stay")
    touch.clock.run_for(4000)
    assert touch.locator("#told").is_visible()
    touch.clock.run_for(IDLE_S * 1000)
    touch.wait_for_url("**/kiosk/")


def personal(case: Case, told: str) -> list[str]:
    """What must be nowhere: number and PIN in all their forms, and the applicant."""
    applicant = re.search(r"申请人\s*(\S+)", told)
    assert applicant
    grouped = " ".join(case.number[at : at + 4] for at in (0, 4, 8))
    return [case.number, grouped, case.pin, applicant[1]]


@pytest.mark.parametrize("how", ["end", "home", "back"])
def test_nothing_personal_is_left(kiosk: BrowserContext, county_cases: dict[str, Case], how: str) -> None:
    touch, case = kiosk.new_page(), county_cases["special"]
    touch.goto("/kiosk/zh/")
    address = receipt_address(touch, case)
    told = touch.locator("#told").inner_text()
    touch.tap("#contrast")
    if how == "end":
        touch.tap(".kiosk-end")
        touch.wait_for_url("**/kiosk/")
    else:
        touch.tap("[data-back]" if how == "back" else ".kiosk-bar a[href='/kiosk/zh/']:not([data-back])")
        touch.wait_for_url("**/kiosk/zh/")
    for _ in range(3):
        left = touch.evaluate(_LEFT)
        for word in (*personal(case, told), address.rpartition("/")[2]):
            assert word not in left, word
        touch.go_back()
        touch.wait_for_timeout(300)
        if not touch.url.startswith("http"):
            break
    if how == "end":
        touch.goto("/kiosk/")
        assert touch.get_attribute("html", "class") in (None, "")


@pytest.fixture
def cut(kiosk: BrowserContext) -> Iterator[Page]:
    """A kiosk whose network is lost once its guide has been kept."""
    page = kiosk.new_page()
    page.goto("/kiosk/zh/")
    page.evaluate(
        """() => new Promise((taken) => navigator.serviceWorker.controller ? taken()
          : navigator.serviceWorker.addEventListener("controllerchange", () => taken()))"""
    )
    for path in ("", "guide", "guide/letter?name=J", "items/DEMOGA001", "case"):
        page.goto(f"/kiosk/zh/{path}")
    kiosk.set_offline(True)
    yield page
    kiosk.set_offline(False)


def test_without_network_the_guide_goes_on_and_says_how_old_it_is(cut: Page, kiosk: BrowserContext) -> None:
    cut.goto("/kiosk/zh/guide/letter?name=J")
    cut.wait_for_selector("#lost:not([hidden])")
    assert re.search(r"20\d\d/\d+/\d+ \d+:\d\d", cut.locator("#lost").inner_text())
    cut.locator(".kiosk-line").first.click()
    assert cut.locator("[role=tab]").count() == 7
    kiosk.set_offline(False)
    cut.evaluate("live()")
    cut.wait_for_selector("#lost", state="hidden")


def test_without_network_a_case_says_plainly_that_it_can_not_be_asked_about(cut: Page) -> None:
    cut.goto("/kiosk/zh/case")
    key_in(cut, "261124000010")
    cut.wait_for_selector("#said[open]")
    assert "12345" in cut.locator("#said").inner_text()


def test_size_contrast_and_height_follow_from_screen_to_screen(touch: Page) -> None:
    touch.goto("/kiosk/zh/")
    before = touch.evaluate("document.querySelector('h1').getBoundingClientRect().top")
    size = touch.evaluate("parseFloat(getComputedStyle(document.body).fontSize)")
    for button in ("#size", "#contrast", "#lower"):
        touch.tap(button)
    assert touch.evaluate("parseFloat(getComputedStyle(document.body).fontSize)") > size
    touch.goto("/kiosk/zh/guide")
    assert set((touch.get_attribute("html", "class") or "").split()) == {"size-2", "contrast", "lowered"}
    assert touch.evaluate("document.querySelector('h1').getBoundingClientRect().top > innerHeight / 3")
    assert before > 0


def test_all_is_read_aloud_on_request_and_stops_on_another_touch(kiosk: BrowserContext) -> None:
    kiosk.add_init_script(
        "window.heard = []; speechSynthesis.speak = (words) => window.heard.push([words.lang, words.text]);"
    )
    touch = kiosk.new_page()
    touch.goto("/kiosk/zh/items/DEMOGA001")
    touch.tap("#read")
    ((language, words),) = touch.evaluate("window.heard")
    assert language == "zh-CN"
    assert "居民身份证补领" in words
    assert "居民户口簿" in words
    touch.tap("#read")
    assert touch.get_attribute("#read", "aria-pressed") == "false"


def test_words_are_typed_on_the_screen(touch: Page) -> None:
    touch.goto("/kiosk/zh/words")
    for letter in "sfz":
        touch.tap(f'[data-letter="{letter}"]')
    touch.wait_for_selector("#found .kiosk-line")
    assert "居民身份证补领" in touch.locator("#found").inner_text()


def test_a_receipt_is_printed_and_said(touch: Page, county_cases: dict[str, Case]) -> None:
    asking("/kiosk/zh/case", county_cases["accepted"])(touch)
    touch.tap("[data-print=receipt]")
    touch.wait_for_selector("#said[open]")
    assert "请取走" in touch.locator("#said").inner_text()


def test_a_finished_case_is_rated_by_touch(touch: Page, county_cases: dict[str, Case]) -> None:
    asking("/kiosk/zh/case", county_cases["delivered"])(touch)
    touch.tap("[data-again=rating]")
    touch.tap('[data-score="1"]')
    touch.wait_for_selector("#told h2:has-text('谢谢')")


def test_staff_see_the_device_by_their_pin(touch: Page) -> None:
    touch.goto("/kiosk/zh/")
    touch.tap(".kiosk-staff")
    key_in(touch, STAFF_PIN)
    touch.tap("[data-do=enter]")
    touch.wait_for_selector("#told:not([hidden])")
    assert "hall-1" in touch.locator("#told").inner_text()


def test_a_server_that_fails_is_said_and_does_not_stop_the_screen(kiosk: BrowserContext) -> None:
    touch = kiosk.new_page()

    def broken(route: Route) -> None:
        if route.request.method == "POST":
            route.fulfill(status=500, body="<html>Bad Gateway</html>")
        else:
            route.continue_()

    # Before the page is opened: a route made while the worker takes the page over may catch nothing.
    touch.route("**/kiosk/zh/case", broken)
    touch.goto("/kiosk/zh/case")
    key_in(touch, "261124000010")
    touch.wait_for_selector("#said[open]")
    touch.tap("#said-close")
    touch.tap("[data-do=clear]")
    assert touch.locator("#digits").inner_text() == "____ ____ ____"
