"""Every page of the staff console, and the way to it as its people go it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from playwright.sync_api import Page

from gateway.demo.staff import PASSWORD
from tests.browser.places import Case

Go = Callable[[Page], object]
ITEM = "DEMOGA001"


def sign_in(page: Page, login: str) -> None:
    """Become somebody, whoever one was before."""
    page.context.clear_cookies(name="haoban_staff")
    page.goto("/staff/sign-in")
    page.fill("#login", login)
    page.fill("#password", PASSWORD)
    page.click("main button[type=submit]")


def desk_places(cases: Mapping[str, Case]) -> dict[str, Go]:
    """Each page of the console by a name of its own."""

    def at(login: str, address: str, status: str = "") -> Go:
        number = cases[status].number if status else ""

        def go(page: Page) -> object:
            sign_in(page, login)
            return page.goto(address.format(number=number))

        return go

    case = "/staff/cases/{number}"
    ways: dict[str, Go] = {"desk-sign-in": lambda page: page.goto("/staff/sign-in")}
    ways |= {f"desk-work-{tab}": at("clerk", f"/staff/work?tab={tab}") for tab in ("waiting", "running", "done")}
    ways |= {f"desk-case-{status}": at("head", case, status) for status in ("received", "reviewing", "special")}
    ways |= {f"desk-move-{to}": at("clerk", f"{case}/move/{to}", "received") for to in ("correction", "not_accepted")}
    ways |= {
        "desk-move-decided": at("head", f"{case}/move/decided", "reviewing"),
        "desk-move-special": at("head", f"{case}/move/special", "reviewing"),
        "desk-move-completed": at("head", f"{case}/move/completed", "decided"),
        "desk-move-delivered": at("clerk", f"{case}/move/delivered", "completed"),
        "desk-found-none": at("clerk", "/staff/work?q=nobody"),
        "desk-pick": at("clerk", "/staff/reception?q=证"),
        "desk-reception": at("clerk", f"/staff/reception/{ITEM}"),
        "desk-receipt": at("clerk", f"{case}/receipt", "received"),
        "desk-fees": at("clerk", f"{case}/fees", "received"),
        "desk-till": at("clerk", "/staff/till"),
        "desk-password": at("clerk", "/staff/password"),
        "desk-refused": at("clerk", "/staff/people"),
        "desk-prompts": at("admin", "/staff/operations/prompts"),
        "desk-content": at("editor", "/staff/content?q=身份证"),
        "desk-item": at("editor", f"/staff/content/items/{ITEM}"),
        "desk-compare": at("editor", f"/staff/content/items/{ITEM}/compare"),
        "desk-synonyms": at("editor", "/staff/content/synonyms"),
        "desk-calendar": at("editor", "/staff/content/calendar"),
        "desk-drafts": at("editor", "/staff/content/notices"),
        "desk-notices": at("head", "/staff/notices"),
        "desk-operations": at("admin", "/staff/operations"),
        "desk-people": at("admin", "/staff/people"),
        "desk-persons": at("supervisor", "/staff/persons"),
        "desk-erasure": at("admin", "/staff/erasure"),
        "desk-trail": at("supervisor", "/staff/trail"),
        "desk-messages": at("supervisor", "/staff/messages"),
        "desk-dead": at("admin", "/staff/dead"),
        "desk-tasks": at("clerk", "/staff/tasks"),
        "desk-consent": at("clerk", "/staff/consent"),
        "desk-templates": at("editor", "/staff/content/templates"),
        "desk-template": at("editor", "/staff/content/templates/correction/text/zh"),
        "desk-announcements": at("editor", "/staff/content/announcements"),
    }
    return ways
