"""Every touch screen, and the way to it as somebody at the kiosk goes it."""

from __future__ import annotations

from collections.abc import Mapping

from playwright.sync_api import Page

from tests.browser.places import Case, Go


def kiosk_places(cases: Mapping[str, Case], at: str) -> dict[str, Go]:
    """Each screen below `at` (`/kiosk/zh/`) by a name of its own."""
    addresses = (
        "",
        "guide",
        "guide/letter?name=J",
        "words",
        "items/DEMOGA001",
        "forms",
        "notices",
        "case",
        "rating",
        "staff",
    )
    ways: dict[str, Go] = {
        f"kiosk-{name.partition('?')[0] or 'home'}": _at(at + name) for name in (*addresses, "staff")
    }
    ways |= {
        "kiosk-form": _first(f"{at}forms"),
        "kiosk-notice": _first(f"{at}notices"),
        "kiosk-fault": _at(f"{at}items/NONE"),
    }
    told = ("accepted", "correction", "special", "completed", "not_accepted", "withdrawn")
    ways |= {f"kiosk-case-{status}": asking(f"{at}case", cases[status]) for status in told}
    ways["kiosk-rating-asked"] = asking(f"{at}rating", cases["completed"])
    return ways


def asking(address: str, case: Case) -> Go:
    """The screen that tells of a case, by its number and PIN on the keypad."""

    def ask(page: Page) -> None:
        page.goto(address)
        key_in(page, case.number)
        page.wait_for_selector("#pin-label:not([hidden])")
        key_in(page, case.pin)
        page.wait_for_selector("#told:not([hidden])")

    return ask


def key_in(page: Page, digits: str) -> None:
    for digit in digits:
        page.tap(f'[data-digit="{digit}"]')


def _at(address: str) -> Go:
    return lambda page: page.goto(address)


def _first(address: str) -> Go:
    def go(page: Page) -> None:
        page.goto(address)
        with page.expect_navigation(wait_until="load"):
            page.locator(".kiosk-line").first.click()

    return go
