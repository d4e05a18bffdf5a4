"""Notices in a chat: followed where one is, sent there first, and by text message where the chat doesn't take them."""

from __future__ import annotations

import asyncio
from shutil import copy

import pytest
from aiohttp.test_utils import TestClient, TestServer

from core.codes import Status
from core.models import Case, Message, Notification, Subscription
from gateway.app import build
from gateway.demo.stand_ins.telegram_methods import Refused
from gateway.demo.stand_ins.telegram_server import TelegramServer
from gateway.house import House
from gateway.registry import switched_on
from gateway.settings import LimitsSection, NotifySection, Server
from tests.bots.citizen import PUBLIC_URL, SECRET_WORD, TOKEN, Chat
from tests.channels.twilio import SECTION, twilio_server
from tests.core.case_steps import TOLD, who_may
from tests.county import SECRET, county_of, settings

S = Status
MOBILE = "+8613800001111"


@pytest.fixture
async def chat(sqlite_county_template, tmp_path, form_files):
    """A chat with the bot of a centre that sends text messages too."""
    telegram, provider = TelegramServer(TOKEN), twilio_server()
    telegram.service.chats[77] = {"id": 77, "type": "private", "first_name": "王"}
    await telegram.start()
    await provider.start()
    house = House(
        settings(
            f"sqlite://{copy(sqlite_county_template, tmp_path / 'haoban.db')}",
            form_files,
            server=Server(port=0, secret_key=SECRET, public_url=PUBLIC_URL),
            limits=LimitsSection(messages="1000/minute"),
            notify=NotifySection(quiet_from="03:00", quiet_until="03:00"),
            bots={"telegram": {"enabled": True, "token": TOKEN, "secret": SECRET_WORD, "api_base": telegram.url}},
            channels={"twilio_sms": SECTION | {"api_base": provider.url}},
        )
    )
    await house.open()
    await Case.filter(status=S.RECEIVED).update(mobile="13800001111")
    client = TestClient(TestServer(build(house, switched_on(house.settings))))
    await client.start_server()
    await telegram.called("setWebhook")
    made = Chat(await county_of(house), client, telegram)
    made.provider = provider
    yield made
    await client.close()
    await house.close()
    await telegram.stop()
    await provider.stop()


async def opened(chat):
    number = chat.county.number(S.RECEIVED)
    await chat.text(f"{number} {chat.county.pin(S.RECEIVED)}")
    return await Case.get(number=number)


async def moved(chat, case, to):
    await chat.county.house.cases.move(case.number, to, who_may(to), reason="说明", data=TOLD.get(to, {}))


async def until(found, within_s=30):
    async with asyncio.timeout(within_s):
        while not await found():  # noqa: ASYNC110  (the database rings no bell for tests)
            await asyncio.sleep(0.02)


async def test_a_case_that_is_followed_is_told_in_the_chat_and_that_ends_the_ladder(chat):
    case = await opened(chat)
    assert "都会发到这里" in await chat.text("订阅")
    await until(lambda: Message.filter(notification__kind="diverted", state="accepted").exists())
    assert "今后先发到聊天软件" in chat.provider.took[0].body
    assert chat.provider.took[0].to == MOBILE
    await moved(chat, case, S.ACCEPTED)
    await until(lambda: Notification.filter(kind="accepted", state="told").exists())
    sent = [call.fields for call in chat.telegram.calls if call.method == "sendMessage"][-1]
    assert sent["text"].startswith("您的“")
    assert "退订" not in sent["text"]
    assert [one.to for one in chat.provider.took] == [MOBILE]  # of the diversion, and nothing else


async def test_who_blocked_the_bot_is_told_by_text_message(chat):
    case = await opened(chat)
    await chat.text("订阅")
    chat.telegram.orders["sendMessage"].append(Refused(403, "Forbidden: bot was blocked by the user"))
    await moved(chat, case, S.ACCEPTED)
    await until(lambda: Message.filter(notification__kind="accepted", kind="text", state="accepted").exists())
    first = await Message.get(notification__kind="accepted", kind="chat")
    assert (first.state, first.reason) == ("failed", "opted_out")


async def test_a_chat_is_left_by_a_button_and_by_a_word(chat):
    case = await opened(chat)
    await chat.text("订阅")
    assert await Subscription.all().count() == 1
    assert "不再发送它的通知" in await chat.text("不再告诉我")
    assert await Subscription.all().count() == 0
    await chat.text("订阅")
    assert "不再发送" in await chat.text("退订")
    await moved(chat, case, S.ACCEPTED)
    kinds = [one.kind for one in await Message.filter(notification__kind="accepted")]
    assert kinds == ["text"]
    assert "已恢复" in await chat.text("恢复")


async def test_announcements_of_an_item_are_followed_from_its_screen(chat):
    await chat.text("居民身份证补领")
    assert "公告会发到这里" in await chat.text("订阅")
    [one] = await Subscription.all()
    assert one.topic.startswith("item:")
    assert (one.place, one.address) == ("bots.telegram", "77")


async def test_without_a_case_or_an_item_one_is_told_how(chat):
    assert "再发“订阅”" in await chat.text("/subscribe")


async def test_the_announcements_of_a_department_and_of_the_centre_are_followed_too(chat):
    await chat.text("/subscribe")
    assert "全中心的公告会发到这里" in await chat.text("订阅全中心公告")
    await chat.text("按部门找")
    await chat.text("示例县公安局")
    assert "示例县公安局的公告会发到这里" in await chat.text("订阅")
    topics = {one.topic for one in await Subscription.all()}
    assert topics == {"all", "department:示例县公安局"}
