"""Text messages through Twilio's real signatures: what comes in and what goes out."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as some
from twilio.request_validator import RequestValidator
from twilio.twiml.messaging_response import MessagingResponse

from channels.twilio_wire import message_reply
from core.codes import Status
from core.dialogue.segments import segments
from core.errors import SettingsError
from core.models import LookupRecord
from gateway.registry import switched_on
from tests.channels.twilio import ACCOUNT, AUTH_TOKEN, PUBLIC_URL, SECTION, post, text
from tests.county import settings

PATH = "/channels/twilio/sms"
GOOD = {"MessageSid": "SM1", "From": "+8613800001234", "Body": "帮助"}


@pytest.mark.parametrize(
    "form",
    [
        "CX {n} {p}",
        "{p} {n}",
        "查询{n} {p}",
        "查询号：{n}，密码：{p}",
        "{n}{p}",
        "{n} - {p}",
        "cx {n} pin {p}",
        "CX {n}\0{p}",
    ],
)
async def test_number_and_pin_in_any_spelling_tell_the_status(line, form):
    county, client = line
    number, pin = county.number(Status.REVIEWING), county.pin(Status.REVIEWING)
    told = await text(client, form.format(n=number, p=pin))
    assert "审查中" in told or "Under review" in told
    assert segments(told) <= 2


async def test_full_width_digits_are_digits(line):
    county, client = line
    wide = str.maketrans("0123456789", "０１２３４５６７８９")
    number, pin = county.number(Status.ACCEPTED), county.pin(Status.ACCEPTED)
    assert "已受理" in await text(client, f"查询　{number} {pin}".translate(wide))


async def test_a_channel_that_staff_switch_off_answers_503_until_it_is_on_again_and_no_other_does(line):
    county, client = line
    switches = county.house.switches
    await switches.switch("channels.twilio_sms", on=False, by="admin")
    for path in (PATH, "/channels/twilio/status"):
        assert (await post(client, path, GOOD)).status == 503
    assert (await post(client, "/channels/twilio/voice", {"CallSid": "CA1", "From": GOOD["From"]})).status == 200
    assert (await client.get("/items")).status == 200
    await switches.switch("channels.twilio_sms", on=True, by="admin")
    assert await text(client, "帮助")


@pytest.mark.parametrize("status", [status for status in Status if status is not Status.DRAFT])
@pytest.mark.parametrize("word", ["查询", "status"])
async def test_a_status_takes_two_segments_at_most(line, status, word):
    county, client = line
    told = await text(client, f"{word} {county.number(status)} {county.pin(status)}")
    assert segments(told) <= 2


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("身份证丢了怎么办", "居民身份证补领"),
        ("lost id card", "Replacement of a lost resident identity card"),
        ("你好", "示例县政务服务中心"),
        ("hello", "Demonstration County Service Centre"),
        ("查进度", "12位查询号"),
        ("TD", "不再发送"),
        ("STOP", "no more notices"),
        ("人工", "12345"),
        ("今天天气怎么样", "没有找到"),
        ("English", "Where my case stands"),
        ("😀", "没看懂"),
        ("", "没看懂"),
        ("261123000019", "查询号"),
    ],
)
async def test_what_is_asked_and_what_is_told(line, asked, told):
    assert told in await text(line[1], asked)


async def test_choices_are_taken_by_number_by_word_and_by_place(line):
    client = line[1]
    for answer in ("1", "第一个", "查办件进度"):
        await text(client, "重来")
        assert "12位查询号" in await text(client, answer)


async def test_back_leads_back_and_restart_to_the_welcome(line):
    client = line[1]
    await text(client, "你好")
    await text(client, "2")
    await text(client, "1")
    assert "您想办什么事" in await text(client, "上一步")
    assert "可以查办件进度" in await text(client, "重来")


async def test_the_pin_may_come_in_a_second_message(line):
    county, client = line
    assert "密码" in await text(client, county.number(Status.SPECIAL))
    assert "暂停计时" in await text(client, county.pin(Status.SPECIAL))


async def test_more_brings_the_rest_of_a_list_without_loss(line):
    county, client = line
    departments = [d.name for d in await county.house.query.departments()]
    told = await text(client, "今天天气怎么样")
    assert all(name in told for name in departments)


async def test_a_request_that_twilio_did_not_sign_is_refused(line):
    client = line[1]
    assert (await post(client, PATH, GOOD, signed="bm90IGl0")).status == 403
    assert (await client.post(PATH, data=GOOD)).status == 403
    assert (await post(client, PATH, GOOD, signed="签名")).status == 403


async def test_a_signature_as_twilio_nearly_always_makes_it_needs_no_second_look(line, monkeypatch):
    monkeypatch.setattr(RequestValidator, "validate", lambda *_: pytest.fail("looked at twice"))
    words = {**GOOD, "Body": "查询 ＋A&b=c", "AB": "", "a": "ü", "Ab": "1"}  # sorted by their bytes
    assert (await post(line[1], PATH, words)).status == 200


async def test_a_signature_of_the_address_with_its_port_is_twilios_too(line):
    form = {"AccountSid": ACCOUNT, **GOOD}
    with_port = RequestValidator(AUTH_TOKEN).compute_signature(f"{PUBLIC_URL}:443{PATH}", form)
    assert (await post(line[1], PATH, GOOD, signed=with_port)).status == 200


@given(some.text())
def test_an_answer_is_written_as_twilios_library_writes_it(words):
    response = MessagingResponse()
    if words:
        response.message(words)
    assert message_reply(words) == str(response)


async def test_the_query_of_the_address_is_signed_too(line):
    client = line[1]
    assert (await post(client, PATH + "?a=1&b=%E5%A5%BD", GOOD)).status == 200


@pytest.mark.parametrize("missing", ["MessageSid", "From"])
async def test_what_is_no_message_is_told_so(line, missing):
    form = {name: value for name, value in GOOD.items() if name != missing}
    assert (await post(line[1], PATH, form)).status == 400


async def test_another_account_is_refused(line):
    assert (await post(line[1], PATH, GOOD | {"AccountSid": ACCOUNT[:-1] + "1"})).status == 400


async def test_other_bodies_are_refused_clearly(line):
    client = line[1]
    assert (await client.post(PATH, json=GOOD)).status == 415
    big = {"Body": "长" * 100_000}
    assert (await post(client, PATH, GOOD | big)).status == 413
    for charset in ("none-such", "utf-7", "unicode_escape"):
        odd = {"Content-Type": f"application/x-www-form-urlencoded; charset={charset}"}
        assert (await client.post(PATH, data=b"Body=%2B2AA-&From=%5Cud800", headers=odd)).status == 400
    form = {"Content-Type": "application/x-www-form-urlencoded; charset=UTF-8"}
    for body, status in ((b"Body=%ED%A0%80", 400), (b"Body=\xff", 400), (b"a=1&" * 300, 400), (b"Body=x", 403)):
        assert (await client.post(PATH, data=body, headers=form)).status == status


async def test_a_repeated_message_gets_the_same_answer_and_no_second_effect(line):
    county, client = line
    wrong = f"{county.number(Status.ACCEPTED)} {county.wrong_pin(Status.ACCEPTED)}"
    told = await asyncio.gather(*(text(client, wrong, sid="SM-same") for _ in range(5)))
    assert set(told) == {told[0]}
    await county.house.audit.flush()
    assert await LookupRecord.all().count() == 1


async def test_a_flood_is_not_answered(line):
    client = line[1]
    told = [await text(client, "你好") for _ in range(25)]
    assert told[-1] == ""
    assert told[0]
    assert await text(client, "你好", sender="+8613900000000")


def test_without_a_token_the_channel_does_not_start(tmp_path):
    section = {name: value for name, value in SECTION.items() if name != "auth_token"}
    with pytest.raises(SettingsError, match=r"channels\.twilio_sms\.auth_token: is missing"):
        switched_on(settings("sqlite://x", tmp_path, channels={"twilio_sms": section}))
