from __future__ import annotations

import pytest

from tests.webui.conftest import Client, Open
from tests.webui.reading import Page


async def _lang(client: Client, address: str = "/", **headers: str) -> str:
    answer = await client.get(address, headers={name.replace("_", "-"): value for name, value in headers.items()})
    tag = Page(await answer.text()).root.get("lang")
    assert answer.headers["Content-Language"] == tag
    return str(tag)


@pytest.mark.parametrize(
    ("header", "tag"),
    [
        ("", "zh-CN"),
        ("en", "en"),
        ("en-GB,en;q=0.9,zh;q=0.8", "en"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh-CN"),
        ("zh;q=0.1,en;q=0.5", "en"),
        ("fr,en;q=0.2", "en"),
        ("fr", "zh-CN"),
        ("en;q=0", "zh-CN"),
        ("en;q=nonsense", "zh-CN"),
        ("en;q=nan", "zh-CN"),
        (",;,=;q", "zh-CN"),
        ("x" * 5000, "zh-CN"),
    ],
)
async def test_the_browsers_language(client: Client, header: str, tag: str) -> None:
    assert await _lang(client, Accept_Language=header) == tag


async def test_chosen_language_is_kept(opened: Open) -> None:
    client = await opened(public_url="http://127.0.0.1")
    assert await _lang(client, "/?lang=en") == "en"
    assert await _lang(client, Accept_Language="zh") == "en"
    assert await _lang(client, "/?lang=zh") == "zh-CN"
    assert await _lang(client, Accept_Language="en") == "zh-CN"


async def test_cookie(client: Client) -> None:
    cookie = (await client.get("/?lang=en")).cookies["lang"]
    assert (cookie.value, cookie["samesite"], cookie["path"], cookie["max-age"]) == ("en", "Lax", "/", "31536000")
    assert cookie["httponly"] and cookie["secure"]
    assert "lang" not in (await client.get("/")).cookies


@pytest.mark.parametrize("code", ["xx", "", "../en", "zh,en", "%FF"])
async def test_unknown_language_changes_nothing(client: Client, code: str) -> None:
    answer = await client.get(f"/?lang={code}")
    assert Page(await answer.text()).root.get("lang") == "zh-CN"
    assert "lang" not in answer.cookies


async def test_switch_keeps_the_address(client: Client) -> None:
    page = Page(await (await client.get("/items", params={"q": "食品 & 药品", "lang": "en"})).text())
    link = page.one("//nav[@class='languages']/a")
    assert (link.text, link.get("lang")) == ("中文", "zh-CN")
    again = Page(await (await client.get(link.get("href"))).text())
    assert again.root.get("lang") == "zh-CN"
    assert again.one("//input[@id='q']").get("value") == "食品 & 药品"


async def test_centre_is_named_in_the_language_of_the_page(opened: Open) -> None:
    client = await opened(centre_name_en="Shili County Service Centre")
    page = Page(await (await client.get("/?lang=en")).text())
    assert page.one("//title").text == "Home - Shili County Service Centre"
    assert "示例县" not in page.one("//header").text_content() + page.one("//footer").text_content()
    assert "Shili County" not in await (await client.get("/?lang=zh")).text()


async def test_pages_differ_by_language(client: Client) -> None:
    assert (await client.get("/")).headers["Vary"] == "Accept-Language, Cookie"
