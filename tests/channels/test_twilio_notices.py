"""Notices through Twilio: receipts by its signed calls back, and calls that are heard to their end or not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from shutil import copy
from xml.etree import ElementTree as Xml

import pytest
from aiohttp.test_utils import TestClient, TestServer

from core.codes import Status
from core.models import Case, Message, MessageEvent
from gateway.app import build
from gateway.demo.stand_ins.twilio_server import TwilioServer
from gateway.house import House
from gateway.registry import switched_on
from gateway.settings import NotifySection, Server
from tests.channels.twilio import PUBLIC_URL, SECTION, Client, post, twilio_server
from tests.channels.typings import grammar
from tests.core.case_steps import TOLD, who_may
from tests.county import SECRET, County, county_of, settings

S = Status
STATUS, CALL = "/channels/twilio/status?message={}", "/channels/twilio/voice/notice?message={}"


@pytest.fixture
async def line(
    sqlite_county_template: Path, tmp_path: Path, form_files: Path
) -> AsyncIterator[tuple[County, Client, TwilioServer]]:
    provider = twilio_server()
    await provider.start()
    section = SECTION | {"api_base": provider.url}
    house = House(
        settings(
            f"sqlite://{copy(sqlite_county_template, tmp_path / 'haoban.db')}",
            form_files,
            server=Server(port=0, secret_key=SECRET, public_url=PUBLIC_URL),
            notify=NotifySection(quiet_from="03:00", quiet_until="03:00"),
            channels={"twilio_sms": section, "twilio_voice": section},
        )
    )
    await house.open()
    client: Client = TestClient(TestServer(build(house, switched_on(house.settings))))
    await client.start_server()
    yield await county_of(house), client, provider
    await client.close()
    await house.close()
    await provider.stop()


async def told(county: County, mobile: str) -> Message:
    """A notice to somebody with this telephone, once the provider has it."""
    case = await Case.get(number=county.number(S.RECEIVED))
    await Case.filter(id=case.id).update(mobile=mobile)
    await county.house.cases.move(case.number, S.CORRECTION, who_may(S.CORRECTION), data=TOLD[S.CORRECTION])
    return await Message.get(notification__kind="correction")


async def until(message: Message, state: str) -> None:
    async with asyncio.timeout(30):
        while message.state != state:
            await asyncio.sleep(0.02)
            await message.refresh_from_db()


async def heard(client: Client, path: str, **form: str) -> Xml.Element:
    answer = await post(client, path, {"CallSid": "CA1", **form})
    assert answer.status == 200
    return Xml.fromstring(await answer.text())  # noqa: S314  (our own answer)


async def test_a_notice_goes_out_and_its_receipts_come_back(line: tuple[County, Client, TwilioServer]) -> None:
    county, client, provider = line
    message = await told(county, "13800001111")
    await until(message, "accepted")
    back = provider.took[0].callback.removeprefix(PUBLIC_URL)
    assert back == STATUS.format(message.id)
    form = {"MessageSid": provider.took[0].sid}
    for word in ("sent", "delivered", "delivered", "sent", "nonsense"):
        assert (await post(client, back, form | {"MessageStatus": word})).status == 204
    await until(message, "delivered")
    kept = await MessageEvent.filter(message_id=message.id, source="receipt").order_by("id")
    assert [one.word for one in kept] == ["sent", "delivered", "delivered", "sent"]


async def test_a_receipt_that_twilio_did_not_sign_says_nothing(line: tuple[County, Client, TwilioServer]) -> None:
    county, client, _ = line
    message = await told(county, "13800001111")
    await until(message, "accepted")
    form = {"MessageSid": "SM1", "MessageStatus": "delivered"}
    path = STATUS.format(message.id)
    assert (await post(client, path, form, signed="forged")).status == 403
    # Signed for another message's address:
    other = STATUS.format(message.id + 1)
    assert (await post(client, other, form)).status == 404
    assert (await post(client, "/channels/twilio/status?message=x", form)).status == 400
    assert (await post(client, path, {"MessageSid": "SM1"})).status == 400
    await message.refresh_from_db()
    assert message.state == "accepted"


async def test_a_failure_is_told_with_its_number(line: tuple[County, Client, TwilioServer]) -> None:
    county, client, _ = line
    message = await told(county, "13800001111")
    await until(message, "accepted")
    form = {"MessageSid": "SM1", "MessageStatus": "undelivered", "ErrorCode": "30003"}
    await post(client, STATUS.format(message.id), form)
    await until(message, "failed")
    assert message.detail == "undelivered 30003"


async def test_a_call_says_the_notice_again_on_one_and_is_proven_by_a_person_at_its_end(
    line: tuple[County, Client, TwilioServer],
) -> None:
    county, client, provider = line
    message = await told(county, "0312-7654321")
    await until(message, "accepted")
    assert provider.took[0].url == PUBLIC_URL + CALL.format(message.id)
    answer = await heard(client, CALL.format(message.id), AnsweredBy="human")
    words = "".join("".join(said.itertext()) for said in answer.iter("Say"))
    assert "示例县政务服务中心" in words
    assert "需要补正" in words
    assert "再听一遍，请按一" in words
    assert "http" not in words
    gather = answer.find("Gather")
    assert gather is not None
    step = gather.attrib["action"].removeprefix(PUBLIC_URL)
    again = await heard(client, step, Digits="1")
    assert "需要补正" in "".join(again.itertext())
    onward = again.find("Redirect")
    assert onward is not None
    await heard(client, str(onward.text).removeprefix(PUBLIC_URL))
    await until(message, "read")
    assert message.heard_by == "person"
    await post(
        client, f"/channels/twilio/voice/status?message={message.id}", {"CallSid": "CA1", "CallStatus": "completed"}
    )
    await message.refresh_from_db()
    assert message.state == "read"
    for one in (answer, again):
        assert grammar("VoiceResponse").problems(one, "VoiceResponse") == []


async def test_a_machine_that_takes_the_call_is_noted_as_one(line: tuple[County, Client, TwilioServer]) -> None:
    county, client, _ = line
    message = await told(county, "0312-7654321")
    await until(message, "accepted")
    answer = await heard(client, CALL.format(message.id), AnsweredBy="machine_end_beep")
    onward = answer.find("Redirect")
    assert onward is not None
    await heard(client, str(onward.text).removeprefix(PUBLIC_URL))
    await until(message, "delivered")
    assert message.heard_by == "machine"


@pytest.mark.parametrize("word", ["busy", "no-answer", "failed", "completed"])
async def test_a_call_that_nobody_hears_to_its_end_failed(line: tuple[County, Client, TwilioServer], word: str) -> None:
    county, client, _ = line
    message = await told(county, "0312-7654321")
    await until(message, "accepted")
    form = {"CallSid": "CA1", "CallStatus": word}
    await post(client, f"/channels/twilio/voice/status?message={message.id}", form)
    await until(message, "failed")


async def test_a_call_about_no_message_says_nothing(line: tuple[County, Client, TwilioServer]) -> None:
    _, client, _ = line
    assert (await post(client, CALL.format(999), {"CallSid": "CA1"})).status == 404
