from __future__ import annotations

import pytest
from aiohttp import web

from core.codes import Decision, Stage, Status
from core.errors import NotFound
from core.language import Catalogues
from core.views import CaseStatus
from tests.webui.conftest import Client, Open
from tests.webui.reading import Page
from tests.webui.samples import BY_STATUS, CASES, PIN
from webui.pages.progress import case_page


async def _status(client: Client, case: CaseStatus, lang: str = "zh") -> Page:
    answer = await client.post("/cases", data={"number": case.number, "pin": PIN}, headers={"Accept-Language": lang})
    assert answer.status == 200
    return Page(await answer.text())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.status)
@pytest.mark.parametrize("lang", ["zh", "en"])
async def test_every_status_has_its_page(client: Client, case: CaseStatus, lang: str) -> None:
    page = await _status(client, case, lang)
    assert case.item in page.words
    assert case.applicant in page.words
    assert page.one(f"//dl//a[@href='/items/{case.task_code}']") is not None
    assert page.one("//dl//a[@href='tel:0000-1234512']") is not None


async def test_a_promise_that_was_broken_is_said_plainly_with_whom_to_ask(client: Client) -> None:
    late = next(case for case in CASES if case.overdue)
    page = await _status(client, late)
    assert "已超过承诺日期" in page.one("//div[contains(@class, 'tone-warning')]/h2").text
    assert "已超过承诺日期" not in (await _status(client, BY_STATUS[Status.ACCEPTED])).words


async def test_a_case_is_gone_on_with_in_the_chat_where_there_is_one(opened: Open, client: Client) -> None:
    case = BY_STATUS[Status.ACCEPTED]
    chatting = await opened(chat_address="https://t.me/haoban_bot?start=")
    link = (await _status(chatting, case)).one("//a[starts-with(@href, 'https://t.me/')]")
    assert (link.text, link.get("href")) == ("在 Telegram 里接着看", f"https://t.me/haoban_bot?start={case.token}")
    assert not (await _status(client, case)).all("//a[contains(@href, 't.me')]")


STAGES = {
    Status.SUBMITTED: "待预审",
    Status.PRE_PASSED: "待预审",
    Status.CORRECTION: "请修改",
    Status.RECEIVED: "已收件",
    Status.ACCEPTED: "已受理",
    Status.REVIEWING: "审查中",
    Status.SPECIAL: "审查中（暂停计时）",
    Status.DECIDED: "已决定",
    Status.COMPLETED: "已办结",
    Status.DELIVERED: "已送达",
    Status.NOT_ACCEPTED: "未受理",
    Status.WITHDRAWN: "已结束",
}


@pytest.mark.parametrize(("status", "stage"), STAGES.items())
async def test_stage_in_large_words(client: Client, status: Status, stage: str) -> None:
    page = await _status(client, BY_STATUS[status])
    assert page.one("//h1/span[@class='stage-name']").text_content() == stage


@pytest.mark.parametrize(
    ("status", "steps"),
    [
        (Status.SUBMITTED, "ahead ahead ahead ahead ahead"),
        (Status.RECEIVED, "current ahead ahead ahead ahead"),
        (Status.CORRECTION, "current ahead ahead ahead ahead"),
        (Status.ACCEPTED, "done current ahead ahead ahead"),
        (Status.SPECIAL, "done done current ahead ahead"),
        (Status.DECIDED, "done done done current ahead"),
        (Status.COMPLETED, "done done done done done"),
        (Status.DELIVERED, "done done done done done"),
        (Status.NOT_ACCEPTED, ""),
        (Status.WITHDRAWN, ""),
    ],
)
async def test_steps(client: Client, status: Status, steps: str) -> None:
    page = await _status(client, BY_STATUS[status])
    assert " ".join(page.steps()) == steps
    assert len(page.all("//li[@aria-current='step']")) == steps.count("current")


async def test_amend_tells_reason_list_and_last_day(client: Client) -> None:
    page = await _status(client, BY_STATUS[Status.CORRECTION])
    assert "缺两份材料" in page.words
    assert [point.text for point in page.all("//div[@class='notice tone-warning']//li")] == [
        "营业执照复印件",
        "<b>场所平面图</b>",
    ]
    assert "最后一天：2026年12月1日" in page.words


async def test_passed_precheck_asks_for_the_originals(client: Client) -> None:
    passed = await _status(client, BY_STATUS[Status.PRE_PASSED])
    assert "请把材料原件带到窗口" in passed.words
    assert "正在预审" not in passed.words
    assert passed.all("//section[@class='stage tone-warning']")
    assert "原件" not in (await _status(client, BY_STATUS[Status.SUBMITTED])).words


async def test_pause_tells_why_and_until_when(client: Client, words: Catalogues) -> None:
    told = (await _status(client, BY_STATUS[Status.SPECIAL])).words
    assert "原因：专家评审" in told
    assert "预计恢复计时：2026年12月10日" in told
    assert (
        f"Reason: {words['en'].text('special.专家评审')}"
        in (await _status(client, BY_STATUS[Status.SPECIAL], "en")).words
    )


async def test_provisional_and_extended_due_date(client: Client) -> None:
    due = (await _status(client, BY_STATUS[Status.REVIEWING])).facts()["承诺办结日期"]
    assert due == "2027年1月5日 （暂定，当年放假安排公布后可能调整） （已依法延长）"


async def test_due_hour_is_told_where_the_limit_is_in_hours(client: Client) -> None:
    assert (await _status(client, next(case for case in CASES if case.due_to_the_minute))).facts()[
        "承诺办结日期"
    ] == "2026年11月24日 16:30"
    assert (await _status(client, BY_STATUS[Status.ACCEPTED])).facts()["承诺办结日期"] == "2026年11月30日"


async def test_result_and_how_to_collect_it(client: Client) -> None:
    page = await _status(client, BY_STATUS[Status.COMPLETED])
    assert page.facts()["决定"] == "准予"
    assert page.facts()["编号"] == "JY1330000000018"
    assert "带身份证到二楼 12 号窗口。" in page.words


async def test_refusal_does_not_look_like_good_news(opened: Open) -> None:
    async def refused(request: web.Request) -> web.Response:
        return case_page(request, BY_STATUS[Status.COMPLETED]._replace(decision=Decision.REFUSED))

    client = await opened(web.get("/q/{token}", refused))
    page = Page(await (await client.get("/q/x")).text())
    assert page.facts()["决定"] == "不予"
    assert page.all("//section[@class='stage tone-stopped']") and not page.all("//*[contains(@class, 'tone-done')]")


async def test_what_to_do_comes_before_the_steps(client: Client) -> None:
    page = await _status(client, BY_STATUS[Status.CORRECTION])
    assert page.one("//ol[@class='steps']/preceding-sibling::div[@class='notice tone-warning']") is not None


async def test_decision_is_not_told_before_it_is_finished(client: Client) -> None:
    words = (await _status(client, BY_STATUS[Status.DECIDED])).words
    assert "准予" not in words and "不予" not in words


@pytest.mark.parametrize(
    ("status", "reason"), [(Status.NOT_ACCEPTED, "不属于本机关职权"), (Status.WITHDRAWN, "申请人撤回")]
)
async def test_end_tells_its_reason(client: Client, status: Status, reason: str) -> None:
    assert f"原因 {reason}" in (await _status(client, BY_STATUS[status])).words


def test_every_stage_is_known() -> None:
    assert {case.stage for case in CASES} == set(Stage)


async def _scan(request: web.Request) -> web.Response:
    return case_page(request, BY_STATUS[Status.ACCEPTED])


async def test_scan_shows_the_same_without_the_way_to_the_receipt(opened: Open) -> None:
    client = await opened(web.get("/q/{token}", _scan))
    answer = await client.get("/q/token-5")
    assert answer.headers["Cache-Control"] == "no-store"
    scanned, asked = Page(await answer.text()), await _status(client, BY_STATUS[Status.ACCEPTED])
    assert scanned.facts() == asked.facts()
    assert not scanned.all("//main//form")
    assert scanned.one("//nav[@class='languages']/a").get("href") == "/q/token-5?lang=en"


async def _refused(request: web.Request) -> web.Response:
    raise NotFound("this code is not valid")


async def test_code_that_isnt_valid_leads_on_to_number_and_pin(opened: Open) -> None:
    client = await opened(web.get("/q/{token}", _refused))
    answer = await client.get("/q/forged")
    assert answer.status == 404
    page = Page(await answer.text())
    assert page.heading == "这个二维码打不开"
    assert "无效或者已经作废" in page.words
    assert page.all("//p[@class='actions']/a/@href") == ["/cases", "/"]
