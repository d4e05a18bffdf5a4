from __future__ import annotations

from dataclasses import replace

import pytest

from core.legal_clock import Limit, Unit
from core.views import ItemGuide
from tests.webui.conftest import Client
from tests.webui.reading import Page
from tests.webui.samples import FORM, GUIDE, SUMMARY, material
from tests.webui.standin import StandIn

ELEMENTS = ["condition", "materials", "flow", "limit", "fee", "result", "law"]


async def _page(client: Client, code: str = SUMMARY.task_code, lang: str = "zh") -> Page:
    answer = await client.get(f"/items/{code}", params={"lang": lang})
    assert answer.status == 200
    return Page(await answer.text())


async def _guide(client: Client, query: StandIn, lang: str = "zh", **changed: object) -> Page:
    guide: ItemGuide = replace(GUIDE, **changed)  # type: ignore[arg-type]
    query.guides[SUMMARY.task_code] = guide
    return await _page(client, lang=lang)


async def test_seven_public_elements_with_contents(client: Client) -> None:
    page = await _page(client)
    assert page.all("//section[@class='element']/@aria-labelledby") == [*ELEMENTS, "where", "questions", "supervise"]
    for anchor in page.all("//nav[@class='contents']//a/@href"):
        assert page.one(f"//*[@id='{anchor[1:]}']").tag == "h2"


async def test_facts_at_a_glance(client: Client) -> None:
    facts = (await _page(client)).facts()
    assert facts["事项类型"] == "行政许可"
    assert facts["谁可以办"] == "个人、企业"
    assert facts["要多久"] == facts["承诺办结时限"] == "5个工作日"
    assert facts["法定办结时限"] == "20个工作日"
    assert facts["要跑几次"] == "1 次"
    assert facts["收费标准"] == "每证 10 元"
    assert facts["便民服务"] == "可以网上办、可以预约、可以快递送达"


async def test_a_paused_item_says_so_before_anything_else(client: Client, query: StandIn) -> None:
    assert not (await _guide(client, query)).all("//div[contains(@class, 'notice')]")
    page = await _guide(client, query, paused=True)
    notice = page.one("//h1/following-sibling::*[1][contains(@class, 'notice')]")
    assert "目前暂停办理" in notice.text_content()
    assert GUIDE.link_way in notice.text_content()
    assert (
        "on hold"
        in (await _guide(client, query, "en", paused=True)).one("//div[contains(@class, 'notice')]").text_content()
    )


async def test_numbered_text_becomes_a_list(client: Client) -> None:
    page = await _page(client)
    points = page.all("//section[@aria-labelledby='condition']//ol/li")
    assert points[0].text == "已取得营业执照等合法主体资格。"
    assert len(points) == 3


async def test_materials_with_counts_format_source_and_form(client: Client) -> None:
    page = await _page(client)
    rows = [" ".join(row.text_content().split()) for row in page.all("//tbody/tr")]
    assert "食品经营许可申请书 必交 原件 1 份 纸质 A4 申请人自备" in rows[0]
    assert "复印件 1 份 纸质或电子 A4 政府部门核发 市场监督管理部门" in rows[1]
    assert "需要时交" in rows[2]
    download = page.one("//tbody/tr[1]//a")
    assert download.get("href") == "/forms/b7k2"
    assert "用黑色水笔填写，不得涂改。" in rows[0]
    labels = page.all("//tbody/tr[1]/td/@data-label")
    assert labels == [head.text for head in page.all("//thead//th")][1:]


async def test_form_that_belongs_to_no_material_is_shown_too(client: Client, query: StandIn) -> None:
    page = await _guide(client, query, forms=(replace(FORM, material_name="没有这个材料"),))
    assert "其他表格" in page.words
    assert page.one("//a[@href='/forms/b7k2']") is not None


async def test_bare_item_says_what_is_missing_and_whom_to_ask(client: Client) -> None:
    page = await _page(client, "GA-17")
    told = " ".join(page.one("//div[@class='notice tone-warning']").text_content().split())
    assert told.startswith("以下内容还没有公布 受理条件 办理流程 申请材料 办理时限 收费 设定依据 办理结果")
    assert told.endswith("请咨询：示例县公安局，0000-12345")
    assert not page.all("//nav[@class='contents'] | //p[@class='gap'][ancestor::section[@aria-labelledby='fee']]")


async def test_single_gap_is_told_at_its_place_too(client: Client, query: StandIn) -> None:
    page = await _guide(client, query, is_fee=None, fees=(), unpublished=("fee",))
    told = " ".join(page.one("//section[@aria-labelledby='fee']").text_content().split())
    assert told.startswith("收费 这部分还没有公布。请咨询：")


async def test_forms_are_shown_where_the_materials_are_not_published(client: Client, query: StandIn) -> None:
    page = await _guide(client, query, materials=(), unpublished=("materials", "law", "fee"))
    assert page.one("//section[@aria-labelledby='materials']//a[@href='/forms/b7k2']") is not None
    assert not page.all("//section[@aria-labelledby='law']")


async def test_free_item(client: Client, query: StandIn) -> None:
    page = await _guide(client, query, is_fee=False, fees=())
    assert page.facts()["收费"] == "不收费"
    assert "办理这个事项不收费。" in page.words


@pytest.mark.parametrize(
    ("kind", "limit", "told"),
    [
        ("1", Limit(1, Unit.WORKING_DAYS), "当场办结"),
        ("2", Limit(0, Unit.WORKING_DAYS), "当场办结"),
        ("2", Limit(3, Unit.MONTHS), "3个月"),
        ("9", Limit(2, Unit.HOURS), "2小时"),
    ],
)
async def test_promised_limit_in_words(client: Client, query: StandIn, kind: str, limit: Limit, told: str) -> None:
    assert (await _guide(client, query, project_type=kind, promised=limit)).facts()["承诺办结时限"] == told


async def test_only_the_webs_own_addresses_are_linked(client: Client, query: StandIn) -> None:
    assert not (await _guide(client, query, online_url="javascript:alert(1)")).all("//a[contains(@href, 'script')]")
    page = await _guide(client, query, online_url="https://example.org/apply")
    assert page.one("//a[@href='https://example.org/apply']") is not None


async def test_hostile_names_stay_text(client: Client, query: StandIn) -> None:
    evil = "<script>alert(1)</script>\"'{{ 7*7 }}{n}"
    page = await _guide(
        client,
        query,
        summary=replace(SUMMARY, name=evil, department=evil),
        accept_condition=evil,
        materials=(material(evil, issuer=evil, fill_explain=evil),),
        supervise_way=evil,
    )
    assert page.heading == evil
    assert not page.all("//script")
    assert "&lt;script&gt;" in page.source


async def test_codes_nobody_knows_are_left_out(client: Client, query: StandIn) -> None:
    page = await _guide(client, query, serve_types=("1", "77"), project_type="X", result_type="?", handle_types=())
    assert page.facts()["谁可以办"] == "个人"
    assert "办件类型" not in page.facts()


async def test_english(client: Client) -> None:
    page = await _page(client, lang="en")
    assert page.heading == "Food business licence (new) 食品经营许可（新办）"
    assert page.facts()["How long it takes"] == "5 working days"
    assert "The official text below is in Chinese only" in page.words
    assert page.one("//section[@aria-labelledby='condition']/ol").get("lang") == "zh-CN"
    assert "Fill it in with a black pen, without corrections." in page.words


async def test_unknown_item(client: Client) -> None:
    answer = await client.get("/items/nothing")
    assert answer.status == 404
    assert "不存在或者已经撤下" in await answer.text()
