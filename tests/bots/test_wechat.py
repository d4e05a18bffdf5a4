"""The WeChat account: what is signed, sealed, repeated, late and long; notices, tokens and codes."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from shutil import copy
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer
from pydantic import ValidationError

from bots import wechat_xml as xml
from bots.wechat import WeChat, WeChatSettings
from bots.wechat_api import WeChatApi
from bots.wechat_notices import Template, filled
from core.codes import Status
from core.errors import SendError
from core.language import Catalogues
from core.models import LookupRecord, Message, Subscription
from core.ports import Outbound
from core.scratch import ProcessScratch
from gateway.app import build
from gateway.house import House
from gateway.registry import switched_on
from gateway.settings import LimitsSection, NotifySection, Server
from tests.bots.wechat import AES_KEY, APP_ID, PERSON, SECRET_WORD, TOKEN, Client, Webhook, WeChatServer
from tests.core.case_steps import TOLD, who_may
from tests.core.notify.waiting import until
from tests.county import SECRET, County, county_of, settings

TEMPLATES = {
    "default": {"id": "a-template-id", "fields": {"thing1": "item", "phrase2": "stage", "date3": "amend_until"}}
}


@dataclass
class Line:
    county: County
    wechat: WeChatServer
    webhook: Webhook
    client: Client

    @property
    def channel(self) -> WeChat:
        return WeChat(WeChatSettings.model_validate(self.section), self.county.house.switchboard)

    @property
    def section(self) -> dict[str, Any]:
        return self.county.house.settings.bots["wechat"]


@pytest.fixture
def mode() -> str:
    return "encrypted"


@pytest.fixture
async def line(sqlite_county_template: Path, tmp_path: Path, form_files: Path, mode: str) -> AsyncIterator[Line]:
    wechat = WeChatServer()
    await wechat.server.start_server()
    section = {
        "enabled": True,
        "app_id": APP_ID,
        "app_secret": SECRET_WORD,
        "token": TOKEN,
        "aes_key": AES_KEY,
        "mode": mode,
        "api_base": wechat.url,
        "templates": TEMPLATES,
    }
    house = House(
        settings(
            f"sqlite://{copy(sqlite_county_template, tmp_path / 'haoban.db')}",
            form_files,
            server=Server(port=0, secret_key=SECRET),
            limits=LimitsSection(messages="1000/minute"),
            notify=NotifySection(quiet_from="03:00", quiet_until="03:00"),
            bots={"wechat": section},
        )
    )
    await house.open()
    client: Client = TestClient(TestServer(build(house, switched_on(house.settings))))
    await client.start_server()
    yield Line(await county_of(house), wechat, Webhook(client, sealed=mode == "encrypted"), client)
    await client.close()
    await house.close()
    await wechat.server.close()


def asking(line: Line) -> str:
    return f"查询 {line.county.number(Status.REVIEWING)} {line.county.pin(Status.REVIEWING)}"


# What is said


@pytest.mark.parametrize("mode", ["encrypted", "plain"])
async def test_a_question_is_answered_at_once_with_a_link_for_each_choice(line: Line) -> None:
    answer = await line.webhook.say(asking(line))
    assert "审查中" in answer
    links = re.findall(r'<a href="weixin://bizmsgmenu\?msgmenucontent=(\w+)&msgmenuid=(\d+)">([^<]+)</a>', answer)
    assert ("back", "上一步") in [(key, label) for key, _, label in links]
    key, turn, _ = next(link for link in links if "要什么材料" in link[2])
    again = await line.webhook.say(key, bizmsgmenuid=turn)
    assert "请带" in again
    assert "/forms/" in again or "材料" in again


async def test_a_number_may_be_typed_and_an_old_link_is_told(line: Line) -> None:
    welcome = await line.webhook.do("subscribe")
    assert "查办件进度" in welcome
    assert "12位查询号" in await line.webhook.say("1")
    assert "以前的按钮" in await line.webhook.say("1", bizmsgmenuid="1")


async def test_a_scanned_code_opens_its_case_whether_one_followed_before_or_not(line: Line) -> None:
    status = Status.REVIEWING
    [event, *_] = await line.county.house.cases.history(line.county.number(status))
    token = line.county.house.keys.token(event.case_id, 1)  # type: ignore[attr-defined]
    assert "审查中" in await line.webhook.do("subscribe", f"qrscene_{token}")
    assert "审查中" in await line.webhook.do("SCAN", token)
    assert "无效" in await line.webhook.do("SCAN", "forged")


async def test_the_menu_s_clicks_are_commands_and_other_events_are_quiet(line: Line) -> None:
    assert "12位查询号" in await line.webhook.do("CLICK", "status")
    assert "想办什么事" in await line.webhook.do("CLICK", "items")
    for event in ("VIEW", "unsubscribe", "LOCATION", "TEMPLATESENDJOBFINISH", "subscribe_msg_sent_event"):
        assert await line.webhook.do(event) == ""
    for kind in ("image", "voice", "location", "video"):
        answer = await line.webhook.words(await line.webhook.send(MsgType=kind))
        assert "只看文字" in answer


async def test_what_comes_again_is_answered_alike_and_noted_once(line: Line) -> None:
    words = {await line.webhook.say(asking(line), MsgId="4711") for _ in range(3)}
    assert len(words) == 1
    await line.county.house.audit.flush()
    assert await LookupRecord.filter(channel="wechat").count() == 1


async def test_an_answer_that_takes_too_long_comes_after(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bots.wechat.PASSIVE_S", 0.05)
    conversation = line.county.house.switchboard.conversation
    quick = conversation.answer

    async def slow(*given: Any) -> Any:
        await asyncio.sleep(0.3)
        return await quick(*given)

    monkeypatch.setattr(type(conversation), "answer", lambda _, *given: slow(*given))
    assert await line.webhook.say(asking(line), MsgId="1") == ""
    assert await line.webhook.say(asking(line), MsgId="1") == ""
    [sent] = await line.wechat.said(1)
    assert sent["touser"] == PERSON
    assert "审查中" in sent["text"]["content"]


async def test_an_answer_that_is_too_long_goes_on_by_customer_service(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bots.wechat_xml.MOST_TEXT_BYTES", 200)
    first = await line.webhook.say(asking(line), MsgId="1")
    assert 0 < len(first.encode()) <= 200
    rest = await line.wechat.said(2)
    for _ in range(2):
        assert await line.webhook.say(asking(line), MsgId="1") == first
    await asyncio.sleep(0.3)
    texts = [one["text"]["content"] for one in line.wechat.of("message/custom/send")]
    assert len(texts) == len(set(texts))
    assert all(len(one["text"]["content"].encode()) <= 200 for one in rest)


# Who says it


@pytest.mark.parametrize("mode", ["encrypted", "plain"])
async def test_what_wechat_did_not_sign_or_not_lately_is_refused(line: Line) -> None:
    assert (await line.webhook.send(MsgType="text", Content="x", signed="0" * 40)).status == 403
    for skew_s in (-400, 400):
        late = Webhook(line.client, line.webhook.sealed, skew_s)
        assert (await late.send(MsgType="text", Content="x")).status == 403


@pytest.mark.parametrize("mode", ["plain"])
async def test_a_signature_is_good_for_one_message_alone(line: Line) -> None:
    assert (await line.webhook.send(MsgType="text", Content="x", MsgId="1", nonce="n")).status == 200
    assert (await line.webhook.send(MsgType="text", Content="x", MsgId="1", nonce="n")).status == 200
    assert (await line.webhook.send(MsgType="text", Content="y", MsgId="2", nonce="n")).status == 403


@pytest.mark.parametrize("mode", ["encrypted", "plain"])
@pytest.mark.parametrize(
    "body",
    [
        b"no xml",
        b'<!DOCTYPE x [<!ENTITY a "aaaa">]><xml><FromUserName>&a;</FromUserName></xml>',
        '<!DOCTYPE x [<!ENTITY a "boom">]><xml><FromUserName>&a;</FromUserName></xml>'.encode("utf-16"),
        '<!DOCTYPE x [<!ENTITY a "boom">]><xml><FromUserName>&a;</FromUserName></xml>'.encode("utf-16-le"),
        '<?xml version="1.0" encoding="utf-16"?><xml><MsgType>text</MsgType></xml>'.encode("utf-16"),
        b"<xml><MsgType>text</MsgType></xml>",
        b"<xml><FromUserName>../x</FromUserName><MsgType>text</MsgType></xml>",
    ],
)
async def test_what_is_no_message_is_refused(line: Line, body: bytes) -> None:
    assert (await line.webhook.send(body=body)).status == 400


async def test_the_address_is_proven_to_wechat_and_to_nobody_else(line: Line) -> None:
    from bots.wechat_crypto import signature

    at = str(int(time.time()))
    asked = {"timestamp": at, "nonce": "n", "echostr": "12345"}
    good = await line.client.get("/bots/wechat", params=asked | {"signature": signature(TOKEN, at, "n")})
    assert (good.status, await good.text()) == (200, "12345")
    assert (await line.client.get("/bots/wechat", params=asked | {"signature": "x"})).status == 403


# Notices


async def followed(line: Line) -> Message:
    """A notice of a case that is followed from WeChat."""
    number = line.county.number(Status.RECEIVED)
    await line.webhook.say(f"查询 {number} {line.county.pin(Status.RECEIVED)}")
    await line.webhook.say("订阅")
    assert await Subscription.filter(place="bots.wechat", address=PERSON).exists()
    change = line.county.house.cases.move
    await change(number, Status.CORRECTION, who_may(Status.CORRECTION), data=TOLD[Status.CORRECTION])
    return await Message.get(notification__kind="correction", place="bots.wechat")


async def test_who_wrote_lately_is_told_in_the_chat(line: Line) -> None:
    message = await followed(line)
    await until(message, "sent")
    assert line.wechat.of("message/custom/send")[0]["text"]["content"] == message.text
    assert line.wechat.of("message/subscribe/bizsend") == []


@pytest.mark.parametrize("code", [45015, 45047])
async def test_who_did_not_write_lately_gets_the_notice_they_subscribed_to(line: Line, code: int) -> None:
    line.wechat.codes["message/custom/send"] = code
    message = await followed(line)
    await until(message, "sent")
    [notice] = line.wechat.of("message/subscribe/bizsend")
    assert (notice["touser"], notice["template_id"]) == (PERSON, "a-template-id")
    assert "/q/" in notice["page"]
    assert notice["data"]["phrase2"]["value"] == "请修改"
    assert 0 < len(notice["data"]["thing1"]["value"]) <= 20


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (40003, "invalid"),
        (43004, "opted_out"),
        (43101, "rejected"),
        (45009, "throttled"),
        (-1, "throttled"),
        (48001, "config"),
        (99999, "rejected"),
        (500, "unknown"),
    ],
)
async def test_each_refusal_is_put_into_our_terms(line: Line, code: int, reason: str) -> None:
    line.wechat.codes["message/custom/send"] = code
    channel = line.channel
    await channel.start()
    with pytest.raises(SendError) as refused:
        await channel.send(Outbound(PERSON, "您好", "zh", 0))
    assert refused.value.reason == reason
    assert SECRET_WORD not in str(refused.value)
    await channel.stop()


def test_a_template_s_fields_are_filled_in_words_and_in_wechat_s_measures() -> None:
    language = Catalogues()["zh"]
    names = {"thing1": "reason", "phrase2": "stage", "phrase3": "decision", "time4": "due", "date5": "amend_until"}
    template = Template(id="a-template-id", fields=names)
    facts = {"reason": "事" * 30, "stage": "reviewing", "decision": "granted", "due": "2026-12-07"}
    values = filled(template, facts | {"amend_until": "2026-12-01T10:30:00+08:00"}, language)
    assert values == {
        "thing1": "事" * 19 + "…",
        "phrase2": "审查中",
        "phrase3": "准予",
        "time4": "2026-12-07 00:00",
        "date5": "2026-12-01 10:30",
    }
    assert filled(Template(id="a-template-id", fields={"thing1": "reason"}), {}, language) == {"thing1": "-"}
    with pytest.raises(SendError, match="due is not known"):
        filled(Template(id="a-template-id", fields={"time1": "due"}), {}, language)


async def test_a_notice_whose_token_can_not_be_had_is_tried_again(line: Line) -> None:
    line.wechat.codes["stable_token"] = 500
    channel = line.channel
    await channel.start()
    channel._api._scratch = ProcessScratch()
    with pytest.raises(SendError) as refused:
        await channel.send(Outbound(PERSON, "您好", "zh", 0))
    assert refused.value.reason == "unreachable"
    await channel.stop()


async def test_an_answer_that_comes_in_pieces_is_read_whole(line: Line) -> None:
    line.wechat.pieces = True
    channel = line.channel
    await channel.start()
    await channel.send(Outbound(PERSON, "您好", "zh", 0))
    await channel.stop()


# The token


async def api(line: Line, scratch: ProcessScratch) -> WeChatApi:
    made = WeChatApi(line.wechat.url, APP_ID, SECRET_WORD, scratch)
    await made.start()
    return made


async def test_a_token_is_asked_for_once_by_all_and_again_when_it_is_gone(line: Line) -> None:
    shared = ProcessScratch()
    processes = [await api(line, shared) for _ in range(4)]
    line.wechat.tokens = 0
    assert len({*await asyncio.gather(*(one.token() for one in processes * 5))}) == 1
    assert line.wechat.tokens == 1
    line.wechat.gone.add("token1")
    await asyncio.gather(*(one.say(PERSON, "您好") for one in processes))
    assert line.wechat.tokens == 2
    assert not any(what["force_refresh"] for what in line.wechat.of("stable_token"))
    line.wechat.gone.add("token2")
    line.wechat.sticks = "token2"
    await asyncio.gather(*(one.say(PERSON, "您好") for one in processes))
    assert [what["force_refresh"] for what in line.wechat.of("stable_token")].count(True) == 1
    for one in processes:
        await one.stop()


async def test_a_token_is_given_up_before_wechat_does(line: Line) -> None:
    line.wechat.lasts_s, line.wechat.tokens = 1, 0
    one = await api(line, ProcessScratch())
    await one.token()
    await asyncio.sleep(0.6)
    await one.token()
    assert line.wechat.tokens == 2
    await one.stop()


async def test_a_wrong_secret_is_told_as_what_it_is(line: Line) -> None:
    wrong = WeChatSettings.model_validate(line.section | {"app_secret": "another secret word"})
    channel = WeChat(wrong, line.county.house.switchboard)
    await channel.start()
    with pytest.raises(SendError, match="config"):
        await channel.probe()
    await channel.stop()


# Codes


async def test_the_page_of_a_case_has_a_code_that_binds_it(line: Line) -> None:
    number, pin = line.county.number(Status.REVIEWING), line.county.pin(Status.REVIEWING)
    page = await (await line.client.post("/cases", data={"number": number, "pin": pin})).text()
    found = re.search(r'src="(/bots/wechat/qr/[^"]+\.png)"', page)
    assert found
    for _ in range(2):
        picture = await line.client.get(found[1])
        assert (picture.status, picture.content_type) == (200, "image/png")
    [asked] = line.wechat.of("qrcode/create")
    assert asked["action_info"]["scene"]["scene_str"] in found[1]
    assert (await line.client.get("/bots/wechat/qr/forged.png")).status == 404
    await line.county.house.switches.switch("bots.wechat", on=False, by="admin")
    assert (await line.client.post("/bots/wechat", data=b"<xml/>")).status == 503
    assert (await line.client.get(found[1])).status == 200  # it stands on the page all the same


async def test_codes_are_not_asked_for_without_end(line: Line) -> None:
    statuses = {(await line.client.get("/bots/wechat/qr/forged.png")).status for _ in range(301)}
    assert statuses == {404, 429}


@pytest.mark.parametrize("text", ["", "短", "行\n" * 2000, "长" * 5000, "😀" * 1500])
def test_pieces_fit_and_lose_nothing(text: str) -> None:
    pieces = xml.cut(text)
    assert all(0 < len(piece.encode()) <= xml.MOST_TEXT_BYTES for piece in pieces)
    assert "".join(pieces).replace("\n", "") == text.replace("\n", "")


@pytest.mark.parametrize(
    ("key", "value"),
    [("aes_key", ""), ("aes_key", "short"), ("app_id", "x"), ("token", "a b"), ("mode", "both"), ("app_secret", "")],
)
def test_a_setting_that_can_not_be_is_told(key: str, value: str) -> None:
    good = {"enabled": True, "app_id": APP_ID, "app_secret": SECRET_WORD, "token": TOKEN, "aes_key": AES_KEY}
    with pytest.raises(ValidationError):
        WeChatSettings.model_validate(good | {key: value})
