"""Pictures of every citizens' page.

`python -m tests.browser.screenshots OUTDIR BASE_URL [--case NUMBER:PIN …] [--item CODE …]`

Needs a Chromium on PATH. Each page is taken in both languages, at three widths, and dark at one of them; a page that is
wider than its window is named at the end. Without `--item` the first item of the first department is taken.
"""

from __future__ import annotations

import argparse
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

WIDTHS = (320, 768, 1280)
DARK_WIDTH = 768
LANGUAGES = ("zh", "en")
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
Open = Callable[[Page, str], None]


def main() -> int:
    given = _arguments()
    given.outdir.mkdir(parents=True, exist_ok=True)
    with browser() as running:
        stories = dict(_stories(running, given))
        wide = [
            problem
            for language in LANGUAGES
            for width, dark in [*((width, False) for width in WIDTHS), (DARK_WIDTH, True)]
            for problem in _take(running, given.outdir, stories, language, width, dark=dark)
        ]
    sys.stdout.write("\n".join([*wide, f"{len(stories)} pages in {given.outdir}", ""]))
    return 1 if wide else 0


@contextmanager
def browser() -> Iterator[Browser]:
    """The machine's Chromium, with a profile of its own."""
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        raise SystemExit(f"none of {', '.join(BROWSERS)} is on PATH")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=FLAGS, chromium_sandbox=False)
        yield running
        running.close()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("outdir", type=Path)
    parser.add_argument("base_url", type=lambda url: url.rstrip("/"))
    parser.add_argument("--case", action="append", default=[], metavar="NUMBER:PIN")
    parser.add_argument("--item", action="append", default=[], metavar="CODE")
    return parser.parse_args()


def _stories(running: Browser, given: argparse.Namespace) -> Iterator[tuple[str, Open]]:
    """Each page by name, with how to get there."""
    base = given.base_url
    addresses = {"home": "/", "items": "/items", "forms": "/forms", "cases": "/cases", "notices": "/notices"}
    addresses |= {"found": "/items?q=食品", "not-found-words": "/items?q=没有", "missing": "/no-such-page"}
    addresses |= _listed(running, base)
    addresses |= {f"item-{code}": f"/items/{code}" for code in given.item}
    for name, address in addresses.items():
        yield name, _at(base, address)
    yield "cases-wrong", _asking(base, "261123000019:12")
    for number, case in enumerate(given.case, 1):
        yield f"case-{number}", _asking(base, case)
    if given.case:
        yield "receipt", _printing(base, given.case[0])


def _listed(running: Browser, base: str) -> dict[str, str]:
    """The list of the first department, and its first item."""
    page = running.new_page()
    page.goto(f"{base}/items")
    department = page.locator(".departments a").first.get_attribute("href") or ""
    page.goto(base + department)
    item = page.locator(".list a").first.get_attribute("href") or ""
    page.close()
    return {"department": department, "item": item}


def _at(base: str, address: str) -> Open:
    def go(page: Page, language: str) -> None:
        page.goto(f"{base}{address}{'&' if '?' in address else '?'}lang={language}")

    return go


def _asking(base: str, case: str) -> Open:
    def ask(page: Page, language: str) -> None:
        number, pin = case.split(":")
        page.goto(f"{base}/cases?lang={language}")
        page.fill("#number", number)
        page.fill("#pin", pin)
        page.click("main button")

    return ask


def _printing(base: str, case: str) -> Open:
    def go(page: Page, language: str) -> None:
        _asking(base, case)(page, language)
        page.click("main form button")

    return go


def _take(
    running: Browser, outdir: Path, stories: dict[str, Open], language: str, width: int, *, dark: bool
) -> Iterator[str]:
    """Takes every page in one setting; yields what doesn't fit."""
    scheme = "dark" if dark else "light"
    context = running.new_context(
        viewport={"width": width, "height": 900}, color_scheme="dark" if dark else "light", reduced_motion="reduce"
    )
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    for name, go in stories.items():
        complaints.clear()
        go(page, language)
        shot = f"{re.sub('[^A-Za-z0-9-]', '_', name)}-{language}-{width}-{scheme}"
        page.screenshot(path=outdir / f"{shot}.png", full_page=True)
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            yield f"{shot}: wider than the window"
        yield from (f"{shot}: {text}" for text in complaints if "status of 4" not in text)
    context.close()


if __name__ == "__main__":
    sys.exit(main())
