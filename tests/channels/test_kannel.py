"""Kannel's calls as its guide describes them: messages in every coding, receipts, and who else might call."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from shutil import copy
from typing import Any
from urllib.parse import quote

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from pydantic import ValidationError

from channels.kannel_wire import GatewayClient, KannelSettings
from core.codes import Status
from core.errors import SendError
from core.models import Case, LookupRecord, Message
from gateway.app import build
from gateway.house import House
from gateway.registry import switched_on
from gateway.settings import NotifySection, Server
from tests.channels.kannel import SECRET_WORD
from tests.channels.twilio import Client
from tests.core.case_steps import TOLD, who_may
from tests.core.notify.waiting import until
from tests.county import SECRET, County, county_of, settings
from tests.gateway.program import free_port

SECTION: dict[str, Any] = {
    "enabled": True,
    "secret": SECRET_WORD,
    "send_url": "http://127.0.0.1:9/cgi-bin/sendsms",
    "username": "haoban",
    "password": "a password of tests",
    "sender": "10691234",
}


class Smsbox:
    """A sendsms on loopback that answers as it is told to, and keeps what it was handed."""

    def __init__(self) -> None:
        self.status, self.words, self.taken = 202, "0: Accepted for delivery", list[tuple[dict[str, str], str]]()
        app = web.Application()
        app.router.add_post("/cgi-bin/sendsms", self._sendsms)
        self.server = TestServer(app)

    @property
    def url(self) -> str:
        return str(self.server.make_url("/cgi-bin/sendsms"))

    async def _sendsms(self, request: web.Request) -> web.Response:
        headers = {name: value for name, value in request.headers.items() if name.startswith("X-Kannel")}
        self.taken.append((headers, await request.text()))
        return web.Response(status=self.status, text=self.words)


@pytest.fixture
async def smsbox() -> AsyncIterator[Smsbox]:
    made = Smsbox()
    await made.server.start_server()
    yield made
    await made.server.close()


@pytest.fixture
async def line(
    sqlite_county_template: Path, tmp_path: Path, form_files: Path, smsbox: Smsbox
) -> AsyncIterator[tuple[County, Client]]:
    house = House(
        settings(
            f"sqlite://{copy(sqlite_county_template, tmp_path / 'haoban.db')}",
            form_files,
            server=Server(port=0, secret_key=SECRET),
            notify=NotifySection(quiet_from="03:00", quiet_until="03:00"),
            channels={"kannel": SECTION | {"send_url": smsbox.url}},
        )
    )
    await house.open()
    client: Client = TestClient(TestServer(build(house, switched_on(house.settings))))
    await client.start_server()
    yield await county_of(house), client
    await client.close()
    await house.close()


def asked(text: bytes, *, coding: str = "0", charset: str = "UTF-8", name: str = "m1", **other: str) -> str:
    sent = {"secret": SECRET_WORD, "id": name, "from": "8613800001234", "coding": coding, "charset": charset} | other
    return (
        "/channels/kannel/sms?"
        + "&".join(f"{key}={quote(value)}" for key, value in sent.items())
        + ("&text=" + quote(text, safe=""))
    )


@pytest.mark.parametrize(
    ("body", "coding", "charset"),
    [
        (b"CX {number} {pin}", "0", "UTF-8"),
        ("查询 {number} {pin}".encode("utf-16-be"), "2", "UTF-16BE"),
        ("查询 {number} {pin}".encode(), "0", "UTF-8"),
        ("查询 {number} {pin}".encode("gbk"), "0", "GBK"),
        (b"cx {number} {pin}", "", "no-such-charset"),
    ],
)
async def test_a_message_is_read_in_every_coding(
    line: tuple[County, Client], body: bytes, coding: str, charset: str
) -> None:
    county, client = line
    codec = "utf-16-be" if coding == "2" else "gbk" if charset == "GBK" else "utf-8"
    words = body.decode(codec).format(number=county.number(Status.REVIEWING), pin=county.pin(Status.REVIEWING))
    async with client.get(asked(words.encode(codec), coding=coding, charset=charset)) as answer:
        assert answer.status == 200
        assert answer.headers["X-Kannel-Coding"] == "2"
        assert answer.content_type == "text/plain"
        told = await answer.text()
    assert told.startswith("【示例政务】")
    assert "审查中" in told


async def test_an_answer_in_seven_bits_is_sent_in_seven_bits(line: tuple[County, Client]) -> None:
    _, client = line
    async with client.get(asked(b"help please")) as answer:
        assert answer.headers["X-Kannel-Coding"] == "0"


async def test_who_asks_is_known_by_the_whole_number(line: tuple[County, Client]) -> None:
    county, client = line
    for sender in ("8613800001234", "+8613800001234", "13800001234"):
        words = f"CX {county.number(Status.REVIEWING)} {county.pin(Status.REVIEWING)}".encode()
        await client.get(asked(words, name=sender, **{"from": sender}))
    await county.house.audit.flush()
    assert len({one.sender for one in await LookupRecord.filter(channel="sms")}) == 1


async def test_a_message_that_comes_again_is_answered_alike_and_noted_once(line: tuple[County, Client]) -> None:
    county, client = line
    words = f"CX {county.number(Status.REVIEWING)} {county.pin(Status.REVIEWING)}".encode()
    told = [await (await client.get(asked(words))).text() for _ in range(3)]
    assert len(set(told)) == 1
    await county.house.audit.flush()
    assert await LookupRecord.filter(channel="sms").count() == 1


async def test_what_has_no_words_is_told_that_words_are_needed(line: tuple[County, Client]) -> None:
    _, client = line
    async with client.get(asked(b"\x01\x02\xff", coding="1")) as answer:
        assert "文字" in await answer.text()


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        (asked(b"CX").replace(SECRET_WORD, "another-secret-word"), {}),
        (asked(b"CX").replace(f"secret={SECRET_WORD}&", ""), {}),
        (asked(b"CX"), {"X-Forwarded-For": "127.0.0.1"}),
        (asked(b"CX"), {"Forwarded": "for=127.0.0.1"}),
        ("/channels/kannel/status?message=1&report=1&secret=%ff%fe", {}),
    ],
)
async def test_who_is_not_kannel_is_turned_away(
    line: tuple[County, Client], path: str, headers: dict[str, str]
) -> None:
    _, client = line
    assert (await client.get(path, headers=headers)).status == 403


@pytest.mark.parametrize("left_out", ["id", "from"])
async def test_half_a_message_is_refused(line: tuple[County, Client], left_out: str) -> None:
    _, client = line
    path = asked(b"CX", **{left_out: ""}) if left_out != "id" else asked(b"CX", name="")
    assert (await client.get(path)).status == 400


async def test_another_network_is_turned_away(sqlite_county_template: Path, tmp_path: Path, form_files: Path) -> None:
    section = SECTION | {"allowed": ["192.0.2.0/24"]}
    url = f"sqlite://{copy(sqlite_county_template, tmp_path / 'haoban.db')}"
    house = House(settings(url, form_files, channels={"kannel": section}))
    await house.open()
    client: Client = TestClient(TestServer(build(house, switched_on(house.settings))))
    await client.start_server()
    assert (await client.get(asked(b"CX"))).status == 403
    await client.close()
    await house.close()


async def test_a_notice_is_handed_over_and_its_receipts_come_back(line: tuple[County, Client], smsbox: Smsbox) -> None:
    county, client = line
    case = await Case.get(number=county.number(Status.RECEIVED))
    await Case.filter(id=case.id).update(mobile="13800001111")
    change = county.house.cases.move
    await change(case.number, Status.CORRECTION, who_may(Status.CORRECTION), data=TOLD[Status.CORRECTION])
    message = await Message.get(notification__kind="correction")
    await until(message, "accepted")
    headers, words = smsbox.taken[0]
    assert words == message.text
    assert headers["X-Kannel-To"] == "8613800001111"
    assert headers["X-Kannel-From"] == "10691234"
    assert (headers["X-Kannel-Coding"], headers["X-Kannel-DLR-Mask"]) == ("2", "31")
    report = headers["X-Kannel-DLR-Url"].removeprefix("http://127.0.0.1:8080")
    for number, state in (("8", "sent"), ("4", "sent"), ("1", "delivered"), ("2", "delivered"), ("99", "delivered")):
        filled = report.replace("%d", number).replace("%A", quote("ACK/")).replace("%F", "4711")
        assert (await client.get(filled)).status == 204
        await message.refresh_from_db()
        assert (message.state, message.provider_id) == (state, "4711")


async def test_a_receipt_for_a_message_that_there_is_not_is_refused(line: tuple[County, Client]) -> None:
    _, client = line
    path = f"/channels/kannel/status?secret={SECRET_WORD}&report=1&message="
    assert (await client.get(f"{path}424242")).status == 404
    assert (await client.get(f"{path}x")).status == 400


def gateway(url: str, **more: object) -> GatewayClient:
    return GatewayClient(KannelSettings.model_validate(SECTION | {"send_url": url} | more))


@pytest.mark.parametrize(
    ("status", "words", "reason"),
    [
        (202, "0: Accepted for delivery", ""),
        (202, "3: Queued for later delivery", ""),
        (403, "Authorization failed for sendsms", "config"),
        (400, "Sender missing and no global set, rejected", "rejected"),
        (404, "4: Not routable. Do not try again.", "rejected"),
        (503, "Temporal failure, try again later.", "throttled"),
        (500, "", "unknown"),
        (200, "<html>another server", "unknown"),
    ],
)
async def test_each_answer_of_sendsms_is_put_into_our_terms(
    smsbox: Smsbox, status: int, words: str, reason: str
) -> None:
    smsbox.status, smsbox.words = status, words
    client = gateway(smsbox.url)
    await client.start()
    if reason:
        with pytest.raises(SendError) as refused:
            await client.send("8613800001111", "您好", "")
        assert refused.value.reason == reason
    else:
        await client.send("8613800001111", "您好", "")
    await client.stop()


async def test_a_gateway_that_is_away_was_handed_nothing() -> None:
    client = gateway(f"http://127.0.0.1:{free_port()}/cgi-bin/sendsms")
    await client.start()
    with pytest.raises(SendError) as away:
        await client.send("8613800001111", "您好", "")
    assert away.value.reason == "unreachable"
    await client.stop()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("secret", "short"),
        ("secret", "with a blank and long"),
        ("allowed", ["everybody"]),
        ("numbers", "any"),
        ("send_url", "ftp://127.0.0.1"),
        ("sender", "Centre"),
    ],
)
def test_a_setting_that_can_not_be_is_told(key: str, value: object) -> None:
    with pytest.raises(ValidationError):
        KannelSettings.model_validate(SECTION | {key: value})
