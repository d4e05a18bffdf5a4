from __future__ import annotations

import pytest

from core.codes import Status
from core.errors import Unavailable, Wait
from tests.webui.conftest import Client
from tests.webui.reading import Page
from tests.webui.samples import BY_STATUS, CASES, PIN
from tests.webui.standin import StandIn

NUMBER = CASES[4].number
RIGHT = {"number": NUMBER, "pin": PIN}


async def _post(
    client: Client, fields: dict[str, str], status: int = 200, to: str = "/cases", lang: str = "zh"
) -> Page:
    answer = await client.post(to, data=fields, headers={"Accept-Language": lang})
    assert answer.status == status
    assert answer.headers["Cache-Control"] == "no-store"
    return Page(await answer.text())


def _errors(page: Page) -> list[tuple[str, str]]:
    return [(a.get("href"), a.text) for a in page.all("//div[@role='alert']//a")]


async def test_form_is_filled_in_by_hand(client: Client) -> None:
    answer = await client.get("/cases")
    page = Page(await answer.text())
    assert answer.headers["Cache-Control"] == "no-store"
    assert page.one("//main//form").get("method") == "post"
    for name in ("number", "pin"):
        box = page.one(f"//input[@id='{name}']")
        assert (box.get("inputmode"), box.get("autocomplete"), box.get("value")) == ("numeric", "off", "")


async def test_form_takes_nothing_from_the_address(client: Client) -> None:
    page = Page(await (await client.get("/cases", params=RIGHT)).text())
    assert page.one("//input[@id='number']").get("value") == ""
    assert NUMBER not in page.one("//main").text_content()


async def test_status_is_shown_at_once(client: Client, query: StandIn) -> None:
    page = await _post(client, RIGHT)
    assert page.heading == "您的事情现在 已受理"
    assert query.asked[0].channel == "web"


async def test_nothing_leads_on_by_an_address_with_number_or_pin(client: Client) -> None:
    page = await _post(client, RIGHT)
    for address in page.all("//@href | //@src | //@action"):
        assert NUMBER not in address and PIN not in address


@pytest.mark.parametrize("address", ["/cases", "/cases/receipt"])
async def test_answer_is_asked_for_again_in_the_other_language(client: Client, address: str) -> None:
    shown = Page(await (await client.post(address, data=RIGHT)).text())
    form = shown.one("//nav[@class='languages']/form")
    fields = {field.get("name"): field.get("value") for field in form.iter("input")}
    answer = await client.post(form.get("action"), data=fields)
    again = Page(await answer.text())
    assert (answer.status, again.root.get("lang")) == (200, "en")
    assert NUMBER in again.words.replace(" ", "")
    assert answer.cookies["lang"].value == "en"


@pytest.mark.parametrize("typed", ["2611 2300 0059", " 261123-000059 ", "２６１１２３０００\u3000０５９"])
async def test_number_as_people_type_it(client: Client, typed: str) -> None:
    assert "已受理" in (await _post(client, {"number": typed, "pin": "２０４ ８１６"})).heading


@pytest.mark.parametrize(
    ("number", "told"),
    [
        ("", "请填写查询号"),
        ("261123000050", "查询号有数字填错了，请对照回执检查"),
        ("2611", "查询号是 12 位数字，您填了 4 位"),
        ("2611230000591", "查询号是 12 位数字，您填了 13 位"),
        ("26112300005O", "查询号只有数字，请对照回执再填一次"),
        ("<script>", "查询号只有数字，请对照回执再填一次"),
    ],
)
async def test_slips_in_the_number_are_told_without_asking(
    client: Client, query: StandIn, number: str, told: str
) -> None:
    page = await _post(client, {"number": number, "pin": PIN}, 400)
    assert _errors(page) == [("#number", told)]
    assert page.one("//input[@id='number']").get("value") == number
    assert page.one("//input[@id='number']").get("aria-invalid") == "true"
    assert page.one("//title").text.startswith("出错了：")
    assert not query.asked


@pytest.mark.parametrize(("pin", "told"), [("", "请填写查询密码"), ("12345", "查询密码是 6 位数字")])
async def test_slips_in_the_pin(client: Client, query: StandIn, pin: str, told: str) -> None:
    page = await _post(client, {"number": NUMBER, "pin": pin}, 400)
    assert _errors(page) == [("#pin", told)]
    assert not query.asked


async def test_all_slips_at_once(client: Client) -> None:
    assert [field for field, _ in _errors(await _post(client, {}, 400))] == ["#number", "#pin"]


async def test_wrong_pin_and_unknown_number_are_told_alike(client: Client) -> None:
    wrong = await _post(client, {"number": NUMBER, "pin": "000000"}, 404)
    unknown = await _post(client, {"number": "261123999999"[:11] + _check("26112399999"), "pin": PIN}, 404)
    assert _errors(wrong) == _errors(unknown)
    assert "对不上" in _errors(wrong)[0][1]


def _check(body: str) -> str:
    from stdnum.iso7064 import mod_11_10

    return str(mod_11_10.calc_check_digit(body))


async def test_pin_is_never_shown_again_in_the_form(client: Client) -> None:
    page = await _post(client, {"number": NUMBER, "pin": "987654"}, 404)
    assert "987654" not in page.source


@pytest.mark.parametrize(
    ("wait", "told"),
    [
        (Wait(1), "查询太频繁，请过 1 分钟再试"),
        (Wait(61), "查询太频繁，请过 2 分钟再试"),
        (Wait(1800, locked=True), "查询密码错了多次，请过 30 分钟再试。扫回执上的二维码现在也能查"),
    ],
)
async def test_waiting_is_told_in_minutes(client: Client, query: StandIn, wait: Wait, told: str) -> None:
    query.fails = wait
    answer = await client.post("/cases", data=RIGHT)
    assert answer.status == 429
    assert answer.headers["Retry-After"] == str(wait.retry_after_s)
    page = Page(await answer.text())
    assert page.one("//div[@class='errors']//li").text == told
    assert not page.all("//*[@aria-invalid] | //div[contains(@class, 'field-wrong')]")


async def test_waiting_in_english(client: Client, query: StandIn) -> None:
    query.fails = Wait(30)
    page = await _post(client, RIGHT, 429, lang="en")
    assert page.one("//div[@class='errors']//li").text == "Too many tries. Please try again in 1 minute"


async def test_database_away(client: Client, query: StandIn) -> None:
    query.fails = Unavailable("away")
    assert (await _post(client, RIGHT, 503)).heading == "暂时不能用"


async def test_receipt_from_the_status_page(client: Client) -> None:
    page = await _post(client, RIGHT)
    form = page.one("//main//form")
    fields = {box.get("name"): box.get("value") for box in form.xpath(".//input")}
    receipt = await _post(client, fields, to=form.get("action"))
    assert "2611 2300 0059" in receipt.words
    assert PIN in receipt.words
    assert receipt.one("//figure/img").get("src") == "/q/token-5/qr.svg"
    assert "https://haoban.example/q/token-5" in receipt.words
    assert receipt.facts()["进度"] == "已受理"


async def test_receipt_needs_the_pin(client: Client) -> None:
    assert _errors(await _post(client, {"number": NUMBER, "pin": "000000"}, 404, to="/cases/receipt"))
    answer = await client.get("/cases/receipt", allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (303, "/cases")


async def test_receipt_of_a_paused_case(client: Client) -> None:
    paused = {"number": BY_STATUS[Status.SPECIAL].number, "pin": PIN}
    assert (await _post(client, paused, to="/cases/receipt")).facts()["进度"] == "审查中（暂停计时）"


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        (b"number=%FF%FE&pin=1", "application/x-www-form-urlencoded"),
        (b"number=\xff&pin=1", "application/x-www-form-urlencoded"),
        (b"number=%00&pin=1", "application/x-www-form-urlencoded"),
        (b"&".join(b"a=1" for _ in range(100)), "application/x-www-form-urlencoded"),
        (b'{"number": "1"}', "application/json"),
        (b"--x\r\n", "multipart/form-data; boundary=x"),
        (b"number=1", "text/plain; charset=nonsense"),
    ],
)
async def test_malformed_forms_get_a_clear_answer(client: Client, body: bytes, media_type: str) -> None:
    answer = await client.post("/cases", data=body, headers={"Content-Type": media_type})
    assert answer.status == 400
    assert Page(await answer.text()).heading == "没有看懂您发来的内容"


async def test_too_large_a_form(client: Client) -> None:
    answer = await client.post("/cases", data={"number": "1" * 100_000})
    assert answer.status == 413
    assert Page(await answer.text()).heading == "发来的内容太大"


async def test_body_that_isnt_what_its_encoding_says(client: Client) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Content-Encoding": "gzip"}
    answer = await client.post("/cases", data=b"no gzip at all", headers=headers)
    assert 400 <= answer.status < 500
