"""Every answer to Twilio is TwiML as Twilio itself describes it."""

from __future__ import annotations

from xml.etree import ElementTree as Xml

import pytest

from core.codes import Status
from core.dialogue import front_screens
from tests.channels.test_twilio_voice import MONDAY, SUNDAY
from tests.channels.twilio import Call, post
from tests.channels.typings import grammar

DEEPEST = 5


@pytest.fixture(scope="module")
def voice():
    return grammar("VoiceResponse")


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        ("<Response><Gather><Dial/></Gather></Response>", "Dial in Gather"),
        ("<Response><Say tone='deep'>x</Say></Response>", "Say has no attribute tone"),
        ("<Response><Say language='xx'>x</Say></Response>", "Say language='xx' is no SayLanguage"),
        ("<Response><Gather numDigits='two'/></Response>", "Gather numDigits='two' is no number"),
        ("<Response><Gather input='dtmf smell'/></Response>", "Gather input='dtmf smell' is no GatherInput[]"),
        ("<Answer/>", "the root is Answer"),
    ],
)
def test_the_descriptions_are_understood(voice, wrong, problem):
    assert voice.problems(Xml.fromstring(wrong), "VoiceResponse") == [problem]  # noqa: S314


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_every_menu_is_walked_and_every_answer_is_twiml(line, voice, monkeypatch, language):
    """Each key that is offered is pressed, down to the leaves, each way in a call of its own."""
    monkeypatch.setattr(front_screens, "now", lambda: SUNDAY)
    _, client = line
    ways = [("9",)] if language == "en" else [()]
    walked = 0
    while ways:
        way = ways.pop()
        call = await Call(client, caller=f"+86137{walked:08d}").say()
        await call.press(*way)
        walked += 1
        assert voice.problems(call.answer, "VoiceResponse") == [], way
        keys = call_keys(call)
        assert len(keys) <= 6, call.words
        if len(way) < DEEPEST + (language == "en"):
            ways += [(*way, key) for key in keys if key != "9"]
    assert walked > 20


def call_keys(call):
    """The keys that what was said offers."""
    names = {name: str(n) for n, name in enumerate("零一二三四五六七八九")}
    names |= dict(
        zip(("one", "two", "three", "four", "five", "six", "seven", "eight", "nine"), "123456789", strict=True)
    )
    words = call.words.replace("，请按", " press ").replace(": press", " press").replace("。", ". ")
    return [names[w.rstrip(".")] for w in words.split(" press ")[1:] for w in [w.split()[0]] if w.rstrip(".") in names]


@pytest.mark.parametrize("status", [status for status in Status if status is not Status.DRAFT])
async def test_every_status_is_answered_in_twiml(line, voice, status):
    county, client = line
    call = await Call(client).say()
    for keys in ("1", county.number(status), county.wrong_pin(status), county.pin(status), "1"):
        await call.press(keys)
        assert voice.problems(call.answer, "VoiceResponse") == []


async def test_putting_through_and_its_failure_are_twiml(line, voice, monkeypatch):
    monkeypatch.setattr(front_screens, "now", lambda: MONDAY)
    call = await Call(line[1]).say()
    for form in ({"Digits": "0"}, {"DialCallStatus": "no-answer"}):
        await call.say(**form)
        assert voice.problems(call.answer, "VoiceResponse") == []
    await call.press("0")
    await call.say(DialCallStatus="completed")
    assert voice.problems(call.answer, "VoiceResponse") == []
    assert call.is_over


@pytest.mark.parametrize("body", ["你好", "<a> & \"b\" 'c'", "身份证丢了", "STOP"])
async def test_text_messages_are_answered_in_twiml(line, body):
    messages = grammar("MessagingResponse")
    form = {"MessageSid": "SM-twiml", "From": "+8613800001234", "Body": body}
    answer = await post(line[1], "/channels/twilio/sms", form)
    assert messages.problems(Xml.fromstring(await answer.text()), "MessagingResponse") == []  # noqa: S314
