"""What holds for every page: well formed, labelled, one heading, nothing inline, all in the language asked for."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from tests.webui.conftest import Client, Open
from tests.webui.reading import Page
from tests.webui.samples import CASES, MARKET, PIN

GETS = [
    "/",
    "/items",
    "/items?q=食品",
    "/items?q=没有",
    f"/items?department={MARKET}",
    "/items/DEMOSC001",
    "/items/GA-17",
    "/forms",
    "/forms?q=食品",
    "/cases",
    "/notices",
    "/none",
]
POSTS = [("/cases", case.number, PIN) for case in CASES] + [
    ("/cases", "1", "1"),
    ("/cases/receipt", CASES[0].number, PIN),
    ("/cases/rating", "", ""),
]
OTHER = {"zh": "en", "en": "zh-CN"}
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


@pytest.fixture(params=["zh", "en"])
def lang(request: pytest.FixtureRequest) -> str:
    return str(request.param)


FETCHED: dict[tuple[str, object], Page] = {}


@pytest.fixture(params=[*GETS, *POSTS], ids=str)
async def page(request: pytest.FixtureRequest, opened: Open, lang: str) -> Page:
    """A page, fetched once: the tests only read it."""
    key = (lang, request.param)
    if key not in FETCHED:
        FETCHED[key] = Page(await _fetched(await opened(), request.param, lang))
    return FETCHED[key]


async def _fetched(client: Client, wanted: str | tuple[str, str, str], lang: str) -> str:
    headers = {"Accept-Language": lang}
    if isinstance(wanted, str):
        return await (await client.get(wanted, headers=headers)).text()
    address, number, pin = wanted
    return await (await client.post(address, data={"number": number, "pin": pin}, headers=headers)).text()


class Strict(HTMLParser):
    """Notes elements that aren't closed in the order they were opened, and attributes given twice."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.faults: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        if len(names) != len(set(names)):
            self.faults.append(f"{tag} {names}")
        if tag not in VOID:
            if tag == "p" and self.open and self.open[-1] == "p":
                self.faults.append("p in p")
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> at {self.getpos()}")


def test_well_formed(page: Page) -> None:
    strict = Strict()
    strict.feed(page.source)
    assert not strict.faults
    assert not strict.open
    assert page.source.lower().startswith("<!doctype html>")
    for inner in ("div", "dl", "ol", "ul", "table", "section", "p", "h2"):
        assert not re.search(rf"<p[^>]*>(?:(?!</p>).)*<{inner}[ >]", page.source, re.DOTALL)


def test_language_and_title(page: Page, lang: str) -> None:
    assert page.root.get("lang") == {"zh": "zh-CN", "en": "en"}[lang]
    assert page.one("//title").text.endswith(" - 示例县政务服务中心")
    assert page.one("//nav[@class='languages']//*[self::a or self::button]").get("lang") == OTHER[lang]


def test_one_heading_and_no_level_left_out(page: Page) -> None:
    assert page.heading
    levels = [int(heading.tag[1]) for heading in page.all("//h1 | //h2 | //h3 | //h4")]
    order = levels if levels[0] == 1 else levels[1:]  # the error summary comes before the heading
    assert all(after - before <= 1 for before, after in pairwise(order))


def test_every_input_has_a_label(page: Page) -> None:
    for box in page.all("//input[not(@type='hidden')]"):
        assert page.one(f"//label[@for='{box.get('id')}']").text_content().strip()
        for described in (box.get("aria-describedby") or "").split():
            assert page.one(f"//*[@id='{described}']") is not None


def test_references_lead_somewhere(page: Page) -> None:
    ids = page.all("//@id")
    assert len(ids) == len(set(ids))
    assert {ref for refs in page.all("//@aria-labelledby") for ref in refs.split()} <= set(ids)
    assert {href[1:] for href in page.all("//@href") if href.startswith("#")} <= set(ids)


def test_nothing_inline_nothing_foreign(page: Page) -> None:
    assert not page.all("//script | //style | //@style | //iframe | //object | //@*[starts-with(name(), 'on')]")
    foreign = [a for a in page.all("//link/@href | //img/@src | //form/@action") if not a.startswith("/")]
    assert not foreign


def test_pictures_have_words(page: Page) -> None:
    assert all(picture.get("alt") is not None for picture in page.all("//img"))


def test_skip_link_comes_first(page: Page) -> None:
    first = page.all("//body//a")[0]
    assert first.get("href") == "#main"
    assert page.one("//main[@id='main']") is not None


def test_chinese_in_english_pages_is_marked(page: Page, lang: str) -> None:
    if lang != "en":
        return
    for text in page.all("//main//text()[normalize-space()]"):
        if re.search(r"[\u4e00-\u9fff]", text) and "“" not in text:
            marked = text.getparent().xpath("ancestor-or-self::*[@lang][1]/@lang")
            assert marked == ["zh-CN"], text


def test_no_unfilled_values(page: Page) -> None:
    words = page.root.text_content()
    assert not re.search(r"\{[a-z_]+\}|\bNone\b(?! of)|Undefined|web\.[a-z]", words)
