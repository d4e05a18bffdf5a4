"""The daily bulletin: the cases of any day, masked, by department and by words."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from aiohttp.test_utils import TestClient, TestServer

from core.codes import Status
from core.local_time import local, now
from core.models import Case
from gateway.app import build
from tests.webui.reading import Page


@pytest.fixture
async def client(county):
    made = TestClient(TestServer(build(county.house, [])))
    await made.start_server()
    yield made
    await made.close()


async def accepted(county) -> Case:
    number = county.number(Status.ACCEPTED)
    return await Case.get(number=number).select_related("version__department")


async def page(client, status=200, **query) -> Page:
    answer = await client.get("/bulletin", params=query)
    assert answer.status == status
    return Page(await answer.text())


async def test_a_case_is_told_on_the_day_it_was_accepted_masked_and_by_its_last_digits(county, client):
    case = await accepted(county)
    told = (await page(client, day=f"{local(case.accepted_at):%Y-%m-%d}", lang="zh")).one("//main").text_content()
    assert f"…{case.number[-4:]}" in told
    assert case.version.name in told
    assert case.applicant_name not in told
    assert case.number not in told


async def test_other_days_other_departments_and_other_words_tell_nothing_of_it(county, client):
    case = await accepted(county)
    day = local(case.accepted_at).date()
    department, tail = case.version.department.name, f"…{case.number[-4:]}"
    others = [d.name for d in await county.house.query.departments() if d.name != department]
    for wanted, query in (
        (True, {"day": day, "department": department, "q": case.version.name[:4]}),
        (False, {"day": day - timedelta(days=1)}),
        (False, {"day": day, "department": others[0]}),
        (False, {"day": day, "q": "火星移民"}),
    ):
        shown = (await page(client, lang="zh", **{name: str(value) for name, value in query.items()})).one("//main")
        cells = [cell.text_content().strip() for cell in shown.xpath(".//td")]
        assert (tail in cells) == wanted, query


async def test_the_day_is_today_unless_told_and_there_is_no_tomorrow(county, client):
    today = now().date()
    shown = await page(client)
    assert shown.one("//input[@id='day']").get("value") == str(today)
    assert not shown.all("//a[@rel='next']")
    before = shown.one("//a[@rel='prev']").get("href")
    assert str(today - timedelta(days=1)) in before
    await page(client, 404, day=str(today + timedelta(days=1)))


@pytest.mark.parametrize(
    ("query", "status"), [({"day": "soon"}, 400), ({"day": "1999-12-31"}, 404), ({"department": "x"}, 404)]
)
async def test_what_can_not_be_is_told(county, client, query, status):
    await page(client, status, **query)


async def test_a_day_long_past_is_still_there(county, client):
    await page(client, day=str(date(2001, 5, 1)))
