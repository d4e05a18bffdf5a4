"""Text messages and calls at a glance: what Twilio brings, and what is answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from xml.etree import ElementTree as Xml

import pytest

from core.codes import Status
from core.dialogue.segments import segments
from core.numbers import query_number
from tests.channels.twilio import Call, post

PATH = "/channels/twilio/sms"
CALLER = "+8613800001234"
# What a real request holds besides; none of it may matter.
FROM_TWILIO = {
    "ToCountry": "CN",
    "SmsMessageSid": "SM1",
    "NumMedia": "0",
    "SmsSid": "SM1",
    "SmsStatus": "received",
    "To": "+8610000000000",
    "NumSegments": "1",
    "ApiVersion": "2010-04-01",
}


@dataclass(frozen=True)
class Text:
    """A text message, the status it is answered with and what that says; `{n}` and `{p}` are a case's."""

    label: str
    body: str
    told: str
    form: Mapping[str, str] = field(default_factory=dict)
    status: int = 200


TEXTS = (
    Text("number and PIN", "{n} {p}", "已受理"),
    Text("PIN and number", "{p} {n}", "已受理"),
    Text("as the poster says", "CX {n} {p}", "已受理"),
    Text("as people write", "您好，我的查询号是{n}，密码{p}，谢谢", "已受理"),
    Text("in groups, as printed", "{g} {p}", "已受理"),
    Text("in English", "status {n} {p}", "Accepted"),
    Text("a number alone", "{n}", "6位查询密码"),
    Text("a slip in the number", "261123000019", "查询号"),
    Text("a PIN that is wrong", "{n} {w}", "不符"),
    Text("a number that nobody has", "{u} {p}", "不符"),
    Text("a PIN alone", "{p}", "12位查询号"),
    Text("everyday words", "身份证丢了怎么办", "居民身份证补领"),
    Text("initials", "sfz", "居民身份证"),
    Text("English words", "lost id card", "Replacement of a lost resident identity card"),
    Text("nothing that is known", "今天天气怎么样", "没有找到"),
    Text("a greeting", "你好", "示例县政务服务中心"),
    Text("a greeting in English", "Hello!", "Demonstration County Service Centre"),
    Text("blanks and line breaks", "  \n{n}\r\n\t{p}  ", "已受理"),
    Text("a mark of order in front", "\ufeff{n} {p}", "已受理"),
    Text("a sign of zero width within", "{n}\u200b {p}", "已受理"),
    Text("marks of a web page", "<script>alert(1)</script>", "Nothing fits"),
    Text("one character", "办", "没有"),
    Text("the longest message", "办" * 1600, "没有"),
    Text("half of a surrogate pair's escape", "\\ud83d {n} {p}", "Accepted"),
    Text("an emoji alone", "😀", "没看懂"),
    Text("nothing", "", "没看懂"),
    Text("a picture without words", "", "只看文字", {"NumMedia": "1", "MediaUrl0": "https://x.example/1"}),
    Text("a picture with words", "{n} {p}", "已受理", {"NumMedia": "1", "MediaUrl0": "https://x.example/1"}),
    Text("opting out", "TD", "不再发送"),
    Text("opting out in English", "STOP", "no more notices"),
    Text("a person", "人工", "12345"),
    Text("a sender with a short number", "你好", "示例县政务服务中心", {"From": "10086"}),
    Text("a sender with a name", "你好", "示例县政务服务中心", {"From": "HAOBAN"}),
    Text("no sender", "你好", "", {"From": ""}, 400),
    Text("no name of the message", "你好", "", {"MessageSid": ""}, 400),
    Text("an account that isn't ours", "你好", "", {"AccountSid": "AC" + "f" * 32}, 400),
)


@pytest.mark.parametrize("row", TEXTS, ids=lambda row: row.label)
async def test_a_text_message_is_answered(line, row):
    county, client = line
    number, pin = county.number(Status.ACCEPTED), county.pin(Status.ACCEPTED)
    grouped = " ".join(number[at : at + 4] for at in range(0, 12, 4))
    wrong, unknown = county.wrong_pin(Status.ACCEPTED), query_number(date(2026, 11, 24), 99_999)
    body = row.body
    for mark, value in (("{n}", number), ("{p}", pin), ("{g}", grouped), ("{w}", wrong), ("{u}", unknown)):
        body = body.replace(mark, value)
    answer = await post(client, PATH, FROM_TWILIO | {"MessageSid": "SM-table", "From": CALLER, "Body": body} | row.form)
    assert answer.status == row.status
    if row.status == 200:
        told = "".join(Xml.fromstring(await answer.text()).itertext())  # noqa: S314  (our own answer)
        assert row.told in told
        assert told.startswith(("【示例政务】", "Service Centre: ")), told[:20]
        assert segments(told) <= 6


@dataclass(frozen=True)
class Step:
    """The steps of a call, each the parameters that Twilio sends, and what is heard at the end."""

    label: str
    steps: tuple[Mapping[str, str], ...]
    heard: str
    ends: bool = False


def keys(*pressed: str) -> tuple[dict[str, str], ...]:
    return tuple({"Digits": each} for each in pressed)


def said(words: str) -> dict[str, str]:
    return {"SpeechResult": words, "Confidence": "0.9"}


CALLS = (
    Step("the first thing", (), "可以查办件进度"),
    Step("number and PIN by keys", keys("1", "{n}", "{p}"), "已受理"),
    Step("keys ended by #", keys("1", "{n}#", "{p}#"), "已受理"),
    Step("the number said digit by digit", (*keys("1"), said("{han}"), *keys("{p}")), "已受理"),
    Step("the number said with 幺", (*keys("1"), said("{yao}"), *keys("{p}")), "已受理"),
    Step("the number heard as digits with marks", (*keys("1"), said("{g}。"), *keys("{p}")), "已受理"),
    Step("the PIN said too", (*keys("1"), said("{han}"), said("{pin}")), "已受理"),
    Step("the number said in English", (*keys("9", "1"), said("{english}"), *keys("{p}")), "Accepted"),
    Step("a choice said by its words", (said("查办件进度"),), "十二位"),
    Step("a choice said by its place", (said("第一个"),), "十二位"),
    Step("a choice said by its number", (said("一"),), "十二位"),
    Step("a matter said at once", (said("身份证丢了"),), "居民身份证"),
    Step("keys and speech together", (*keys("1"), {**said("嗯"), "Digits": "{n}"}, *keys("{p}")), "已受理"),
    Step("too few digits", keys("1", "2611"), "十二位"),
    Step("too many digits", keys("1", "{n}12"), "十二位"),
    Step("a slip in the number", keys("1", "261123000019"), "查询号"),
    Step("a PIN that is wrong", keys("1", "{n}", "{w}"), "对不上"),
    Step("a key that is no choice", keys("7"), "没有这个选项"),
    Step("something that is no choice", (said("呃那个"),), "没有"),
    Step("silence", ({},), "请按"),
    Step("# without anything", ({"FinishedOnKey": "#"},), "再见", ends=True),
    Step("another language by key", keys("9"), "Where my case stands"),
    Step("another language by word", (said("English"),), "Where my case stands"),
    Step("back", (*keys("2"), *keys("*")), "可以查办件进度"),
    Step("the end by word", (said("再见"),), "再见", ends=True),
    Step("signs that are no keys", ({"Digits": "A;B"},), "没有听清"),
    Step("more keys than a telephone sends", keys("1", "1" * 1000), "十二位"),
    Step("speech without end", (said("办" * 5000),), "没有"),
)
HAN = dict(zip("0123456789", "零一二三四五六七八九", strict=True))
ENGLISH = dict(
    zip("0123456789", ("oh", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"), strict=True)
)


@pytest.mark.parametrize("row", CALLS, ids=lambda row: row.label)
async def test_a_call_is_answered(line, row):
    county, client = line
    number, pin = county.number(Status.ACCEPTED), county.pin(Status.ACCEPTED)
    values = {
        "{n}": number,
        "{p}": pin,
        "{w}": county.wrong_pin(Status.ACCEPTED),
        "{g}": " ".join(number[at : at + 4] for at in range(0, 12, 4)),
        "{han}": "".join(map(HAN.__getitem__, number)),
        "{pin}": "".join(map(HAN.__getitem__, pin)),
        "{yao}": "".join(map((HAN | {"1": "幺"}).__getitem__, number)),
        "{english}": " ".join(map(ENGLISH.__getitem__, number)),
    }
    call = await Call(client).say()
    for step in row.steps:
        form = dict(step)
        for mark, value in values.items():
            form = {name: text.replace(mark, value) for name, text in form.items()}
        await call.say(**form)
    assert row.heard in call.words
    assert call.is_over == row.ends


@pytest.mark.parametrize("ended", ["completed", "answered"])
async def test_a_caller_who_was_put_through_is_let_go_when_that_call_ends(line, ended):
    call = await Call(line[1]).say()
    await call.say(DialCallStatus=ended)
    assert call.is_over


@pytest.mark.parametrize("failed", ["busy", "no-answer", "failed", "canceled"])
async def test_a_caller_who_could_not_be_put_through_is_told_and_not_dropped(line, failed):
    call = await Call(line[1]).say()
    await call.say(DialCallStatus=failed)
    assert "没有人接听" in call.words
    assert not call.is_over
