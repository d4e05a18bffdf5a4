"""Notices set on the web by who was shown the case: stopped, had again, and a further telephone that proves itself."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from shutil import copy

import pytest
from aiohttp.test_utils import TestClient, TestServer

from core.codes import Status
from core.models import Case, Message, Subscription
from core.notify.consent import about_case
from gateway.app import build
from gateway.house import House
from gateway.registry import switched_on
from gateway.settings import NotifySection
from tests.channels.twilio import SECTION, Client
from tests.core.case_steps import TOLD, who_may
from tests.county import County, county_of, settings

S = Status
FURTHER = "13900002222"


@pytest.fixture
async def web(sqlite_county_template: Path, tmp_path: Path, form_files: Path) -> AsyncIterator[tuple[County, Client]]:
    url = f"sqlite://{copy(sqlite_county_template, tmp_path / 'haoban.db')}"
    house = House(settings(url, form_files, notify=NotifySection(worker=False), channels={"twilio_sms": SECTION}))
    await house.open()
    await Case.filter(status=S.RECEIVED).update(mobile="13800001111")
    client: Client = TestClient(TestServer(build(house, switched_on(house.settings))))
    await client.start_server()
    yield await county_of(house), client
    await client.close()
    await house.close()


async def case_of(county: County) -> tuple[Case, str]:
    case = await Case.get(number=county.number(S.RECEIVED))
    return case, county.house.keys.token(case.id, case.token_version)


async def page(client: Client, status: int = 200, **fields: str) -> str:
    answer = await client.post("/cases/notices", data=fields, headers={"Accept-Language": "zh"})
    assert answer.status == status
    return await answer.text()


async def moved(county: County, case: Case, to: Status) -> None:
    await county.house.cases.move(case.number, to, who_may(to), reason="说明", data=TOLD.get(to, {}))


async def test_the_page_of_a_case_leads_to_its_notices(web: tuple[County, Client]) -> None:
    county, client = web
    _, token = await case_of(county)
    answer = await client.get(f"/q/{token}")
    assert "/cases/notices" in await answer.text()
    shown = await page(client, token=token)
    assert "+86138****1111" in shown
    assert "13800001111" not in shown
    await page(client, 404, token="x" * 31)
    assert (await client.get("/cases/notices", allow_redirects=False)).status == 303


async def test_notices_of_a_case_are_stopped_at_once_but_not_what_the_law_has_told(web: tuple[County, Client]) -> None:
    county, client = web
    case, token = await case_of(county)
    assert "已停发" in await page(client, token=token, what="stop")
    await moved(county, case, S.CORRECTION)
    await moved(county, case, S.RECEIVED)
    assert [one.purpose for one in await Message.all()] == ["statutory"]
    assert "通知发到" in await page(client, token=token, what="again")
    await moved(county, case, S.ACCEPTED)
    assert await Message.filter(notification__kind="accepted").count() == 1


async def test_what_waits_is_stopped_too(web: tuple[County, Client]) -> None:
    county, client = web
    case, token = await case_of(county)
    await moved(county, case, S.ACCEPTED)
    await Message.all().update(state="deferred")
    await page(client, token=token, what="stop")
    assert [(one.state, one.reason) for one in await Message.all()] == [("failed", "opted_out")]


async def test_a_further_telephone_is_told_once_it_has_proved_itself(web: tuple[County, Client]) -> None:
    county, client = web
    case, token = await case_of(county)
    asked = await page(client, token=token, what="add", number="139 0000 2222")
    assert 'name="code"' in asked
    sent = await Message.get(notification__kind="confirm")
    assert sent.address == "+8613900002222"
    code = re.search(r"\d{6}", sent.text.partition("验证码")[2])
    assert code is not None
    wrong = f"{(int(code[0]) + 1) % 10**6:06d}"
    assert "不对或已过期" in await page(client, 400, token=token, what="confirm", number="+8613900002222", code=wrong)
    assert await Subscription.all().count() == 0
    await page(client, token=token, what="confirm", number="+8613900002222", code=code[0])
    assert await Subscription.filter(topic=about_case(case.id), address="+8613900002222").count() == 1
    await page(client, 400, token=token, what="confirm", number="+8613900002222", code=code[0])
    await moved(county, case, S.ACCEPTED)
    told = {one.address for one in await Message.filter(notification__kind="accepted")}
    assert told == {"+8613800001111", "+8613900002222"}


async def test_nobody_is_flooded_with_codes_and_none_is_guessed(web: tuple[County, Client]) -> None:
    county, client = web
    _, token = await case_of(county)
    for _ in range(3):
        await page(client, token=token, what="add", number=FURTHER)
    assert "分钟" in await page(client, 429, token=token, what="add", number=FURTHER)
    for _ in range(5):
        await page(client, 400, token=token, what="confirm", number=FURTHER, code="000000")
    await page(client, 429, token=token, what="confirm", number=FURTHER, code="000000")
    await page(client, 400, token=token, what="add", number="0312-1234567")


async def test_where_nothing_can_be_sent_nothing_is_offered(
    sqlite_county_template: Path, tmp_path: Path, form_files: Path
) -> None:
    house = House(settings(f"sqlite://{copy(sqlite_county_template, tmp_path / 'haoban.db')}", form_files))
    await house.open()
    client: Client = TestClient(TestServer(build(house, [])))
    await client.start_server()
    _, token = await case_of(await county_of(house))
    assert "/cases/notices" not in await (await client.get(f"/q/{token}")).text()
    await page(client, 404, token=token)
    await client.close()
    await house.close()
