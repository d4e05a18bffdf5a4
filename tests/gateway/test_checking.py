"""`haoban check` asks the other side of each channel, and tells what it answers."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from gateway.demo.stand_ins.telegram_server import TelegramServer
from tests.channels.mail_server import mail_server
from tests.channels.twilio import ACCOUNT, AUTH_TOKEN, twilio_server
from tests.contract.doors.telegram import BOT, SECRET_WORD
from tests.gateway.program import free_port, run

TWILIO = {
    "CHANNELS__TWILIO_SMS__ENABLED": "true",
    "CHANNELS__TWILIO_SMS__ACCOUNT_SID": ACCOUNT,
    "CHANNELS__TWILIO_SMS__AUTH_TOKEN": AUTH_TOKEN,
    "CHANNELS__TWILIO_SMS__FROM_NUMBER": "+15005550006",
}
TELEGRAM = {"BOTS__TELEGRAM__ENABLED": "true", "BOTS__TELEGRAM__TOKEN": BOT, "BOTS__TELEGRAM__SECRET": SECRET_WORD}


@pytest.fixture
def kind() -> str:
    return "sqlite"


async def test_each_other_side_is_asked_and_the_balance_told(county_url: str, tmp_path: Path) -> None:
    provider, telegram = twilio_server(), TelegramServer(BOT)
    await provider.start()
    await telegram.start()
    there = {"CHANNELS__TWILIO_SMS__API_BASE": provider.url, "BOTS__TELEGRAM__API_BASE": telegram.url}
    told = await asyncio.to_thread(run, tmp_path, county_url, "check", **TWILIO, **TELEGRAM, **there)
    await telegram.stop()
    await provider.stop()
    assert told.returncode == 0, told.stdout + told.stderr
    assert "ok  channels.twilio_sms    on, from_number +15005550006; answers, balance 12.30 USD" in told.stdout
    assert "ok  bots.telegram          on, mode webhook; answers, the bot is @" in told.stdout
    assert provider.took == []


async def test_the_mail_server_is_asked_too(county_url: str, tmp_path: Path) -> None:
    async with mail_server() as server:
        given = {f"CHANNELS__EMAIL__{name.upper()}": str(value) for name, value in server.section().items()}
        told = await asyncio.to_thread(run, tmp_path, county_url, "check", **given)
        assert told.returncode == 0, told.stdout + told.stderr
        assert "ok  channels.email         on, sender tongzhi@haoban.example, host 127.0.0.1" in told.stdout
        assert "; answers" in told.stdout
        assert server.mails == []


def test_a_side_that_does_not_answer_is_told_and_fails(county_url: str, tmp_path: Path) -> None:
    nowhere = {"CHANNELS__TWILIO_SMS__API_BASE": f"http://127.0.0.1:{free_port()}"}
    told = run(tmp_path, county_url, "check", **TWILIO, **nowhere)
    assert told.returncode == 1
    assert "!!  channels.twilio_sms    on, from_number +15005550006; unreachable" in told.stdout
