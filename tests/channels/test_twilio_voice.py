"""The voice line through Twilio's real signatures: whole calls, step by step."""

from __future__ import annotations

import re
from datetime import datetime

import pytest

from core.codes import Status
from core.dialogue import front_screens
from core.local_time import ZONE
from core.models import Case
from tests.channels.twilio import Call, post, text

MONDAY = datetime(2026, 11, 23, 10, tzinfo=ZONE)
SUNDAY = datetime(2026, 11, 22, 10, tzinfo=ZONE)
TEXTS = re.compile(r"[()（）\[\]【】〔〕<>|]|https?:")


async def status_of(county, client, status, **given):
    """A call that has come to the status of a case."""
    call = await Call(client, **given).say()
    return await call.press("1", county.number(status), county.pin(status))


async def test_the_first_thing_said_is_what_the_line_does_and_how_to_change_the_language(line):
    call = await Call(line[1]).say()
    assert call.words.startswith("您好，这里是示例县政务服务中心自助热线。可以查办件进度")
    assert call.words.index("English") < call.words.index("请按一")


@pytest.mark.parametrize("status", [status for status in Status if status is not Status.DRAFT])
async def test_every_status_is_told_by_keys_alone_and_fit_to_be_heard(line, status):
    county, client = line
    for keys in ((), ("9",)):
        call = await Call(client, caller=f"+86139{county.number(status)[-8:]}").say()
        await call.press(*keys, "1", county.number(status), county.pin(status))
        assert not TEXTS.search(call.words), call.words
        case = await Case.get(number=county.number(status))
        assert case.applicant_name not in call.words
        await call.press("#")
        assert call.is_over


async def test_a_number_may_be_said(line):
    county, client = line
    call = await Call(client).say()
    await call.press("1")
    names = dict(zip("0123456789", "零幺二三四五六七八九", strict=True))
    await call.say(SpeechResult="".join(names[d] for d in county.number(Status.ACCEPTED)))
    await call.press(county.pin(Status.ACCEPTED))
    assert "已受理" in call.words


async def test_an_item_may_be_said_and_its_list_heard_to_the_end(line):
    call = await Call(line[1]).say()
    await call.press("2")
    await call.say(SpeechResult="身份证丢了")
    assert "居民身份证" in call.words


async def test_a_step_that_twilio_repeats_gets_the_same_answer(line):
    call = await Call(line[1]).say()
    step = call.step
    await call.press("1")
    first, call.step = call.body, step
    await call.press("1")
    assert call.body == first


async def test_star_goes_back_and_hash_ends(line):
    call = await Call(line[1]).say()
    await call.press("2", "*")
    assert "可以查办件进度" in call.words
    await call.press("#")
    assert call.is_over


async def test_three_silences_bring_more_help_and_then_a_polite_end_or_a_person(line, monkeypatch):
    monkeypatch.setattr(front_screens, "now", lambda: SUNDAY)
    call = await Call(line[1]).say()
    await call.press("1")
    heard = [call.words, *[(await call.say()).words for _ in range(3)]]
    assert len(set(heard)) == 4
    assert call.is_over
    assert "幺 二 三 四" in call.words


async def test_zero_puts_through_in_office_hours(line, monkeypatch):
    monkeypatch.setattr(front_screens, "now", lambda: MONDAY)
    call = await Call(line[1]).say()
    await call.press("0")
    assert call.answer.findtext("Dial/Number") == "+8612345"
    await call.say(DialCallStatus="busy")
    assert "没有人接听" in call.words


async def test_outside_office_hours_zero_says_when_to_call(line, monkeypatch):
    monkeypatch.setattr(front_screens, "now", lambda: SUNDAY)
    call = await Call(line[1]).say()
    await call.press("0")
    assert call.answer.find("Dial") is None
    assert "休息时间" in call.words


async def test_a_call_that_drops_is_gone_on_with(line):
    county, client = line
    await status_of(county, client, Status.ACCEPTED)
    again = await Call(client).say()
    assert "要接着来吗" in again.words
    await again.press("1")
    # The number of a caller can be forged: the step is gone on with, its PIN is asked for again.
    assert "已受理" not in again.words
    await again.press(county.pin(Status.ACCEPTED))
    assert "已受理" in again.words


async def test_another_channel_goes_on_only_after_the_pin(line):
    county, client = line
    await status_of(county, client, Status.ACCEPTED)
    assert "要接着来吗" in await text(client, "你好")
    assert "密码" in await text(client, "1")
    assert "已受理" in await text(client, county.pin(Status.ACCEPTED))


@pytest.mark.parametrize("caller", ["anonymous", "+266696687", "Restricted"])
async def test_callers_without_a_number_never_meet(line, caller):
    county, client = line
    await status_of(county, client, Status.ACCEPTED, caller=caller)
    stranger = await Call(client, caller=caller).say()
    assert "要接着来吗" not in stranger.words


async def test_a_caller_who_is_too_fast_is_asked_for_patience(line, monkeypatch):
    monkeypatch.setattr(front_screens, "now", lambda: SUNDAY)
    call = await Call(line[1]).say()
    for _ in range(25):
        await call.press("7")
        if call.answer.find("Gather") is None:
            break
    assert call.answer.find("Pause") is not None or call.is_over


@pytest.mark.parametrize("turn", ["x", "-1", "99999"])
async def test_a_turn_that_is_none_is_refused(line, turn):
    answer = await post(line[1], f"/channels/twilio/voice?turn={turn}", {"CallSid": "CA1", "From": "+8613800001234"})
    assert answer.status == 400


async def test_every_listening_answer_takes_keys_and_speech(line):
    call = await Call(line[1]).say()
    for keys in ("1", "*", "2", "1", "1"):
        gather = call.answer.find("Gather")
        assert gather.attrib["input"] == "dtmf speech"
        assert gather.attrib["finishOnKey"] == ""
        assert gather.attrib["actionOnEmptyResult"] == "true"
        assert all(len("".join(part.itertext())) <= 130 for part in gather.iter("Say"))
        await call.press(keys)
