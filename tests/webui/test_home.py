from __future__ import annotations

from core.errors import Unavailable
from tests.webui.conftest import Client, Open
from tests.webui.reading import Page
from tests.webui.samples import MARKET
from tests.webui.standin import StandIn


async def _page(client: Client, address: str = "/") -> Page:
    return Page(await (await client.get(address)).text())


async def test_one_search_box_that_leads_to_the_items(client: Client) -> None:
    page = await _page(client)
    form = page.one("//form")
    assert (form.get("action"), form.get("method")) == ("/items", "get")
    assert page.one("//form//input").get("name") == "q"


async def test_all_ways_in(client: Client) -> None:
    links = [a.get("href") for a in (await _page(client)).all("//ul[@class='cards']//a")]
    assert links == ["/cases", "/items", "/forms", "/notices"]


async def test_departments_with_counts_and_the_latest_notices(client: Client) -> None:
    page = await _page(client)
    assert f"{MARKET} 41 项" in page.words
    assert "关于拟准予示例食品有限公司食品经营许可的公示" in page.words
    assert page.one("//a[@href='/notices#n-2026-31']") is not None


async def test_names_the_centre_and_its_phone(client: Client) -> None:
    page = await _page(client)
    assert page.one("//title").text == "首页 - 示例县政务服务中心"
    assert page.one("//footer//a[@href='tel:0000-12345']").text == "0000-12345"


async def test_demonstration_is_plainly_said(opened: Open) -> None:
    shown = await _page(await opened(demonstration=True))
    assert "演示数据" in shown.one("//aside[@class='demonstration']").text_content()
    assert not (await _page(await opened())).all("//aside[@class='demonstration']")


async def test_nothing_published_yet(client: Client, query: StandIn) -> None:
    query.published = ()
    assert not (await _page(client)).all("//h2[@id='notices']")


async def test_database_away(client: Client, query: StandIn) -> None:
    query.fails = Unavailable("the database is away")
    answer = await client.get("/")
    assert answer.status == 503
    assert answer.headers["Retry-After"] == "5"
    assert Page(await answer.text()).heading == "暂时不能用"
