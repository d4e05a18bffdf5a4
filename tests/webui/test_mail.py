"""Mail on the web: a case followed by an address that proved itself, and stopped by one click from the mail."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from shutil import copy
from typing import Any

import pytest
from aiohttp import FormData
from aiohttp.test_utils import TestClient, TestServer

from core.codes import Status
from core.models import Case, Message, OptOut, Subscription
from core.notify.consent import about_case
from core.notify.mail_stop import stop_token
from core.notify.states import Kind
from gateway.app import build
from gateway.house import House
from gateway.registry import switched_on
from gateway.settings import NotifySection
from tests.channels.mail_server import MailServer
from tests.channels.twilio import SECTION, Client
from tests.core.case_steps import TOLD, who_may
from tests.county import County, county_of, settings

S = Status
WANG = "wang@example.com"
MAIL = MailServer(port=9).section()
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def channels() -> dict[str, Any]:
    return {"email": MAIL}


@pytest.fixture
async def web(
    sqlite_county_template: Path, tmp_path: Path, form_files: Path, channels: dict[str, Any]
) -> AsyncIterator[tuple[County, Client]]:
    url = f"sqlite://{copy(sqlite_county_template, tmp_path / 'haoban.db')}"
    house = House(settings(url, form_files, notify=NotifySection(worker=False), channels=channels))
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


async def page(client: Client, status: int = 200, language: str = "zh", **fields: str) -> str:
    answer = await client.post("/cases/notices", data=fields, headers={"Accept-Language": language})
    assert answer.status == status
    return await answer.text()


async def accepted(county: County, language: str = "zh") -> tuple[Message, str]:
    """A mail that tells of an acceptance, and what its address to stop at ends with."""
    case, _ = await case_of(county)
    await county.house.consent.follow(about_case(case.id), "channels.email", WANG, language, "web")
    await county.house.cases.move(case.number, S.ACCEPTED, who_may(S.ACCEPTED), data=TOLD.get(S.ACCEPTED, {}))
    message = await Message.get(kind=Kind.MAIL)
    return message, stop_token(county.house.keys, message.id)


async def code_of(address: str) -> str:
    sent = await Message.filter(notification__kind="confirm", address=address).order_by("-id").first()
    assert sent is not None
    found = re.search(r"\d{6}", sent.text)
    assert found is not None
    return found[0]


async def test_a_mail_address_is_told_once_it_has_proved_itself(web: tuple[County, Client]) -> None:
    county, client = web
    case, token = await case_of(county)
    shown = await page(client, token=token)
    assert "电子邮箱" in shown
    assert "手机" not in shown.partition("<main")[2]
    await page(client, token=token, what="add", number=" Wang@EXAMPLE.com")
    message = await Message.get(notification__kind="confirm")
    assert (message.place, message.address, message.purpose) == ("channels.email", "Wang@example.com", "answer")
    wrong = {"what": "confirm", "number": "Wang@example.com", "code": "x"}
    await page(client, 400, token=token, **wrong)
    told = await page(client, token=token, **wrong | {"code": await code_of("Wang@example.com")})
    assert "W***@example.com" in told
    assert await Subscription.filter(topic=about_case(case.id), place="channels.email").count() == 1


async def test_who_asks_anew_has_mail_again(web: tuple[County, Client]) -> None:
    county, client = web
    _, token = await case_of(county)
    await county.house.consent.opt_out(WANG, "mail", kind=Kind.MAIL)
    await page(client, token=token, what="add", number=WANG)
    await page(client, token=token, what="confirm", number=WANG, code=await code_of(WANG))
    assert await OptOut.all().count() == 0


@pytest.mark.parametrize("written", ["13900002222", "wang@localhost", "wang", ""])
async def test_what_cannot_be_told_by_mail_is_refused_in_plain_words(web: tuple[County, Client], written: str) -> None:
    county, client = web
    _, token = await case_of(county)
    assert "请填写正确的电子邮箱" in await page(client, 400, token=token, what="add", number=written)
    assert await Message.all().count() == 0


@pytest.mark.parametrize("channels", [{"email": MAIL, "twilio_sms": SECTION}])
async def test_where_both_are_sent_either_is_taken(web: tuple[County, Client]) -> None:
    county, client = web
    _, token = await case_of(county)
    assert "e-mail address" in await page(client, language="en", token=token)
    assert "或电子邮箱" in await page(client, 400, token=token, what="add", number="wang")
    for number, kind in ((WANG, "mail"), ("13900002222", "text")):
        await page(client, token=token, what="add", number=number)
        assert (await Message.all().order_by("-id").first()).kind == kind


@pytest.mark.parametrize("channels", [{"twilio_sms": SECTION}])
async def test_where_no_mail_is_sent_no_address_is_taken(web: tuple[County, Client]) -> None:
    county, client = web
    _, token = await case_of(county)
    assert "邮箱" not in await page(client, token=token)
    await page(client, 400, token=token, what="add", number=WANG)


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_the_page_speaks_the_mail_s_language_and_looking_at_it_changes_nothing(
    web: tuple[County, Client], language: str
) -> None:
    county, client = web
    _, token = await accepted(county, language)
    answer = await client.get(f"/mail/stop/{token}")
    shown = await answer.text()
    assert answer.headers["Content-Language"] == {"zh": "zh-CN", "en": "en"}[language]
    assert "w***@example.com" in shown
    assert WANG not in shown
    assert shown.partition("<main")[2].count("<button") == 1
    assert await OptOut.all().count() == 0
    other = await client.get(f"/mail/stop/{token}?lang={'en' if language == 'zh' else 'zh'}")
    assert other.headers["Content-Language"] != answer.headers["Content-Language"]


def as_parts() -> FormData:
    form = FormData(default_to_multipart=True)
    form.add_field("List-Unsubscribe", "One-Click")
    return form


@pytest.mark.parametrize("sent", [lambda: ONE_CLICK, as_parts, lambda: None], ids=["form", "parts", "button"])
async def test_one_click_stops_mail_without_cookie_or_mark_and_works_twice(
    web: tuple[County, Client], sent: Any
) -> None:
    county, client = web
    message, token = await accepted(county)
    for _ in range(2):
        answer = await client.post(f"/mail/stop/{token}", data=sent())
        assert answer.status == 200
        assert "不再给 w***@example.com 发邮件" in await answer.text()
    await message.refresh_from_db()
    assert (message.state, message.reason) == ("failed", "opted_out")
    assert await OptOut.filter(address=WANG, kind="mail").count() == 1
    assert (
        "<button"
        not in (await (await client.get(f"/mail/stop/{token}")).text()).partition("<main")[2].partition("</main")[0]
    )


async def test_a_token_that_was_not_made_here_is_not_found(web: tuple[County, Client]) -> None:
    county, client = web
    _, token = await accepted(county)
    for wrong in (token[:-1], token[:-1] + ("0" if token[-1] != "0" else "1"), "2" + token[1:], "x"):
        assert (await client.get(f"/mail/stop/{wrong}")).status == 404
        assert (await client.post(f"/mail/stop/{wrong}", data=ONE_CLICK)).status == 404
    assert await OptOut.all().count() == 0
