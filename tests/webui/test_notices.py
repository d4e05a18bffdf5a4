from __future__ import annotations

from dataclasses import replace

from tests.webui.conftest import Client
from tests.webui.reading import Page
from tests.webui.samples import NOTICES
from tests.webui.standin import StandIn


async def _page(client: Client, lang: str = "zh") -> Page:
    return Page(await (await client.get("/notices", params={"lang": lang})).text())


async def test_publicity_tells_how_and_until_when_to_object(client: Client) -> None:
    page = await _page(client)
    facts = page.facts()
    assert facts["异议截止"] == "2026年11月30日"
    assert facts["提出异议"] == "0000-1234512，二楼 12 号窗口"
    assert "公示 2026年11月20日 发布" in page.words


async def test_english(client: Client) -> None:
    page = await _page(client, "en")
    assert "Open to objections Published 20 November 2026" in page.words
    assert page.one("//article[1]//h2/span").get("lang") == "zh-CN"


async def test_none(client: Client, query: StandIn) -> None:
    query.published = ()
    assert "目前没有公示或公告。" in (await _page(client)).words


async def test_hostile_text_and_key_stay_text(client: Client, query: StandIn) -> None:
    query.published = (replace(NOTICES[0], key='"><script>', title="<img src=x onerror=1>", text="<script>x</script>"),)
    page = await _page(client)
    assert not page.all("//script | //main//img")
    assert page.one("//article").get("id") == 'n-"><script>'
