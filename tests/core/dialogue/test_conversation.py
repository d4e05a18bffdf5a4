"""Conversations from beginning to end, on every medium, without any channel."""

from __future__ import annotations

import asyncio
import random
import re
from dataclasses import replace

import pytest

from core.asker import Asker
from core.codes import Status, TaskState
from core.dialogue.conversation import Conversation
from core.dialogue.medium import Medium
from core.dialogue.said import Keyed, Opened, Scanned, Tapped, Written
from core.dialogue.screens import Turn
from core.dialogue.session import Session, Sessions
from core.dialogue.shown import Shown
from core.errors import Unavailable
from core.models import Case, ServiceItem
from core.redis_line import RedisLine
from core.scratch import ProcessScratch, lasting, scratch
from gateway.dialogue import screens_of
from gateway.house import House
from gateway.settings import LimitsSection
from tests.county import county_of, settings

PHONE = "+8613800001234"
UNSPEAKABLE = re.compile(r"[()（）\[\]【】〔〕<>|*_#]|https?://|\d{5}")


def renderer(board, medium):
    return {Medium.TEXT: board.text, Medium.CHAT: board.chat, Medium.VOICE: board.speech}[medium]


class Talk:
    """A citizen at one end of the county's conversation."""

    def __init__(self, county, medium, address=PHONE):
        self.board, self.medium = county.house.switchboard, medium
        self.asker = Asker({Medium.TEXT: "sms", Medium.CHAT: "telegram", Medium.VOICE: "voice"}[medium], address)
        self.form = None

    async def say(self, said):
        self.form = await self.board.conversation.answer(self.asker, said, renderer(self.board, self.medium))
        return self.words

    async def write(self, text):
        return await self.say(Written(text))

    @property
    def words(self):
        if self.form is None:
            return ""
        return " ".join(part.text for part in self.form.parts) if self.medium is Medium.VOICE else self.form.text

    @property
    def shown(self) -> Shown:
        return self.form.shown


@pytest.fixture
async def patient(county_url, form_files):
    """The county without a limit to messages, for those who say a lot."""
    house = House(settings(county_url, form_files, limits=LimitsSection(messages="100000/minute")))
    await house.open()
    yield await county_of(house)
    await house.close()


async def test_the_language_is_that_of_the_words_and_then_the_last_one(county):
    talk = Talk(county, Medium.TEXT)
    assert "Demonstration County" in await talk.write("hello")
    assert "12-digit" in await talk.write("1")
    assert "12位" in await talk.write("查进度")


async def test_a_change_of_language_says_the_step_again(county):
    talk = Talk(county, Medium.TEXT)
    await talk.write(f"{county.number(Status.SPECIAL)} {county.pin(Status.SPECIAL)}")
    assert "clock stopped" in await talk.write("English")
    assert "暂停计时" in await talk.write("中文")


async def test_opting_out_outranks_what_is_going_on_and_leaves_it(county):
    talk = Talk(county, Medium.TEXT)
    await talk.write(county.number(Status.ACCEPTED))
    assert "不主动发送" in await talk.write("退订")
    assert "已受理" in await talk.write(county.pin(Status.ACCEPTED))


@pytest.mark.parametrize("medium", list(Medium))
async def test_a_paused_item_says_so_first_and_whom_to_ask(county, medium):
    item = await ServiceItem.get(task_code="DEMOGA001")
    item.task_state = TaskState.PAUSED
    await item.save()
    talk = Talk(county, medium)
    told = await talk.write("居民身份证补领")
    assert "目前暂停办理" in told[:60]
    assert "咨询：0000-1234501" in told or "咨询：零 零 零 零，幺 二 三 四，五 零 幺" in told
    assert "Not handled at present" in await talk.write("English")


async def test_an_old_button_is_answered_by_where_we_are(county):
    talk = Talk(county, Medium.CHAT)
    await talk.say(Opened())
    turn, key = talk.form.buttons[0].turn, talk.form.buttons[0].key
    await talk.say(Tapped(turn, key))
    assert "以前的按钮" in await talk.say(Tapped(turn, key))


async def test_a_code_opens_its_case_and_a_revoked_one_none(county):
    case = await Case.get(number=county.number(Status.ACCEPTED))
    token = county.house.keys.token(case.id, case.token_version)
    talk = Talk(county, Medium.CHAT)
    assert "已受理" in await talk.say(Opened(token))
    await Case.filter(id=case.id).update(token_version=2)
    assert "已作废" in await talk.say(Scanned(token))


async def test_the_memory_holds_no_pin_and_no_words(county):
    scratch = county.house.scratch
    talk = Talk(county, Medium.TEXT)
    await talk.write(f"{county.number(Status.ACCEPTED)} {county.pin(Status.ACCEPTED)}")
    await talk.write("我叫王大明，身份证丢了")
    kept = str(dict(scratch._kept._kept))
    assert county.pin(Status.ACCEPTED) not in kept
    assert "王大明" not in kept
    assert PHONE not in kept


async def test_messages_at_once_are_answered_each_and_in_turn(patient):
    talk = Talk(patient, Medium.TEXT)
    await talk.write("重来")
    talks = [Talk(patient, Medium.TEXT) for _ in range(8)]
    told = await asyncio.gather(*(one.write(text) for one, text in zip(talks, ["2", "上一步"] * 4, strict=True)))
    assert all(told)
    assert all("想办什么事" in text for text in told[::2])
    assert all("可以查办件进度" in text for text in told[1::2])


async def test_two_processes_share_a_conversation_over_redis(county_url, form_files, redis_server):
    houses = [House(settings(county_url, form_files, redis_server)) for _ in range(2)]
    for house in houses:
        await house.open()
    try:
        here, there = [
            Talk(await county_of(house), Medium.TEXT, f"+86137{random.randrange(10**8):08d}") for house in houses
        ]
        there.asker = here.asker
        county = await county_of(houses[0])
        await here.write(county.number(Status.ACCEPTED))
        assert "已受理" in await there.write(county.pin(Status.ACCEPTED))
        assert all(await asyncio.gather(*(one.write("帮助") for one in (here, there) * 3)))
    finally:
        for house in houses:
            await house.close()


async def test_a_call_goes_on_while_redis_is_away(county):
    house = county.house
    memory = lasting(scratch(RedisLine("redis://127.0.0.1:9/0")))
    flow = house.switchboard.conversation._flow
    conversation = Conversation(flow, Sessions(memory, house.keys), house.catalogues, house.keys, house.messages)
    talk = Talk(county, Medium.VOICE)
    talk.board = replace(house.switchboard, conversation=conversation)
    await talk.say(Opened())
    for keys in ("1", county.number(Status.ACCEPTED), county.pin(Status.ACCEPTED)):
        told = await talk.say(Keyed(keys))
    assert "已受理" in told


async def test_who_waits_behind_a_turn_of_their_own_that_does_not_end_is_told(county, monkeypatch):
    monkeypatch.setattr("core.dialogue.session.TURN_WAIT_S", 0.1)
    sessions = Sessions(ProcessScratch(), county.house.keys)
    async with sessions.turn(Asker("sms", PHONE), Medium.TEXT):
        with pytest.raises(Unavailable):
            async with sessions.turn(Asker("sms", PHONE), Medium.TEXT):
                pytest.fail("two turns at once")
        async with sessions.turn(Asker("sms", "+8613800000099"), Medium.TEXT):
            pass


async def test_a_session_of_another_version_is_begun_anew(county):
    scratch, keys = ProcessScratch(), county.house.keys
    sender = keys.sender(PHONE)
    for kept in ('{"colour": "red"}', "no json", '{"language": "zh", "offers": [{"key": "1"}]}'):
        await scratch.put(f"session:sms:{sender}", kept, 100)
        async with Sessions(scratch, keys).turn(Asker("sms", PHONE), Medium.TEXT) as session:
            assert session == replace(Session(), at=session.at)


async def test_a_word_beside_the_matter_leaves_what_was_awaited(county):
    voice, written = Talk(county, Medium.VOICE), Talk(county, Medium.TEXT)
    for said in (Opened(), Keyed("1"), Written("订阅", spoken=True)):
        await voice.say(said)
    assert voice.form.digits == len(county.number(Status.ACCEPTED))
    await written.write("查进度")
    await written.write("退订")
    assert "查询密码" in await written.write(county.number(Status.ACCEPTED))


async def test_the_pin_of_one_case_opens_no_other(county):
    """Stopped at one case by telephone, another asked for in writing: going on asks for the first one's PIN."""
    voice, written = Talk(county, Medium.VOICE), Talk(county, Medium.TEXT)
    await voice.say(Opened())
    for keys in ("1", county.number(Status.SPECIAL), county.pin(Status.SPECIAL)):
        await voice.say(Keyed(keys))
    await written.write(f"{county.number(Status.ACCEPTED)} {county.pin(Status.ACCEPTED)}")
    assert "接着来" in await written.write("帮助")
    told = await written.write("1")
    assert "已受理" not in told
    assert "密码" in told


@pytest.mark.parametrize("medium", Medium)
async def test_a_finished_case_is_rated_once_and_not_offered_again(county, medium):
    number = county.number(Status.COMPLETED)
    talk = Talk(county, medium)
    await talk.write(f"{number} {county.pin(Status.COMPLETED)}")
    await talk.write("评价")
    assert [offer.key for offer in talk.shown.offers][:5] == ["1", "2", "3", "4", "5"]
    assert "谢谢您的评价" in await talk.write("2")
    case = await Case.get(number=number)
    rated = await county.house.ratings.of(case.id)
    assert (rated.score, rated.channel) == (2, talk.asker.channel)
    await talk.write(f"{number} {county.pin(Status.COMPLETED)}")
    assert all("评价" not in offer.label for offer in talk.shown.offers)


@pytest.mark.parametrize("lead", ["rate:{}", "rated:{}:2", "code:{}", "status:{}"])
async def test_what_a_pin_opens_asks_for_it_who_has_not_given_it(county, lead):
    house, number = county.house, county.number(Status.COMPLETED)
    session = Session(granted=county.number(Status.ACCEPTED))
    turn = Turn(Asker("sms", PHONE), Medium.TEXT, session, house.catalogues["zh"])
    screens = screens_of(house)
    assert (await screens.open(lead.format(number), turn)).lead == f"pin:{number}"
    assert await house.ratings.of((await Case.get(number=number)).id) is None
