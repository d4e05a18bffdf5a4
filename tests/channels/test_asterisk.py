"""Calls that the exchange brings: keys at any moment, the operator, hanging up, and who may call at all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from shutil import copy

import pytest
from aiohttp.test_utils import TestClient, TestServer

from channels.asterisk import Asterisk
from core.codes import Status
from core.errors import SendError, SettingsError
from core.local_time import ZONE
from core.models import Case, LookupRecord, Message
from gateway.app import build
from gateway.house import House
from gateway.registry import switched_on
from gateway.settings import CentreSection, NotifySection, Server
from tests.channels.exchange import HANG_UP, WAIT, Exchange, Manager, speech_service
from tests.channels.twilio import Client
from tests.core.case_steps import TOLD, who_may
from tests.core.notify.waiting import until
from tests.county import SECRET, County, county_of, settings
from tests.gateway.program import free_port

WORKING = datetime(2026, 11, 25, 10, 0, tzinfo=ZONE)
AT_NIGHT = datetime(2026, 11, 25, 23, 0, tzinfo=ZONE)


@dataclass
class Line:
    county: County
    exchange: Exchange
    manager: Manager
    section: dict[str, object]


@pytest.fixture
async def line(sqlite_county_template: Path, tmp_path: Path, form_files: Path) -> AsyncIterator[Line]:
    manager, port = Manager(), free_port()
    await manager.start()
    async with speech_service() as url:
        section = {
            "enabled": True,
            "listen": f"127.0.0.1:{port}",
            "ami": f"127.0.0.1:{manager.port}",
            "ami_username": manager.username,
            "ami_password": manager.password,
            "per_second": 0,
            "speech": {"engine": "http", "url": url, "folder": str(tmp_path / "speech")},
        }
        house = House(
            settings(
                f"sqlite://{copy(sqlite_county_template, tmp_path / 'haoban.db')}",
                form_files,
                server=Server(port=0, secret_key=SECRET),
                centre=CentreSection(operator="12345"),
                notify=NotifySection(quiet_from="03:00", quiet_until="03:00"),
                channels={"asterisk": section},
            )
        )
        await house.open()
        client: Client = TestClient(TestServer(build(house, switched_on(house.settings))))
        await client.start_server()
        yield Line(await county_of(house), Exchange(port), manager, section)
        await client.close()
        await house.close()
    await manager.stop()


async def test_the_line_says_first_what_it_does_and_how_to_change_the_language(line: Line) -> None:
    call = await line.exchange.call(HANG_UP)
    assert call.commands[0] == "ANSWER"
    assert call.heard[0].startswith("您好，这里是示例县政务服务中心自助热线。")
    english = next(n for n, words in enumerate(call.heard) if "English" in words)
    assert english < next(n for n, words in enumerate(call.heard) if "查办件进度，请按一" in words)


async def test_nobody_is_asked_to_speak_on_a_line_that_takes_keys_alone(line: Line) -> None:
    call = await line.exchange.call("1", "*", "2", WAIT, WAIT, HANG_UP)
    assert "请按回执上的十二位查询号。" in call.words
    for asking in ("请说", "直接说", "慢慢说", "没有听清"):
        assert asking not in call.words


@pytest.mark.parametrize("barges", [False, True])
async def test_a_key_is_taken_while_the_line_speaks_and_after(line: Line, barges: bool) -> None:
    line.exchange.barges = barges
    county = line.county
    keys = ("1", county.number(Status.REVIEWING), county.pin(Status.REVIEWING))
    call = await line.exchange.call(*keys, WAIT, HANG_UP)
    assert "现在的状态是，审查中。" in call.words
    said_before_the_first_key = call.heard.index("请按回执上的十二位查询号。")
    assert said_before_the_first_key == (1 if barges else 6)


async def test_a_number_and_a_pin_are_keyed_in_digit_by_digit(line: Line) -> None:
    county = line.county
    await line.exchange.call("1", county.number(Status.REVIEWING), county.pin(Status.REVIEWING), HANG_UP)
    await county.house.audit.flush()
    [record] = await LookupRecord.filter(channel="voice")
    assert (record.number, record.outcome) == (county.number(Status.REVIEWING), "told")


async def test_a_star_takes_back_what_was_keyed_and_a_hash_ends_it(line: Line) -> None:
    number = line.county.number(Status.REVIEWING)
    call = await line.exchange.call("1", "2611*", number, "#", HANG_UP)
    assert "没有收到，一共要十二位数字" in call.words or "12" in call.words
    assert call.words.rstrip().endswith("再见。")


async def test_silence_three_times_ends_the_call_politely(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.dialogue.front_screens.now", lambda: AT_NIGHT)
    call = await line.exchange.call(WAIT, WAIT, WAIT)
    assert call.over == "line"
    assert call.last().endswith("再见。")
    assert [one for one in call.commands if one.startswith("WAIT")] == ["WAIT FOR DIGIT 6000"] * 3


async def test_a_caller_is_put_through_in_office_hours(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.dialogue.front_screens.now", lambda: WORKING)
    call = await line.exchange.call("0")
    assert 'EXEC Dial "PJSIP/12345@carrier,30"' in call.commands
    assert call.over == "line"


@pytest.mark.parametrize("how", ["BUSY", "NOANSWER", "CHANUNAVAIL", ""])
async def test_a_caller_whom_nobody_answers_is_not_left_alone(
    line: Line, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.dialogue.front_screens.now", lambda: WORKING)
    line.exchange.dialled = how
    call = await line.exchange.call("0", "1", HANG_UP)
    assert "人工忙，没有人接听" in call.words
    assert "请按回执上的十二位查询号" in call.words


async def test_a_caller_may_hang_up_at_any_moment_and_go_on_later(line: Line) -> None:
    first = await line.exchange.call("1", "2611", HANG_UP)
    assert first.over == "caller"
    line.exchange.barges = True
    await line.exchange.call(HANG_UP)
    line.exchange.barges = False
    again = await line.exchange.call("1", HANG_UP)
    assert "上次您在查办件进度" in again.words
    assert "请按回执上的十二位查询号" in again.words


async def test_two_callers_without_a_number_are_strangers_to_each_other(line: Line) -> None:
    await line.exchange.call("1", HANG_UP, caller="unknown", name="1.1")
    other = await line.exchange.call(HANG_UP, caller="unknown", name="1.2")
    assert "上次您在" not in other.words


async def test_a_sound_that_is_missing_does_not_end_the_call(line: Line) -> None:
    line.exchange.missing = True
    call = await line.exchange.call("1", HANG_UP)
    assert call.commands.count("WAIT FOR DIGIT 8000") == 1


async def test_a_line_that_staff_switched_off_leaves_the_caller_to_the_dialplan(line: Line) -> None:
    await line.county.house.switches.switch("channels.asterisk", on=False, by="admin")
    call = await line.exchange.call("1")
    assert call.commands == []


async def test_what_is_no_call_is_sent_away(line: Line) -> None:
    for opening in (b"GET / HTTP/1.1\r\n\r\n", b"agi_x: y\n" * 300, b"x" * 9000, b"agi_network: yes\n\n"):
        reader, writer = await asyncio.open_connection("127.0.0.1", line.exchange.port)
        writer.write(opening)
        if opening.startswith(b"agi_network"):
            assert await reader.readline() == b"ANSWER\n"
            writer.write(b"nonsense\n")
        async with asyncio.timeout(5):
            assert await reader.read() == b""
        writer.close()


async def test_a_network_that_may_not_call_is_sent_away_and_so_is_one_call_too_many(line: Line) -> None:
    switchboard = line.county.house.switchboard
    for more in ({"allowed": ["192.0.2.0/24"]}, {"most_calls": 1}):
        port = free_port()
        section = line.section | {"listen": f"127.0.0.1:{port}"} | more
        channel = Asterisk(Asterisk.Settings.model_validate(section), switchboard)
        await channel.start()
        waits, held = await asyncio.open_connection("127.0.0.1", port)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        async with asyncio.timeout(5):
            assert await reader.read() == b""
        held.close()
        writer.close()
        await channel.stop()
        assert waits.at_eof() or "most_calls" in more


async def test_an_address_that_is_taken_is_told_with_its_place(line: Line) -> None:
    taken = line.section | {"listen": "192.0.2.1:4573"}
    channel = Asterisk(Asterisk.Settings.model_validate(taken), line.county.house.switchboard)
    with pytest.raises(SettingsError, match=r"channels\.asterisk\.listen"):
        await channel.start()
    await channel.stop()


# Notices


async def noticed(line: Line) -> Message:
    case = await Case.get(number=line.county.number(Status.RECEIVED))
    await Case.filter(id=case.id).update(mobile="0312-7654321")
    change = line.county.house.cases.move
    await change(case.number, Status.CORRECTION, who_may(Status.CORRECTION), data=TOLD[Status.CORRECTION])
    return await Message.get(notification__kind="correction")


def script(manager: Manager) -> str:
    """What the exchange runs when the called person answers."""
    return manager.originated[0]["Data"].partition("//")[2].partition("/")[2]


async def test_a_notice_is_called_and_proven_by_a_person_who_hears_it_to_its_end(line: Line) -> None:
    message = await noticed(line)
    await until(message, "accepted")
    asked = line.manager.originated[0]
    assert asked["Channel"] == "PJSIP/03127654321@carrier"
    assert (asked["Application"], asked["Async"], asked["Timeout"]) == ("AGI", "true", "30000")
    call = await line.exchange.call("1", WAIT, script=script(line.manager))
    assert call.heard[0].startswith("您好，这里是示例县政务服务中心")
    assert call.words.count("需要补正") == 2
    assert call.over == "line"
    await until(message, "read")
    assert message.heard_by == "person"


@pytest.mark.parametrize("machine", ["MACHINE", "NOTSURE", ""])
async def test_what_a_machine_heard_proves_nothing(line: Line, machine: str) -> None:
    message = await noticed(line)
    await until(message, "accepted")
    line.exchange.machine = machine
    await line.exchange.call(WAIT, script=script(line.manager))
    await until(message, "delivered")
    assert message.heard_by == "machine"


async def test_who_presses_a_key_is_a_person_whatever_the_exchange_thinks(line: Line) -> None:
    message = await noticed(line)
    await until(message, "accepted")
    line.exchange.machine = "NOTSURE"
    await line.exchange.call("1", WAIT, script=script(line.manager))
    await until(message, "read")


async def test_who_hangs_up_before_the_end_did_not_hear_it(line: Line) -> None:
    message = await noticed(line)
    await until(message, "accepted")
    line.exchange.barges = True
    await line.exchange.call(HANG_UP, script=script(line.manager))
    await until(message, "failed")
    assert message.detail == "hung up before the end"


async def test_a_call_that_is_not_ours_says_nothing(line: Line) -> None:
    message = await noticed(line)
    await until(message, "accepted")
    forged = f"notice/{message.id}/{'0' * 32}"
    assert (await line.exchange.call(script=forged)).commands == []
    other = script(line.manager).replace(f"/{message.id}/", f"/{message.id + 1}/")
    assert (await line.exchange.call(script=other)).commands == []


@pytest.mark.parametrize(("number", "told"), [("3", "no answer"), ("5", "busy"), ("77", "reason 77")])
async def test_a_call_that_nobody_takes_failed(line: Line, number: str, told: str) -> None:
    line.manager.ends = number
    message = await noticed(line)
    await until(message, "failed")
    assert message.detail == told


async def test_a_call_of_which_nobody_can_say_whether_it_was_made_is_unknown(line: Line) -> None:
    line.manager.drops = True
    message = await noticed(line)
    await until(message, "unknown")
    assert len(line.manager.originated) == 1


@pytest.mark.parametrize(
    ("refuses", "reason"), [("Permission denied", "config"), ("Extension does not exist.", "rejected")]
)
async def test_a_call_that_the_exchange_refuses_failed(line: Line, refuses: str, reason: str) -> None:
    line.manager.refuses = refuses
    message = await noticed(line)
    await until(message, "failed")
    assert message.reason == reason


async def test_the_manager_is_found_again_after_it_was_away(line: Line) -> None:
    channel = Asterisk(Asterisk.Settings.model_validate(line.section), line.county.house.switchboard)
    assert await channel.probe() == "the exchange's manager answers"
    await line.manager.stop()
    await asyncio.sleep(0.1)
    with pytest.raises(SendError, match="unreachable"):
        await channel.probe()
    await line.manager.start(line.manager.port)
    assert await channel.probe() == "the exchange's manager answers"
    await channel.stop()


async def test_a_wrong_password_of_the_manager_is_told_as_what_it_is(line: Line) -> None:
    wrong = line.section | {"ami_password": "another"}
    channel = Asterisk(Asterisk.Settings.model_validate(wrong), line.county.house.switchboard)
    with pytest.raises(SendError, match="refuses: see"):
        await channel.probe()
    await channel.stop()
    bare = line.section | {"ami_username": "", "ami_password": ""}
    quiet = Asterisk(Asterisk.Settings.model_validate(bare), line.county.house.switchboard)
    assert "no calls are made" in await quiet.probe()
