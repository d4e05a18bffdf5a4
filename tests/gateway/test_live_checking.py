"""`haoban check --live` sends a test message for real, and waits for its receipt."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.demo.stand_ins.telegram_server import TelegramServer
from gateway.demo.stand_ins.twilio_orders import DELIVERED, NOTHING_TOLD, UNREACHABLE
from gateway.demo.stand_ins.twilio_server import TwilioServer
from tests.channels.smsc import smsc
from tests.channels.twilio import ACCOUNT, AUTH_TOKEN
from tests.contract.doors.telegram import BOT, SECRET_WORD
from tests.gateway.demo.stand_ins.handset import Handset
from tests.gateway.program import free_port, run, serving

PHONE, NUMBER = "13800005678", "+8613800005678"
FROM = "+8610000000000"


@pytest.fixture
def kind() -> str:
    return "sqlite"


@dataclass
class Installation:
    """A database, settings of Twilio's two channels that lead to a stand-in, and a program that takes its receipts."""

    url: str
    folder: Path
    given: dict[str, str]
    twilio: TwilioServer

    async def check(self, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
        return await asyncio.to_thread(run, self.folder, self.url, "check", *words, **self.given | more)


@pytest.fixture
async def installed(database_url: str, tmp_path: Path) -> AsyncIterator[Installation]:
    port = free_port()
    twilio = TwilioServer(ACCOUNT, AUTH_TOKEN)
    await twilio.start()
    given = {"SERVER__PUBLIC_URL": f"http://localhost:{port}", "SERVER__PORT": str(port)}
    for channel in ("TWILIO_SMS", "TWILIO_VOICE"):
        section = {"ENABLED": "true", "ACCOUNT_SID": ACCOUNT, "AUTH_TOKEN": AUTH_TOKEN, "FROM_NUMBER": FROM}
        section["API_BASE"] = twilio.url
        given |= {f"CHANNELS__{channel}__{name}": value for name, value in section.items()}
    program = serving(tmp_path, database_url, **given)
    await asyncio.to_thread(program.__enter__)
    yield Installation(database_url, tmp_path, given, twilio)
    program.__exit__(None, None, None)
    await twilio.stop()


def lines(told: subprocess.CompletedProcess[str], place: str) -> list[str]:
    return [line for line in told.stdout.splitlines() if place in line and "message" in line]


async def test_a_text_message_is_sent_and_its_receipt_waited_for(installed: Installation) -> None:
    installed.twilio.fate = lambda _to: DELIVERED
    told = await installed.check("--live", PHONE, "--by", "channels.twilio_sms")
    assert told.returncode == 0, told.stdout + told.stderr
    taken, *_, delivered = lines(told, "channels.twilio_sms")
    assert "taken over after" in taken
    assert "SM" in taken
    assert "delivered after" in delivered
    [message] = installed.twilio.took
    assert message.to == NUMBER
    assert "测试消息" in message.told()["body"]


async def test_what_the_carrier_says_of_a_lost_one_is_told(installed: Installation) -> None:
    installed.twilio.fate = lambda _to: UNREACHABLE
    told = await installed.check("--live", PHONE, "--by", "channels.twilio_sms")
    assert told.returncode == 1
    assert "!!  channels.twilio_sms" in lines(told, "channels.twilio_sms")[-1]
    assert "undelivered 30003" in lines(told, "channels.twilio_sms")[-1]


@pytest.mark.slow
async def test_a_receipt_that_never_comes_is_said_with_what_to_look_at(installed: Installation) -> None:
    installed.twilio.fate = lambda _to: NOTHING_TOLD
    told = await installed.check("--live", PHONE, "--by", "channels.twilio_sms", "--wait", "1")
    assert told.returncode == 1
    assert "accepted, but not delivered in 1 s: does `haoban serve` run" in told.stdout


async def test_a_refusal_is_told_with_its_reason(installed: Installation) -> None:
    installed.twilio.behaves = lambda _n, _to: "stopped"
    told = await installed.check("--live", PHONE, "--by", "channels.twilio_sms")
    assert told.returncode == 1
    assert "opted_out: Twilio 21610" in told.stdout


@pytest.mark.slow
async def test_every_channel_that_reaches_a_telephone_is_tried_and_a_call_is_heard_to_its_end(
    installed: Installation,
) -> None:
    installed.twilio.fate = lambda _to: DELIVERED
    installed.twilio.phones[NUMBER] = phone = Handset()
    told = await installed.check("--live", PHONE, "--language", "en")
    assert told.returncode == 0, told.stdout + told.stderr
    assert "delivered after" in lines(told, "channels.twilio_sms")[-1]
    assert "read after" in lines(told, "channels.twilio_voice")[-1]
    assert "This is a test message" in phone.texts[0]
    assert any("This is a test message" in one.text for one in phone.said)


@pytest.mark.slow
async def test_nothing_of_it_climbs_or_is_left_to_do(installed: Installation) -> None:
    installed.twilio.fate = lambda _to: UNREACHABLE
    await installed.check("--live", PHONE, "--by", "channels.twilio_sms")
    await asyncio.sleep(1)  # the program's own ladder looks at it too
    with sqlite3.connect(installed.url.removeprefix("sqlite://")) as database:
        assert database.execute("SELECT state FROM notification").fetchall() == [("failed",)]
        assert database.execute("SELECT place FROM message").fetchall() == [("channels.twilio_sms",)]
        assert database.execute("SELECT count(*) FROM desk_task").fetchone() == (0,)
        assert database.execute("SELECT action FROM audit_record").fetchall() == [("test message sent",)]
    database.close()


async def test_an_address_that_nothing_reaches_is_refused_with_what_there_is(installed: Installation) -> None:
    told = await installed.check("--live", "wang@example.com")
    assert told.returncode == 1
    assert "no channel reaches this address; channels switched on: channels.twilio_sms" in told.stderr
    assert installed.twilio.took == []


@pytest.mark.slow
async def test_a_chat_is_reached_by_its_bot(database_url: str, tmp_path: Path) -> None:
    telegram = TelegramServer(BOT)
    telegram.service.chats[77] = {"id": 77, "type": "private", "first_name": "王"}
    await telegram.start()
    given = {"ENABLED": "true", "TOKEN": BOT, "SECRET": SECRET_WORD, "API_BASE": telegram.url}
    given = {f"BOTS__TELEGRAM__{name}": value for name, value in given.items()}
    told = await asyncio.to_thread(run, tmp_path, database_url, "check", "--live", "77", **given)
    await telegram.stop()
    assert told.returncode == 0, told.stdout + told.stderr
    assert "sent after" in told.stdout


async def test_a_carriers_centre_brings_the_receipt_on_the_same_connection(database_url: str, tmp_path: Path) -> None:
    async with smsc() as centre:
        given = {f"CHANNELS__SMPP__{name.upper()}": str(value) for name, value in centre.section.items()}
        told = await asyncio.to_thread(run, tmp_path, database_url, "check", "--live", PHONE, **given)
    assert told.returncode == 0, told.stdout + told.stderr
    assert "delivered after" in told.stdout
