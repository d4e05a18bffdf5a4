"""The touch screens: what each shows, to whom, and what a stranger's device is kept from."""

from __future__ import annotations

import re

import pytest
from lxml import html

from core.codes import Status
from core.models import FormFile, LookupRecord, ServiceItem

GUIDE = ("", "guide", "guide/letter?name=J", "words", "items/DEMOGA001", "forms", "notices", "case", "rating", "staff")
DEVICE_ONLY = ("case", "rating", "staff")


async def screen(client, path, status=200):
    answer = await client.get(f"/kiosk/{path}")
    assert answer.status == status, path
    return html.fromstring(await answer.text())


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("path", GUIDE)
async def test_every_screen_is_there_in_every_language(hall, lang, path):
    page = await screen(hall.kiosk, f"{lang}/{path}")
    assert page.get("lang") == {"zh": "zh-CN", "en": "en"}[lang]
    assert page.xpath("string(//h1)").strip()
    other = page.xpath("//nav[@class='kiosk-bar']//a[@hreflang]/@href")
    assert other == [f"/kiosk/{'en' if lang == 'zh' else 'zh'}/{path}"]


async def test_every_item_is_three_touches_away(hall):
    tiles = (await screen(hall.kiosk, "zh/")).xpath("//a[@class='kiosk-tile']/@href")
    assert "/kiosk/zh/guide" in tiles
    guide = await screen(hall.kiosk, "zh/guide")
    for kind in ("department", "topic", "letter"):
        found = set()
        for href in guide.xpath(f"//section[contains(@class, 'kiosk-{kind}')]//a/@href"):
            page = await screen(hall.kiosk, href.removeprefix("/kiosk/"))
            found |= {re.sub(r"\?.*", "", one) for one in page.xpath("//a[@class='kiosk-line']/@href")}
        codes = await ServiceItem.all().values_list("task_code", flat=True)
        assert found == {f"/kiosk/zh/items/{code}" for code in codes}, kind


async def test_an_item_shows_its_seven_elements_in_tabs_and_its_materials_to_tick_off(hall):
    page = await screen(hall.kiosk, "zh/items/DEMOGA001?from=letter&name=J")
    tabs = page.xpath("//*[@role='tab']/@aria-controls")
    assert len(tabs) == 7
    assert all(page.xpath(f"//*[@id='{one}'][@role='tabpanel']") for one in tabs)
    assert [one for one in tabs if "hidden" not in page.xpath(f"//*[@id='{one}']")[0].attrib] == ["panel-materials"]
    assert len(page.xpath("//input[@type='checkbox']")) == 4
    assert page.xpath("//a[@data-back]/@href") == ["/kiosk/zh/guide/letter?name=J"]
    assert page.xpath("//a[contains(@href, '/kiosk/zh/forms/')]")


async def test_words_are_found_while_they_are_typed(hall):
    for typed, item in (("shenfenzheng", "居民身份证补领"), ("sfz", "居民身份证补领")):
        told = await (await hall.kiosk.get("/kiosk/zh/found", params={"q": typed})).json()
        assert item in told["html"]
    none = await (await hall.kiosk.get("/kiosk/zh/found", params={"q": "火星移民"})).json()
    assert "没有找到" in none["html"]
    assert "<script" not in (await (await hall.kiosk.get("/kiosk/zh/found", params={"q": "<script>"})).json())["html"]


async def test_a_form_is_shown_and_can_be_taken_along(hall):
    (href, *_) = (await screen(hall.kiosk, "zh/forms")).xpath("//a[@class='kiosk-line']/@href")
    page = await screen(hall.kiosk, href.removeprefix("/kiosk/"))
    assert "姓名" in page.xpath("string(//article)")
    assert page.xpath("//article//table")
    code = await hall.kiosk.get(page.xpath("//img[@class='kiosk-code']/@src")[0])
    assert (code.status, code.content_type) == (200, "image/svg+xml")


async def test_a_form_in_pdf_is_shown_as_pictures(hall, tmp_path):
    await FormFile.all().update(media_type="application/pdf")
    form = await FormFile.all().first()
    path = hall.county.house.settings.files.folder / form.digest[:2] / form.digest
    kept = path.read_bytes()
    try:
        from PIL import Image

        path.chmod(0o600)
        Image.new("RGB", (595, 842), "white").save(path, "PDF")
        page = await screen(hall.kiosk, f"zh/forms/{form.slug}")
        (src,) = page.xpath("//article//img/@src")
        picture = await hall.kiosk.get(src)
        assert (picture.status, picture.content_type) == (200, "image/png")
        assert (await hall.kiosk.get(src.replace("1.png", "9.png"))).status == 404
    finally:
        path.write_bytes(kept)


async def test_an_unknown_device_sees_the_guide_and_nothing_of_cases(hall):
    page = await screen(hall.stranger, "zh/")
    assert page.xpath("//a[@class='kiosk-tile']/@href") == [f"/kiosk/zh/{one}" for one in ("guide", "forms", "notices")]
    for path in DEVICE_ONLY:
        await screen(hall.stranger, f"zh/{path}", 404)
    number, pin = hall.county.number(Status.ACCEPTED), hall.county.pin(Status.ACCEPTED)
    for path, fields in (
        ("case", {"number": number, "pin": pin}),
        ("print", {"what": "receipt", "number": number, "pin": pin}),
        ("rating", {"token": "x", "score": "1"}),
        ("staff", {"pin": "246810"}),
    ):
        answer = await hall.stranger.post(f"/kiosk/zh/{path}", data=fields)
        assert answer.status == 404, path
    await hall.county.house.audit.flush()
    assert await LookupRecord.all().count() == 0


async def test_a_device_is_registered_by_its_token_and_by_no_other(hall):
    assert (await hall.stranger.post("/kiosk/register", data={"token": "wrong"})).status == 404
    answer = await hall.stranger.post("/kiosk/register", data={"token": hall.token})
    cookie = answer.headers["Set-Cookie"]
    assert all(part in cookie for part in ("HttpOnly", "SameSite=Strict", "Path=/kiosk/", "Secure"))
    assert (await answer.json())["to"] == "/kiosk/"


async def test_a_disabled_kiosk_is_a_stranger(hall):
    assert (await (await hall.kiosk.get("/kiosk/alive")).json())["known"] is True
    await hall.county.house.kiosks.disable("hall-1", "admin")
    assert (await (await hall.kiosk.get("/kiosk/alive")).json())["known"] is False
    await screen(hall.kiosk, "zh/case", 404)


@pytest.mark.parametrize("path", ["fr/", "zh/items/NONE", "zh/forms/none", "zh/notices/none", "zh/guide/letter?name=0"])
async def test_what_is_not_there_is_told_with_a_way_home(hall, path):
    answer = await hall.kiosk.get(f"/kiosk/{path}")
    assert answer.status == 404
    if not path.startswith("fr"):
        assert html.fromstring(await answer.text()).xpath("//main//a[@href='/kiosk/zh/']")


async def test_screens_load_nothing_from_elsewhere_and_run_only_our_scripts(hall):
    for path in GUIDE:
        answer = await hall.kiosk.get(f"/kiosk/zh/{path}")
        assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
        page = html.fromstring(await answer.text())
        assert all(src.startswith(("/static/look/", "/kiosk/")) for src in page.xpath("//script/@src | //img/@src"))
        assert not page.xpath("//script[not(@src)] | //*[@style] | //@onclick")


async def test_the_whole_guide_can_be_kept(hall):
    pages = (await (await hall.kiosk.get("/kiosk/copy")).json())["pages"]
    assert "/kiosk/en/items/DEMOGA001" in pages
    for path in pages[::7]:
        assert (await hall.kiosk.get(path)).status == 200, path
    assert (await hall.stranger.get("/kiosk/copy")).status == 404
