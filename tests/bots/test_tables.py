"""The bot at a glance: what comes in by the webhook and what goes out, and what goes out unasked and comes of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from core.codes import Status
from core.errors import SendError
from core.ports import Outbound, Sent
from gateway.demo.stand_ins.telegram_methods import Refused
from gateway.demo.stand_ins.telegram_server import Garbled, HangUp
from gateway.registry import switched_on
from tests.bots.citizen import PERSON

Json = dict[str, Any]
FILE = {"file_id": "f", "file_unique_id": "u"}
PICTURE = {**FILE, "width": 90, "height": 90}
CHANNEL = {"id": -100, "type": "channel"}
PRIVATE = {"id": 77, "type": "private"}
FETCHED = ("getFile", "sendMessage")
TAPPED = ("answerCallbackQuery", "sendMessage")
CANT_READ = "这里只看文字、按钮和回执二维码的照片"


@dataclass(frozen=True)
class Incoming:
    """An update, less its number; what the bot says to it, none when it says nothing; `{n}` and `{p}` are a case's."""

    label: str
    update: Json
    told: str | None
    methods: tuple[str, ...] = ("sendMessage",)


def message(chat: Json = PRIVATE, **content: Any) -> Json:
    return {"message": {"message_id": 1, "date": 1764000000, "chat": chat, "from": PERSON, **content}}


def speaking(language: str) -> Json:
    return {"from": PERSON | {"language_code": language}}


def tap(data: str, **changed: Any) -> Json:
    origin = {"message_id": 1, "date": 1764000000, "chat": PRIVATE, "text": "x"}
    return {
        "callback_query": {"id": "1", "from": PERSON, "chat_instance": "1", "message": origin, "data": data, **changed}
    }


INCOMING = (
    Incoming("words", message(text="身份证丢了怎么办"), "居民身份证补领"),
    Incoming("words in English", message(text="lost id card"), "Replacement of a lost resident identity card"),
    Incoming("number and PIN", message(text="{n} {p}"), "已受理"),
    Incoming("number and PIN on two lines", message(text="{n}\n{p}"), "已受理"),
    Incoming("a number alone", message(text="{n}"), "6位查询密码"),
    Incoming("a number with a slip", message(text="261123000019"), "查询号"),
    Incoming("nothing that is known", message(text="今天天气怎么样"), "没有找到"),
    Incoming("the longest text", message(text="办" * 4096), "没有找到"),
    Incoming("signs only", message(text="？？？"), "没看懂"),
    Incoming("an emoji", message(text="👍"), "没看懂"),
    Incoming("/start", message(text="/start"), "可以查办件进度"),
    Incoming("/start with the bot's name", message(text="/start@haoban_demo_bot"), "可以查办件进度"),
    Incoming("/start with a code that is none", message(text="/start abc"), "无效"),
    Incoming("/status", message(text="/status"), "12位查询号"),
    Incoming("/status with what is asked", message(text="/status {n} {p}"), "已受理"),
    Incoming("/items", message(text="/items"), "想办什么事"),
    Incoming("/items with what is asked", message(text="/items 身份证丢了"), "居民身份证补领"),
    Incoming("/subscribe", message(text="/subscribe"), "再发“订阅”"),
    Incoming("/language", message(text="/language"), "English"),
    Incoming("/help", message(text="/help"), "可以查办件进度"),
    Incoming("a command that is none", message(text="/nonsense"), "可以查办件进度"),
    Incoming("words behind a slash", message(text="/身份证丢了"), "居民身份证补领"),
    Incoming("a picture without a code", message(photo=[PICTURE]), "没有读到回执的二维码", FETCHED),
    Incoming("a caption under such a picture", message(photo=[PICTURE], caption="{n} {p}"), "已受理", FETCHED),
    Incoming("a document", message(document={**FILE, "mime_type": "application/pdf"}), CANT_READ),
    Incoming("a voice message", message(voice={**FILE, "duration": 3}), CANT_READ),
    Incoming("a video", message(video={**PICTURE, "duration": 3}), CANT_READ),
    Incoming("a place", message(location={"longitude": 106.6, "latitude": 30.4}), CANT_READ),
    Incoming("a contact", message(contact={"phone_number": "13800000000", "first_name": "王"}), CANT_READ),
    Incoming("a die", message(dice={"emoji": "🎲", "value": 3}), CANT_READ),
    Incoming("a note of the service", message(pinned_message={**message(text="x")["message"]}), None, ()),
    Incoming("an edited message", {"edited_message": {**message(text="{n} {p}")["message"], "edit_date": 1}}, None, ()),
    Incoming(
        "a post in a channel", {"channel_post": message({"id": -100, "type": "channel"}, text="x")["message"]}, None, ()
    ),
    Incoming("a group", message({"id": -5, "type": "group", "title": "g"}, text="{n} {p}"), None, ()),
    Incoming(
        "another bot",
        message(text="{n} {p}") | message(text="{n} {p}", **{"from": PERSON | {"is_bot": True}}),
        None,
        (),
    ),
    Incoming("a button of an older message", tap("999:1"), "以前的按钮", TAPPED),
    Incoming("a button that says nonsense", tap("; drop"), CANT_READ, TAPPED),
    Incoming("a button whose message is gone", tap("1:1", message=None), None, ()),
    Incoming(
        "a button of a message too old to be told",
        tap("999:1", message={"message_id": 1, "date": 0, "chat": PRIVATE}),
        "以前的按钮",
        TAPPED,
    ),
    Incoming(
        "somebody blocks the bot",
        {
            "my_chat_member": {
                "chat": PRIVATE,
                "from": PERSON,
                "date": 1,
                **{
                    name: {
                        "status": status,
                        "user": PERSON | {"is_bot": True},
                        **({"until_date": 0} if status == "kicked" else {}),
                    }
                    for name, status in (("old_chat_member", "member"), ("new_chat_member", "kicked"))
                },
            }
        },
        None,
        (),
    ),
    Incoming("an update of a kind to come", {"telepathy": {"text": "x"}}, None, ()),
)


def _about(found: Any, number: str, pin: str) -> Any:
    """The update with a case's number and PIN in its texts."""
    match found:
        case dict():
            return {name: _about(value, number, pin) for name, value in found.items() if value is not None}
        case list():
            return [_about(each, number, pin) for each in found]
        case str():
            return found.replace("{n}", number).replace("{p}", pin)
    return found


@pytest.mark.parametrize("row", INCOMING, ids=lambda row: row.label)
async def test_what_comes_in_is_answered(chat, row):
    update = _about(row.update, chat.county.number(Status.ACCEPTED), chat.county.pin(Status.ACCEPTED))
    calls = await chat.given(update)
    assert tuple(call.method for call in calls) == row.methods
    assert (row.told or "") in " ".join(map(_words, calls))


def _words(call: Any) -> str:
    """What a message says, with the words of its buttons."""
    rows = call.fields.get("reply_markup", {}).get("inline_keyboard", ())
    return " ".join([call.fields.get("text", ""), *(button["text"] for row in rows for button in row)])


@dataclass(frozen=True)
class Outgoing:
    """A message unasked, what Telegram does with it, and what becomes of it: sent, or the reason why not."""

    label: str
    message: Outbound
    order: Any = None
    reason: str = ""
    retry_after: float | None = None
    calls: int = 1


HELLO = Outbound("77", "您的办件已办结。", "zh")
OUTGOING = (
    Outgoing("a text", HELLO),
    Outgoing("a text that looks like marks of a format", Outbound("77", "<b>*_[x](http://a)_*</b>", "zh")),
    Outgoing("the longest text", Outbound("77", "长" * 4096, "zh")),
    Outgoing("a text that is too long", Outbound("77", "长" * 4097, "zh"), reason="rejected"),
    Outgoing("no chat's number", Outbound("+8613800001234", "x", "zh"), reason="invalid", calls=0),
    Outgoing("a chat that is not there", Outbound("78", "x", "zh"), reason="invalid"),
    Outgoing("the bot is blocked", HELLO, Refused(403, "Forbidden: bot was blocked by the user"), "opted_out"),
    Outgoing("the user is gone", HELLO, Refused(403, "Forbidden: user is deactivated"), "invalid"),
    Outgoing("too many", HELLO, Refused(429, "Too Many Requests: retry after 7", 7), "throttled", 7.0),
    Outgoing("the token was taken back", HELLO, Refused(401, "Unauthorized"), "config"),
    Outgoing("refused for a reason of its own", HELLO, Refused(400, "Bad Request: what else"), "rejected"),
    Outgoing("Telegram has a fault", HELLO, Refused(500, "Internal Server Error"), "unknown"),
    Outgoing("a proxy in between has one", HELLO, Garbled(), "unknown"),
    Outgoing("the answer is lost", HELLO, HangUp(done=True), "unknown"),
)


@pytest.fixture
async def bot(chat):
    """A bot of its own beside the one that answers."""
    (switched,) = switched_on(chat.county.house.settings)
    made = switched.build(chat.county.house.switchboard)
    await made.start()
    await chat.telegram.called("setWebhook", times=2)
    yield made
    await made.stop()


@pytest.mark.parametrize("row", OUTGOING, ids=lambda row: row.label)
async def test_what_goes_out_unasked_is_sent_or_told_why_not(chat, bot, row):
    if row.order is not None:
        chat.telegram.orders["sendMessage"].append(row.order)
    before = len(chat.telegram.calls)
    if row.reason:
        with pytest.raises(SendError) as error:
            await bot.send(row.message)
        assert (error.value.reason, error.value.retry_after) == (row.reason, row.retry_after)
        assert row.message.text not in str(error.value) + error.value.detail
    else:
        assert isinstance(sent := await bot.send(row.message), Sent)
        assert sent.provider_id == str(chat.telegram.calls[-1].answer["result"]["message_id"])
    calls = chat.telegram.calls[before:]
    assert [call.method for call in calls] == ["sendMessage"] * row.calls
    assert all(call.fields["text"] == row.message.text and "parse_mode" not in call.fields for call in calls)
