from __future__ import annotations

from dataclasses import replace

import pytest

from core.views import Found
from tests.webui.conftest import Client
from tests.webui.reading import Page
from tests.webui.samples import MARKET, OTHER, SUMMARY
from tests.webui.standin import StandIn

LISTED = "//ul[@class='list']//a/@href"


async def _page(client: Client, address: str, **query: str) -> Page:
    answer = await client.get(address, params=query)
    assert answer.status == 200
    return Page(await answer.text())


async def test_departments_with_counts(client: Client) -> None:
    page = await _page(client, "/items")
    assert len(page.all("//ul[@class='departments']/li")) == 3
    assert "41 项" in page.words


async def test_choice_when_the_words_may_mean_several(client: Client) -> None:
    page = await _page(client, "/items", q="食品")
    assert "您要办的是哪一项？" in page.words
    assert page.all(LISTED) == ["/items/DEMOSC001", "/items/DEMOSC002"]
    assert page.one("//input[@id='q']").get("value") == "食品"


async def test_clear_match_comes_first(client: Client, query: StandIn) -> None:
    query.found = Found((SUMMARY, OTHER), clear=True)
    page = await _page(client, "/items", q="开饭店")
    headings = [heading.text for heading in page.all("//main//h2")]
    assert headings == ["您要找的应该是", "也可能是"]


async def test_single_match_is_asked_about_as_one(client: Client, query: StandIn) -> None:
    query.found = Found((SUMMARY,), clear=False)
    words = (await _page(client, "/items", q="食品")).words
    assert "您要办的是这一项吗？" in words
    assert "不是这一项？请换个说法再搜，或者按部门找。" in words


async def test_clear_match_alone(client: Client, query: StandIn) -> None:
    query.found = Found((SUMMARY,), clear=True)
    assert [h.text for h in (await _page(client, "/items", q="开饭店")).all("//main//h2")] == ["您要找的应该是"]


async def test_nothing_found_says_so_and_offers_departments(client: Client) -> None:
    page = await _page(client, "/items", q="没有")
    assert "没有找到相符的事项" in page.words
    assert "0000-12345" in page.words
    assert page.all("//ul[@class='departments']/li")


@pytest.mark.parametrize("typed", ["", "   ", "\u3000"])
async def test_search_without_words(client: Client, typed: str) -> None:
    assert "请先输入您想办的事" in (await _page(client, "/items", q=typed)).words


async def test_department_in_pages(client: Client, query: StandIn) -> None:
    query.listed = tuple(replace(SUMMARY, task_code=f"C{n}") for n in range(45))
    page = await _page(client, "/items", department=MARKET, page="2")
    assert page.heading == MARKET
    assert "共 45 项，本页为第 21 至 40 项。" in page.words
    assert "第 2 页，共 3 页" in page.words
    assert [a.get("rel") for a in page.all("//nav[@class='pages']/a")] == ["prev", "next"]
    follow = page.one("//a[@rel='next']").get("href")
    assert (await _page(client, follow)).all(LISTED) == [f"/items/C{n}" for n in range(40, 45)]


async def test_short_list_has_no_pages(client: Client) -> None:
    assert not (await _page(client, "/items", department=MARKET)).all("//nav[@class='pages']")


async def test_unknown_department(client: Client) -> None:
    assert (await client.get("/items", params={"department": "没有局"})).status == 404


@pytest.mark.parametrize("page", ["0", "-1", "x", "１", "9999999999", ""])
async def test_page_that_is_no_number(client: Client, page: str) -> None:
    assert (await client.get("/items", params={"department": MARKET, "page": page})).status == 400


async def test_english_shows_english_names_with_the_chinese_beside(client: Client) -> None:
    page = await _page(client, "/items", q="food", lang="en")
    link = page.all("//ul[@class='list']//a")[0]
    assert " ".join(link.text_content().split()) == "Food business licence (new) 食品经营许可（新办）"
    assert link.find("span").get("lang") == "zh-CN"
    assert "None of these? Try other words, or browse by department." in page.words


async def test_one_service_is_not_services(client: Client) -> None:
    words = (await _page(client, "/items", lang="en")).words
    assert "1 service " in words
    assert "41 services" in words
