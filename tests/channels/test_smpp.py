"""SMPP with a carrier's centre that speaks it by another library, behaves well, and doesn't."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from shutil import copy
from typing import Any

import pytest
import smpp34
from aiohttp.test_utils import TestClient, TestServer
from pydantic import ValidationError

from channels.smpp import Smpp, SmppSettings
from core.codes import Status
from core.errors import SendError, Unavailable
from core.models import Case, LookupRecord, Message, MessageEvent
from core.ports import Outbound
from gateway.app import build
from gateway.house import House
from gateway.registry import switched_on
from gateway.settings import NotifySection, Server
from tests.channels.smsc import CENTRE, PHONE, Smsc, smsc
from tests.channels.twilio import Client
from tests.core.case_steps import TOLD, who_may
from tests.core.notify.waiting import until
from tests.county import SECRET, County, county_of, settings
from tests.gateway.program import free_port


@dataclass
class Line:
    county: County
    centre: Smsc


@pytest.fixture
def more() -> dict[str, Any]:
    """Settings that go over the usual."""
    return {}


@pytest.fixture
async def line(
    sqlite_county_template: Path, tmp_path: Path, form_files: Path, more: dict[str, Any]
) -> AsyncIterator[Line]:
    async with smsc() as centre:
        house = House(
            settings(
                f"sqlite://{copy(sqlite_county_template, tmp_path / 'haoban.db')}",
                form_files,
                server=Server(port=0, secret_key=SECRET),
                notify=NotifySection(quiet_from="03:00", quiet_until="03:00"),
                channels={"smpp": centre.section | more},
            )
        )
        await house.open()
        client: Client = TestClient(TestServer(build(house, switched_on(house.settings))))
        await client.start_server()
        await centre.seen(lambda one: one["event"] == "bind")
        yield Line(await county_of(house), centre)
        await client.close()
        await house.close()


async def noticed(line: Line, status: Status = Status.RECEIVED) -> Message:
    case = await Case.get(number=line.county.number(status))
    await Case.filter(id=case.id).update(mobile="13800001111")
    change = line.county.house.cases.move
    await change(case.number, Status.CORRECTION, who_may(Status.CORRECTION), data=TOLD[Status.CORRECTION])
    return await Message.get(notification__kind="correction")


def words(parts: list[dict[str, Any]]) -> str:
    return "".join(one["text"] for one in parts)


async def asked(line: Line, text: str, **how: Any) -> str:
    """The answer to a message."""
    before = line.centre.count("submit")
    await line.centre.say(text, **how)
    await line.centre.seen(lambda one: one["event"] == "taken" and one.get("order") == how["name"])
    return words(line.centre.of("submit")[before:])


# Questions


async def test_a_question_is_answered_to_the_telephone_that_asked(line: Line) -> None:
    county = line.county
    text = f"查询 {county.number(Status.REVIEWING)} {county.pin(Status.REVIEWING)}"
    answer = await asked(line, text, name="q")
    assert "审查中" in answer
    sent = line.centre.of("submit")[0]
    assert (sent["to"], sent["from"], sent["receipt"]) == (PHONE, CENTRE, 0)
    await county.house.audit.flush()
    assert await LookupRecord.filter(channel="sms").count() == 1


async def test_an_answer_in_english_goes_out_in_seven_bits(line: Line) -> None:
    answer = await asked(line, "help please", coding=0, name="q")
    assert answer.startswith("Service Centre: ")
    assert {one["coding"] for one in line.centre.of("submit")} == {0}


async def test_a_question_in_parts_is_answered_once_in_whatever_order_they_come(line: Line) -> None:
    county = line.county
    text = f"查询 {county.number(Status.REVIEWING)} {county.pin(Status.REVIEWING)} 谢谢"
    pieces = {2: text[10:], 1: text[:10]}
    for number, piece in pieces.items():
        await line.centre.say(piece, header=f"050003 2a 02 0{number}".replace(" ", ""), name=f"p{number}")
        await line.centre.seen(lambda one, name=f"p{number}": one["event"] == "taken" and one.get("order") == name)
    assert "审查中" in words(line.centre.of("submit"))


async def test_a_question_in_parts_is_not_lost_when_it_can_not_be_answered_at_first(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: Any) -> None:
        raise Unavailable("the database is away")

    await line.centre.say("居民身份", header="0500032a0201", name="p1")
    await line.centre.seen(lambda one: one["event"] == "taken" and one.get("order") == "p1")
    conversation = line.county.house.switchboard.conversation
    with monkeypatch.context() as patched:
        patched.setattr(type(conversation), "answer", away)
        await line.centre.say("证补领", header="0500032a0202", name="p2")
        failed = await line.centre.seen(lambda one: one["event"] == "taken" and one.get("order") == "p2")
        assert failed["status"] == 0x64
    for _ in range(2):  # a telephone may use the same reference for every message
        before = line.centre.count("submit")
        await line.centre.say("居民身份", header="0500032a0201", name="p1")
        await line.centre.say("证补领", header="0500032a0202", name="again")
        await line.centre.seen_more("submit", before)
        assert "居民身份证补领" in words(await settled(line, before))


async def settled(line: Line, before: int) -> list[dict[str, Any]]:
    """What was submitted since, once nothing more comes."""
    count = -1
    while count != line.centre.count("submit"):
        count = line.centre.count("submit")
        await asyncio.sleep(0.2)
    return line.centre.of("submit")[before:]


async def test_the_same_words_twice_are_two_messages(line: Line) -> None:
    await asked(line, "居民身份证", name="a")
    first = line.centre.count("submit")
    await asked(line, "1", coding=0, name="b")
    await asked(line, "1", coding=0, name="c")
    assert line.centre.count("submit") >= first + 2


async def test_a_message_that_comes_again_after_the_connection_broke_gets_the_same_answer(line: Line) -> None:
    county = line.county
    text = f"查询 {county.number(Status.REVIEWING)} {county.pin(Status.REVIEWING)}"
    before = await asked(line, text, name="a")
    await line.centre.do("drop")
    await line.centre.seen_more("bind", 1)
    count = line.centre.count("submit")
    await line.centre.say(text, name="b")
    await line.centre.seen(lambda one: one["event"] == "taken" and one.get("order") == "b")
    assert words(line.centre.of("submit")[count:]) == before
    await county.house.audit.flush()
    assert await LookupRecord.filter(channel="sms").count() == 1


async def test_a_channel_that_staff_switched_off_has_messages_sent_again_later(line: Line) -> None:
    await line.county.house.switches.switch("channels.smpp", on=False, by="admin")
    await line.centre.say("你好", name="q")
    taken = await line.centre.seen(lambda one: one["event"] == "taken")
    assert taken["status"] == 0x64
    assert line.centre.of("submit") == []


# Notices and receipts


async def test_a_long_notice_leaves_in_segments_and_has_arrived_when_all_of_them_have(line: Line) -> None:
    await line.centre.behave(receipts=False)
    message = await noticed(line)
    await until(message, "accepted")
    parts = line.centre.of("submit")
    assert words(parts) == message.text
    assert [one["esm_class"] for one in parts] == [0x40] * len(parts)
    assert len(parts) > 1
    assert {one["receipt"] for one in parts} == {1}
    assert message.provider_id == parts[0]["id"]
    for place, part in enumerate(parts, 1):
        await line.centre.do("report", id=part["id"], stat="DELIVRD")
        await line.centre.seen_more("taken", place - 1)
        await message.refresh_from_db()
        assert message.state == ("delivered" if place == len(parts) else "sent")


async def test_a_segment_that_was_not_delivered_fails_the_message(line: Line) -> None:
    await line.centre.behave(stat="UNDELIV")
    message = await noticed(line)
    await until(message, "failed")
    assert message.detail == "UNDELIV"


@pytest.mark.parametrize("how", [{"hex": True}, {"answer": "receipt first"}, {"after": 400}])
async def test_receipts_find_their_message_by_another_spelling_before_its_answer_and_late(
    line: Line, how: dict[str, Any]
) -> None:
    await line.centre.behave(**how)
    message = await noticed(line)
    await until(message, "delivered")
    states = {one.state for one in await MessageEvent.filter(message_id=message.id, source="receipt")}
    assert "delivered" in states


async def test_a_receipt_finds_its_message_after_the_program_was_started_anew(line: Line) -> None:
    """The name of the first segment is kept with the message itself."""
    await line.centre.behave(receipts=False)
    message = await noticed(line)
    await until(message, "accepted")
    fresh = Smpp(SmppSettings.model_validate(line.centre.section), line.county.house.switchboard)
    found = await fresh._names.find(message.provider_id, "")
    assert found is not None
    assert (found.message, found.total) == (message.id, len(line.centre.of("submit")))
    await fresh.stop()


async def test_a_name_in_another_spelling_is_taken_from_the_right_telephone_alone(line: Line) -> None:
    """The name 1000 is hexadecimal for 4096: a receipt for the one must not prove the other."""
    await line.centre.behave(receipts=False)
    message = await noticed(line)
    await until(message, "accepted")
    assert message.provider_id == "1000"
    await line.centre.do("report", id="4096", stat="DELIVRD", source="8613899999999")
    await line.centre.seen_more("taken", 0)
    assert not await MessageEvent.filter(message_id=message.id, source="receipt").exists()
    await line.centre.do("report", id="4096", stat="DELIVRD")
    await line.centre.seen_more("taken", 1)
    assert await MessageEvent.filter(message_id=message.id, source="receipt").count() == 1


async def test_receipts_of_nobody_are_taken_off_the_centre_s_hands(line: Line) -> None:
    await line.centre.do("report", id="999999", stat="DELIVRD")
    taken = await line.centre.seen(lambda one: one["event"] == "taken")
    assert taken["status"] == 0


# A centre that misbehaves


@pytest.fixture
async def channel(line: Line) -> Smpp:
    """The channel as the worker has it."""
    found = Smpp(SmppSettings.model_validate(line.centre.section), line.county.house.switchboard)
    await found.start()
    await line.centre.seen_more("bind", 1)
    await asyncio.sleep(0.05)
    return found


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("throttle", "throttled"),
        ("full", "throttled"),
        ("nack", "throttled"),
        ("nowhere", "invalid"),
        ("own", "rejected"),
        ("drop", "unknown"),
        ("garbage", "unknown"),
    ],
)
async def test_each_answer_is_put_into_our_terms(line: Line, channel: Smpp, answer: str, reason: str) -> None:
    await line.centre.behave(answer=answer)
    with pytest.raises(SendError) as refused:
        await channel.send(Outbound("+8613800001111", "您好", "zh", 0))
    assert refused.value.reason == reason
    if reason == "throttled":
        assert refused.value.retry_after
    await channel.stop()


async def test_a_long_message_of_which_a_part_is_gone_is_ended_patiently(line: Line, channel: Smpp) -> None:
    await line.centre.behave(receipts=False, only_first="throttle")
    sent = await channel.send(Outbound("+8613800001111", "您" * 200, "zh", 0))
    answers = [one["answer"] for one in line.centre.of("submit")]
    assert answers == ["ok", "throttle", "ok", "ok"]
    assert sent.provider_id == line.centre.of("submit")[0]["id"]
    await channel.stop()


async def test_a_refusal_in_the_middle_of_a_long_message_leaves_it_unknown(line: Line, channel: Smpp) -> None:
    await line.centre.behave(receipts=False, only_first="nowhere")
    with pytest.raises(SendError) as refused:
        await channel.send(Outbound("+8613800001111", "您" * 200, "zh", 0))
    assert refused.value.reason == "unknown"
    assert line.centre.count("submit") == 2
    await channel.stop()


async def test_a_centre_that_answers_too_slowly_is_sent_no_more_than_its_window(
    line: Line, channel: Smpp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("channels.smpp_session.WINDOW_S", 0.2)
    await line.centre.behave(answer="silent")
    many = [asyncio.create_task(channel.send(Outbound("+8613800001111", "您好", "zh", 0))) for _ in range(12)]
    done, _ = await asyncio.wait(many, timeout=2)
    assert len(done) == 2
    assert all(isinstance(one.exception(), SendError) and one.exception().reason == "throttled" for one in done)
    assert line.centre.count("submit") == 10
    for one in many:
        one.cancel()
    await asyncio.gather(*many, return_exceptions=True)
    await channel.stop()


async def test_a_centre_that_asks_for_fewer_is_left_alone_for_a_moment(line: Line, channel: Smpp) -> None:
    await line.centre.behave(answer="throttle")
    for _ in range(5):
        with pytest.raises(SendError, match="throttled"):
            await channel.send(Outbound("+8613800001111", "您好", "zh", 0))
    assert line.centre.count("submit") == 1
    await channel.stop()


async def test_a_centre_that_is_away_was_handed_nothing_and_is_found_again(line: Line, channel: Smpp) -> None:
    await line.centre.stop()
    await asyncio.sleep(0.2)
    with pytest.raises(SendError, match="unreachable"):
        await channel.send(Outbound("+8613800001111", "您好", "zh", 0))
    binds = line.centre.count("bind")
    await line.centre.start()
    await line.centre.seen_more("bind", binds + 1)
    await asyncio.sleep(0.1)
    assert (await channel.send(Outbound("+8613800001111", "您好", "zh", 0))).provider_id
    await channel.stop()


async def test_a_throttled_notice_is_sent_again(line: Line) -> None:
    await line.centre.behave(answer="throttle")
    message = await noticed(line)
    await until(message, "deferred")
    assert message.reason == "throttled"


async def test_both_sides_give_signs_of_life(line: Line) -> None:
    await line.centre.do("enquire")
    await line.centre.seen(lambda one: one["event"] == "alive" and one["status"] == 0)


async def test_a_silent_connection_is_asked_and_a_dead_one_made_anew(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("channels.smpp_session.ANSWER_S", 0.3)
    quick = SmppSettings.model_validate(line.centre.section).model_copy(update={"enquire_s": 0.2})
    live = Smpp(quick, line.county.house.switchboard)
    await live.start()
    await line.centre.seen_more("enquire_link", 0)
    binds = line.centre.count("bind")
    await line.centre.behave(answer="deaf")
    await line.centre.seen_more("bind", binds)
    await live.stop()


async def test_a_bind_that_is_refused_is_told_as_what_it_is(line: Line) -> None:
    wrong = line.centre.section | {"password": "wrong"}
    channel = Smpp(SmppSettings.model_validate(wrong), line.county.house.switchboard)
    with pytest.raises(SendError, match="ESME_RINVPASWD") as refused:
        await channel.probe()
    assert refused.value.reason == "config"
    await channel.start()
    await line.centre.seen(lambda one: one["event"] == "bind" and not one["known"])
    with pytest.raises(SendError, match="unreachable"):
        await channel.send(Outbound("+8613800001111", "您好", "zh", 0))
    await channel.stop()


async def test_check_binds_beside_what_is_bound_and_takes_leave(line: Line) -> None:
    channel = Smpp(SmppSettings.model_validate(line.centre.section), line.county.house.switchboard)
    assert await channel.probe() == "the SMSC let us bind and answers"
    await line.centre.seen(lambda one: one["event"] == "unbind")
    nobody = Smpp(
        SmppSettings.model_validate(line.centre.section | {"port": free_port()}), line.county.house.switchboard
    )
    with pytest.raises(SendError, match="unreachable"):
        await nobody.probe()


class TestSeveralBinds:
    @pytest.fixture
    def more(self) -> dict[str, Any]:
        return {"binds": 3, "window": 1, "numbers": "plus"}

    async def test_messages_go_out_by_all_of_them(self, line: Line) -> None:
        await line.centre.seen_more("bind", 2)
        message = await noticed(line)
        await until(message, "delivered")
        assert line.centre.of("submit")[0]["to"] == "+8613800001111"


async def test_a_second_library_s_centre_is_spoken_to_alike(line: Line) -> None:
    port = free_port()
    server = smpp34.Server("127.0.0.1", port, system_id="centre")
    await server.start()
    section = line.centre.section | {"port": port}
    channel = Smpp(SmppSettings.model_validate(section), line.county.house.switchboard)
    await channel.start()
    async with asyncio.timeout(20):
        bound = await server.next()
        assert isinstance(bound, smpp34.Esme)
        await asyncio.sleep(0.1)
        sending = asyncio.create_task(channel.send(Outbound("+8613800001111", "您好", "zh", 0)))
        came = await server.next()
        assert isinstance(came, smpp34.SubmitSmEvent)
        assert came.short_message.decode("utf-16-be") == "您好"
        came.accept("abc-1")
        assert (await sending).provider_id == "abc-1"
        county = line.county
        text = f"CX {county.number(Status.REVIEWING)} {county.pin(Status.REVIEWING)}"
        asking = asyncio.ensure_future(bound.deliver_sm(CENTRE, text.encode(), source_addr=PHONE, data_coding=1))
        answers = []
        while not asking.done() or not answers:
            event = await asyncio.wait_for(server.next(), 5)
            assert isinstance(event, smpp34.SubmitSmEvent)
            event.accept(f"a{len(answers)}")
            answers.append(event.short_message[6:] if event.esm_class & 0x40 else event.short_message)
            await asyncio.sleep(0.05)
        assert (await asking).is_success
    assert "审查中" in b"".join(answers).decode("utf-16-be")
    await channel.stop()
    await server.stop()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("system_id", ""),
        ("system_id", "longer than fifteen"),
        ("password", "longer than 8"),
        ("sender", "中心"),
        ("sender_npi", 2),
        ("window", 0),
        ("binds", 99),
        ("numbers", "local"),
    ],
)
def test_a_setting_that_can_not_be_is_told(key: str, value: object) -> None:
    with pytest.raises(ValidationError):
        SmppSettings.model_validate(Smsc(port=1).section | {key: value})
