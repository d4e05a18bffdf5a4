"""Every page a citizen may come to, and the way to it as a citizen goes it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import count
from urllib.parse import quote

from playwright.sync_api import Page

from core.numbers import query_number

Go = Callable[[Page], object]
_numbers = (query_number(date(2000, 1, 1), serial) for serial in count(1))
WRONG_NUMBER = "261123000019"
PINS_TRIED = 6  # at once: more than anybody may
UNTOLD = "draft"  # a draft is nobody's but its writer's


@dataclass(frozen=True, slots=True)
class Case:
    number: str
    pin: str
    status: str


def one_of_each(listed: Iterable[Mapping[str, str]]) -> dict[str, Case]:
    """The first case of each status in what `haoban demo --json` prints."""
    found: dict[str, Case] = {}
    for case in listed:
        found.setdefault(case["status"], Case(case["number"], case["pin"], case["status"]))
    return found


def places(cases: Mapping[str, Case], items: Iterable[str] = ()) -> dict[str, Go]:
    """Each page by a name of its own; further guides for the codes of `items`."""
    addresses = {
        "home": "/",
        "departments": "/items",
        "departments-no-words": "/items?q=",
        "found": f"/items?q={quote('身份证丢了')}",
        "found-none": f"/items?q={quote('火星移民')}",
        "forms": "/forms",
        "forms-found": f"/forms?q={quote('身份证')}",
        "forms-none": f"/forms?q={quote('火星移民')}",
        "cases": "/cases",
        "notices": "/notices",
        "bulletin": "/bulletin",
        "look": "/look",
        "missing": "/no-such-page",
        "scan-unknown": "/q/AAAAAAAAAAAAAAAAAAAAAA",
    }
    addresses |= {f"item-{code}": f"/items/{quote(code)}" for code in items}
    ways: dict[str, Go] = {name: at(address) for name, address in addresses.items()}
    ways |= {"department": first_department, "item": first_item}
    ways |= {"cases-empty": asking("", ""), "cases-wrong-number": asking(WRONG_NUMBER, "12")}
    ways |= {f"case-{status}": asking(case.number, case.pin) for status, case in cases.items() if status != UNTOLD}
    case = cases["reviewing"]
    ways |= {"cases-wrong-pin": wrong_pin, "cases-too-often": too_often}
    ways |= {"receipt": receipt_of(case), "scan": scan_of(case), "rating-empty": unrated(cases["completed"])}
    return ways


def at(address: str) -> Go:
    return lambda page: page.goto(address)


def press(page: Page, selector: str) -> None:
    """Press what leads to another page, and wait until all of that is there."""
    with page.expect_navigation(wait_until="load"):
        page.locator(selector).first.click()


def first_department(page: Page) -> None:
    page.goto("/items")
    press(page, ".departments a")


def first_item(page: Page) -> None:
    first_department(page)
    press(page, ".list a")


def asking(number: str, pin: str) -> Go:
    """The answer to a number and a PIN."""

    def ask(page: Page) -> None:
        page.goto("/cases")
        page.fill("#number", number)
        page.fill("#pin", pin)
        press(page, "main form button")

    return ask


def wrong_pin(page: Page) -> None:
    """A number that nobody has yet been locked out of: unknown ones are answered like those with a wrong PIN."""
    asking(next(_numbers), "000000")(page)


def too_often(page: Page) -> None:
    number = next(_numbers)
    for _ in range(PINS_TRIED):
        asking(number, "000000")(page)


def receipt_of(case: Case) -> Go:
    def go(page: Page) -> None:
        asking(case.number, case.pin)(page)
        press(page, "main form button")

    return go


def unrated(case: Case) -> Go:
    """What comes of sending the rating of a case without a score: it is still to be rated."""

    def go(page: Page) -> None:
        asking(case.number, case.pin)(page)
        press(page, "form[action='/cases/rating'] button")

    return go


def scan_of(case: Case) -> Go:
    """What the code on a receipt opens."""

    def scan(page: Page) -> None:
        receipt_of(case)(page)
        page.goto((page.get_attribute(".receipt img", "src") or "").removesuffix("/qr.svg"))

    return scan
