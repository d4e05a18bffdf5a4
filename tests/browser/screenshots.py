"""Pictures of every page, touch screen and board, to be looked at.

`python -m tests.browser.screenshots OUTDIR [--only PATTERN]` loads the demonstration into a folder of its own, serves
it, and takes each page in both languages and in every size; the receipt is printed too. A page that is wider than its
window, or that makes the browser complain, is named at the end.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.chromium import NoChromium, chromium
from tests.browser.desk_places import desk_places
from tests.browser.kiosk_places import kiosk_places
from tests.browser.places import Case, Go, one_of_each, places
from tests.gateway.program import run, serving

LANGUAGES = {"zh": "zh-CN", "en": "en"}
WEB: dict[str, dict[str, Any]] = {
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
KIOSK: dict[str, dict[str, Any]] = {
    f"{width}x{height}": {"viewport": {"width": width, "height": height}, "has_touch": True}
    for width, height in ((1080, 1920), (1280, 1024), (1920, 1080))
}
BOARD: dict[str, dict[str, Any]] = {
    f"{width}x{height}": {"viewport": {"width": width, "height": height}}
    for width, height in ((1920, 1080), (960, 320))
}
DESK = {setting: WEB[setting] for setting in ("360", "768", "1280", "dark")}
PAPERS = {"a4": {"format": "A4"}, "a5": {"format": "A5"}, "roll": {"width": "80mm", "height": "297mm"}}
PLENTY = {
    "LIMITS__REQUESTS": "100000/minute",
    "LIMITS__LOOKUPS": "100000/minute",
    "KIOSK__STAFF_PIN": "246810",
    "CHANNELS__ASTERISK__ENABLED": "true",
    "CHANNELS__ASTERISK__LISTEN": "127.0.0.1:0",
}


@dataclass(frozen=True, slots=True)
class County:
    """The running demonstration: its address, a case in each status, the token of its kiosk."""

    url: str
    cases: Mapping[str, Case]
    token: str


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("outdir", type=Path)
    parser.add_argument("--only", default="", metavar="PATTERN", help="take the pages whose name it fits")
    given = parser.parse_args()
    given.outdir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite://{folder}/haoban.db"
        run(Path(folder), url, "migrate")
        cases = one_of_each(json.loads(run(Path(folder), url, "demo", "--json").stdout))
        added = run(Path(folder), url, "kiosk", "add", "hall-1", "--printer", "file:/dev/null").stdout
        try:
            with serving(Path(folder), url, **PLENTY) as program, chromium() as browser:
                county = County(program.url, cases, added.rpartition("#")[2].strip())
                complaints = list(_all(browser, county, given.outdir, given.only))
        except NoChromium as error:
            raise SystemExit(str(error)) from error
    sys.stdout.write(
        "\n".join([*complaints, f"{len(list(given.outdir.glob('*.png')))} pictures in {given.outdir}", ""])
    )
    return 1 if complaints else 0


def _all(browser: Browser, county: County, outdir: Path, only: str) -> Iterator[str]:
    for language in LANGUAGES:
        kiosk = kiosk_places(county.cases, f"/kiosk/{language}/")
        board: dict[str, Go] = {"board": lambda page: page.goto("/board/hall")}
        desk = desk_places(county.cases)
        for settings, ways in ((WEB, places(county.cases)), (KIOSK, kiosk), (BOARD, board), (DESK, desk)):
            wanted = {name: go for name, go in ways.items() if re.search(only, name)}
            for setting, options in settings.items() if wanted else ():
                context = browser.new_context(
                    base_url=county.url, locale=LANGUAGES[language], reduced_motion="reduce", **options
                )
                cookie = {"name": "haoban_kiosk", "value": county.token, "url": f"{county.url}/kiosk/"}
                context.add_cookies([cookie])  # type: ignore[list-item]
                yield from _take(context, wanted, outdir, f"{language}-{setting}")
                context.close()


def _take(context: BrowserContext, ways: Mapping[str, Go], outdir: Path, setting: str) -> Iterator[str]:
    """Takes every page in one setting; yields what is wrong with them."""
    page = context.new_page()
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    for name, go in ways.items():
        errors.clear()
        go(page)
        shot = f"{name.replace('/', '-')}-{setting}"
        page.screenshot(path=outdir / f"{shot}.png", full_page=True)
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            yield f"{shot}: wider than the window"
        yield from (f"{shot}: {text}" for text in errors if "status of 4" not in text)
        if name == "receipt" and setting.endswith("1280"):
            _print(page, outdir, setting)


def _print(page: Page, outdir: Path, setting: str) -> None:
    for paper, size in PAPERS.items():
        page.pdf(path=outdir / f"receipt-{setting}-{paper}.pdf", prefer_css_page_size=False, **size)


if __name__ == "__main__":
    sys.exit(main())
