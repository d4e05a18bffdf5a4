"""The real Kannel between a carrier and us: questions and answers, notices and receipts, a carrier that goes away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from shutil import copy

import pytest
from aiohttp.test_utils import TestClient, TestServer

from channels.kannel import Kannel
from core.codes import Status
from core.errors import SendError
from core.models import Case, Message, MessageEvent
from gateway.app import build
from gateway.house import House
from gateway.registry import switched_on
from gateway.settings import NotifySection, Server
from tests.channels.kannel import CENTRE, PHONE, KannelServer, kannel
from tests.channels.twilio import Client
from tests.core.case_steps import TOLD, who_may
from tests.core.notify.waiting import until
from tests.county import SECRET, County, county_of, settings


@pytest.fixture
async def line(
    sqlite_county_template: Path, tmp_path: Path, form_files: Path
) -> AsyncIterator[tuple[County, KannelServer]]:
    with kannel(tmp_path) as gateway:
        await gateway.start()
        house = House(
            settings(
                f"sqlite://{copy(sqlite_county_template, tmp_path / 'haoban.db')}",
                form_files,
                server=Server(port=0, secret_key=SECRET),
                notify=NotifySection(quiet_from="03:00", quiet_until="03:00"),
                channels={"kannel": gateway.section},
            )
        )
        await house.open()
        client: Client = TestClient(TestServer(build(house, switched_on(house.settings)), port=gateway.ours))
        await client.start_server()
        yield await county_of(house), gateway
        await client.close()
        await house.close()


async def noticed(county: County, status: Status = Status.RECEIVED) -> Message:
    """A notice to a telephone."""
    case = await Case.get(number=county.number(status))
    await Case.filter(id=case.id).update(mobile="13800001111")
    change = county.house.cases.move
    await change(case.number, Status.CORRECTION, who_may(Status.CORRECTION), data=TOLD[Status.CORRECTION])
    return await Message.get(notification__kind="correction")


async def test_a_question_is_answered_through_the_carrier(line: tuple[County, KannelServer]) -> None:
    county, gateway = line
    question = f"CX {county.number(Status.REVIEWING)} {county.pin(Status.REVIEWING)}"
    with gateway.connected(question) as carrier:
        answer = await carrier.first()
    assert (answer.to, answer.sender) == (PHONE, CENTRE)
    assert answer.text.startswith("【示例政务】")
    assert "审查中" in answer.text


async def test_a_question_in_chinese_is_read_and_a_long_answer_arrives_whole(line: tuple[County, KannelServer]) -> None:
    _, gateway = line
    with gateway.connected("居民身份证补领") as carrier:
        answer = await carrier.first()
    assert len(answer.text) > 70
    assert "居民身份证补领" in answer.text


async def test_an_answer_in_english_arrives_in_seven_bits(line: tuple[County, KannelServer]) -> None:
    _, gateway = line
    with gateway.connected("help please") as carrier:
        answer = await carrier.first()
    assert answer.text.startswith("Service Centre: ")


async def test_a_notice_arrives_whole_and_its_receipts_prove_it(line: tuple[County, KannelServer]) -> None:
    county, gateway = line
    with gateway.connected() as carrier:
        message = await noticed(county)
        got = await carrier.first()
        await until(message, "delivered")
    assert got.text == message.text
    assert got.to == "8613800001111"
    # Receipts come by requests of their own, of which the later one may be the quicker.
    async with asyncio.timeout(10):
        while {one.state for one in await MessageEvent.filter(message_id=message.id, source="receipt")} != {  # noqa: ASYNC110
            "sent",
            "delivered",
        }:
            await asyncio.sleep(0.05)
    assert message.provider_id


async def test_a_notice_waits_in_kannel_for_a_carrier_that_is_away(line: tuple[County, KannelServer]) -> None:
    county, gateway = line
    message = await noticed(county)
    await until(message, "accepted")
    with gateway.connected() as carrier:
        got = await carrier.first()
        await until(message, "delivered")
    assert got.text == message.text


async def until_online(channel: Kannel) -> str:
    async with asyncio.timeout(10):
        while True:
            try:
                return await channel.probe()
            except SendError:
                await asyncio.sleep(0.05)


async def test_check_tells_how_many_connections_to_carriers_are_online(line: tuple[County, KannelServer]) -> None:
    county, gateway = line
    channel = Kannel(Kannel.Settings.model_validate(gateway.section), county.house.switchboard)
    await channel.start(receiving=False)
    with pytest.raises(SendError, match="no connection to a carrier"):
        await channel.probe()
    with gateway.connected():
        assert await until_online(channel) == "answers, 1 of 1 connections to carriers online"
    wrong = gateway.section | {"status_url": "", "password": "not the password"}
    stranger = Kannel(Kannel.Settings.model_validate(wrong), county.house.switchboard)
    await stranger.start(receiving=False)
    with pytest.raises(SendError, match="config"):
        await stranger.probe()
    await channel.stop()
    await stranger.stop()
