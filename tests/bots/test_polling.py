"""The bot that asks for its updates: through outages and restarts none is lost and none answered twice."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from shutil import copy

import pytest
from aiohttp.test_utils import TestClient, TestServer

from bots import telegram, telegram_polling
from gateway.app import build
from gateway.demo.stand_ins.telegram_methods import Refused
from gateway.demo.stand_ins.telegram_server import Garbled, HangUp, TelegramServer
from gateway.house import House
from gateway.registry import switched_on
from tests.bots.citizen import HEADER, PERSON, TOKEN
from tests.county import settings


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    """Tries again at once, and asks for short."""
    monkeypatch.setattr(telegram, "SETTLE_AGAIN_S", (0.05,))
    monkeypatch.setattr(telegram_polling, "AGAIN_S", (0.05,))
    monkeypatch.setattr(telegram_polling, "TRY_AGAIN_S", (0.05, 0.05))
    monkeypatch.setattr(telegram_polling, "OFF_S", 0.05)


@pytest.fixture
async def service():
    made = TelegramServer(TOKEN)
    made.service.chats[77] = {"id": 77, "type": "private", "first_name": "王"}
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
def running(sqlite_county_template, tmp_path, form_files, service):
    """Runs the program over the same database each time it is asked for."""
    database = f"sqlite://{copy(sqlite_county_template, tmp_path / 'haoban.db')}"

    @asynccontextmanager
    async def run():
        bot = {"enabled": True, "token": TOKEN, "mode": "polling", "api_base": service.url}
        house = House(settings(database, form_files, bots={"telegram": bot}))
        await house.open()
        client = TestClient(TestServer(build(house, switched_on(house.settings))))
        await client.start_server()
        client.house = house
        try:
            yield client
        finally:
            await asyncio.wait_for(client.close(), 5)
            await house.close()

    return run


async def write(service, text):
    message = {"message_id": 1, "date": 0, "chat": {"id": 77, "type": "private"}, "from": PERSON, "text": text}
    return await service.send(message=message)


async def told(service, times):
    """What was said so far, once it was said so often and all updates are taken."""
    calls = await service.called("sendMessage", times)
    await service.settled()
    return [call.fields["text"] for call in calls if call.answer and call.answer["ok"]]


async def test_updates_are_asked_for_and_no_webhook_is_open(service, running):
    async with running() as client:
        await service.called("deleteWebhook")
        await write(service, "你好")
        (answer,) = await told(service, 1)
        assert "可以查办件进度" in answer
        assert (await client.post("/bots/telegram", json={}, headers=HEADER)).status == 404


async def test_a_telegram_that_is_away_at_the_start_keeps_nobody_waiting(service, running):
    await service.stop()
    async with running() as client:
        assert (await client.get("/healthz")).status == 200
        await service.start()
        await write(service, "你好")
        assert len(await told(service, 1)) == 1


async def test_what_was_written_during_an_outage_is_answered_once_it_is_over(service, running):
    async with running():
        await write(service, "你好")
        await told(service, 1)
        await service.stop()
        await write(service, "身份证丢了")
        await service.start()
        assert len(answers := await told(service, 2)) == 2
        assert "哪一项" in answers[1]


async def test_while_staff_have_it_switched_off_nothing_is_asked_for_and_nothing_lost(service, running):
    async with running() as client:
        await service.called("getUpdates")
        await client.house.switches.switch("bots.telegram", on=False, by="admin")
        # The round that was under way ends with what comes first.
        await write(service, "你好")
        await service.called("sendMessage")
        asked = len([call for call in service.calls if call.method == "getUpdates"])
        await write(service, "身份证丢了")
        await asyncio.sleep(0.5)
        assert len([call for call in service.calls if call.method == "getUpdates"]) == asked
        assert len(await service.called("sendMessage")) == 1
        await client.house.switches.switch("bots.telegram", on=True, by="admin")
        assert len(await told(service, 2)) == 2


@pytest.mark.parametrize(
    "failure",
    [Garbled(), Garbled(200, "{}"), HangUp(done=True), Refused(409, "Conflict"), Refused(429, "Too Many Requests", 1)],
    ids=lambda failure: type(failure).__name__,
)
async def test_a_failure_while_asking_loses_nothing(service, running, failure):
    service.orders["getUpdates"].append(failure)
    async with running():
        await write(service, "你好")
        assert len(await told(service, 1)) == 1


async def test_a_restart_answers_what_came_meanwhile_and_nothing_twice(service, running):
    async with running():
        await write(service, "你好")
        await told(service, 1)
    await write(service, "身份证丢了")
    async with running():
        answers = await told(service, 2)
    assert len(answers) == 2
    assert "哪一项" in answers[1]


async def test_an_answer_that_fails_is_tried_again(service, running, monkeypatch):
    failing = [RuntimeError("the database was away"), RuntimeError("still")]
    answered = telegram.Telegram._answer

    async def fails_twice(self, arrived):
        if failing:
            raise failing.pop()
        await answered(self, arrived)

    monkeypatch.setattr(telegram.Telegram, "_answer", fails_twice)
    async with running():
        await write(service, "你好")
        assert len(await told(service, 1)) == 1
    assert failing == []


async def test_an_update_that_can_not_be_read_holds_up_no_other(service, running):
    async with running():
        await service.send(message={"message_id": "no number", "chat": 5})
        await write(service, "你好")
        assert len(await told(service, 1)) == 1
