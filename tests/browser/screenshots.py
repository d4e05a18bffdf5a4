"""Pictures of every citizens' page, to be looked at.

`haoban demo --json > CASES.json; python -m tests.browser.screenshots OUTDIR BASE_URL CASES.json [--item CODE …]`

Each page is taken in both languages and every setting of `SETTINGS`; the receipt is printed too. A page that is wider
than its window, or that makes the browser complain, is named at the end.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page

from tests.browser.chromium import NoChromium, chromium
from tests.browser.places import Go, one_of_each, places

LANGUAGES = {"zh": "zh-CN", "en": "en"}
SETTINGS: dict[str, dict[str, Any]] = {
    "320": {"viewport": {"width": 320, "height": 640}},
    "360": {"viewport": {"width": 360, "height": 780}},
    "768": {"viewport": {"width": 768, "height": 1024}},
    "1280": {"viewport": {"width": 1280, "height": 900}},
    "dark": {"viewport": {"width": 768, "height": 1024}, "color_scheme": "dark"},
    "contrast": {"viewport": {"width": 768, "height": 1024}, "contrast": "more"},
    "forced": {"viewport": {"width": 768, "height": 1024}, "forced_colors": "active"},
    # What a window of 1280 pixels shows at 200 %.
    "zoomed": {"viewport": {"width": 640, "height": 450}, "device_scale_factor": 2},
}
PAPERS = {"a4": {"format": "A4"}, "a5": {"format": "A5"}, "roll": {"width": "80mm", "height": "297mm"}}


def main() -> int:
    given = _arguments()
    given.outdir.mkdir(parents=True, exist_ok=True)
    ways = places(one_of_each(json.loads(given.cases.read_text())), given.item)
    wanted = {name: go for name, go in ways.items() if re.search(given.only, name)}
    try:
        with chromium() as browser:
            complaints = [
                complaint
                for language in LANGUAGES
                for setting in given.setting or SETTINGS
                for complaint in _take(browser, given, wanted, language, setting)
            ]
    except NoChromium as error:
        raise SystemExit(str(error)) from error
    sys.stdout.write("\n".join([*complaints, f"{len(wanted)} pages in {given.outdir}", ""]))
    return 1 if complaints else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("outdir", type=Path)
    parser.add_argument("base_url", type=lambda url: url.rstrip("/"))
    parser.add_argument("cases", type=Path)
    parser.add_argument("--item", action="append", default=[], metavar="CODE")
    parser.add_argument("--only", default="", metavar="PATTERN", help="take the pages whose name it fits")
    parser.add_argument("--setting", action="append", choices=SETTINGS)
    return parser.parse_args()


def _take(
    browser: Browser, given: argparse.Namespace, ways: dict[str, Go], language: str, setting: str
) -> Iterator[str]:
    """Takes every page in one setting; yields what is wrong with them."""
    context = browser.new_context(
        base_url=given.base_url, locale=LANGUAGES[language], reduced_motion="reduce", **SETTINGS[setting]
    )
    page = context.new_page()
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    for name, go in ways.items():
        errors.clear()
        go(page)
        shot = f"{name}-{language}-{setting}"
        page.screenshot(path=given.outdir / f"{shot}.png", full_page=True)
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            yield f"{shot}: wider than the window"
        yield from (f"{shot}: {text}" for text in errors if "status of 4" not in text)
        if name == "receipt" and setting == "1280":
            _print(page, given.outdir, language)
    context.close()


def _print(page: Page, outdir: Path, language: str) -> None:
    for paper, size in PAPERS.items():
        page.pdf(path=outdir / f"receipt-{language}-{paper}.pdf", prefer_css_page_size=False, **size)


if __name__ == "__main__":
    sys.exit(main())
