"""What comes from chats: signed and sealed as the services do it, or nearly, and with anything in it."""

from __future__ import annotations

import json
import time
from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import escape, unescape

from bench.day.citizens import TELEGRAM
from bench.day.fuzz_stranger import Make, Request, Stranger
from bench.day.settings import BOT_SECRET, WECHAT_APP, WECHAT_KEY, WECHAT_TOKEN
from bots.wechat_crypto import Seal, signature

MOST_TEXTS = 3
WECHAT = "/bots/wechat"
_SEAL = Seal(WECHAT_KEY, WECHAT_APP)
_ANOTHER_SEAL = Seal(WECHAT_KEY[::-1].translate(str.maketrans("GFE", "abc")), WECHAT_APP)


def _words(s: Stranger) -> str:
    return s.pick(
        f"查询 {s.case.number} {s.case.pin}",
        s.said,
        s.said,
        f"/start {s.said}",
        f"/start {s.case.token}",
        "查询",
        "1",
        s.case.number,
        s.case.pin,
    )


def telegram(s: Stranger) -> tuple[Request, ...]:
    chat = 7_000_000 + s.n
    s.day.telegram.know(chat)
    return tuple(_update(s, chat, step) for step in s.times(MOST_TEXTS))


def _update(s: Stranger, chat: int, step: int) -> Request:
    person = {"id": chat, "is_bot": False, "first_name": s.mostly("x", s.said), "language_code": s.mostly("zh", s.said)}
    message: dict[str, Any] = {"message_id": s.n, "date": 0, "chat": {"id": chat, "type": "private"}, "from": person}
    said = message | {"text": _words(s)}
    query = {"id": "1", "from": person, "chat_instance": "1", "message": said, "data": s.pick("1:home", s.said)}
    spoiled = said | {s.pick("text", "chat", "from", "date", "photo", "entities"): s.more}
    part = s.mostly({"message": said}, {"message": spoiled}, {"callback_query": query}, {"edited_message": s.more})
    body = {"update_id": 10 * (1_000_000 + s.n) + step} | part
    headers = {"X-Telegram-Bot-Api-Secret-Token": BOT_SECRET, "Content-Type": "application/json"}
    data = s.mostly(json.dumps(body).encode(), json.dumps(s.more).encode(), s.raw)
    return "POST", TELEGRAM, {"data": data, "headers": headers}


def wechat(s: Stranger) -> tuple[Request, ...]:
    """Signed, and mostly sealed with the right key."""
    return tuple(_by_wechat(s, step) for step in s.times(MOST_TEXTS))


def _by_wechat(s: Stranger, step: int) -> Request:
    kind = s.pick("text", "text", "event")
    fields = {
        "ToUserName": "centre",
        "FromUserName": f"stranger{s.n}",
        "MsgId": s.mostly(f"{s.n}{step}", ""),
        "CreateTime": s.mostly(f"{s.n}", s.said),
        "MsgType": s.mostly(kind, "image", s.said),
        "Event": s.pick("subscribe", "SCAN", "CLICK", "unsubscribe", s.said),
        "EventKey": s.pick("", f"qrscene_{s.case.token}", s.case.token, s.said),
        "Content": s.pick(_words(s), _words(s), str(s.more)),
        "bizmsgmenuid": s.mostly("", "1", s.said),
    }
    content = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in fields.items())
    whole = f"<xml>{content}</xml>".encode(errors="replace")
    inner = s.mostly(whole, s.raw)
    right = _SEAL.seal(inner)
    sealed = s.mostly(right, escape(s.said), _ANOTHER_SEAL.seal(inner))
    signed = signature(WECHAT_TOKEN, *(signs := _lately(s, step)), unescape(sealed))
    body = f"<xml><Encrypt>{sealed}</Encrypt></xml>".encode(errors="replace")
    address = f"{WECHAT}?timestamp={signs[0]}&nonce={signs[1]}&msg_signature={signed}"
    return "POST", address, {"data": s.mostly(body, s.raw)}


def wechat_proof(s: Stranger) -> tuple[Request, ...]:
    """Asked whether the address is ours."""
    at, nonce = _lately(s, 0)
    signed = s.mostly(signature(WECHAT_TOKEN, at, nonce), s.said)
    told = f"signature={quote(signed, safe='')}&timestamp={s.mostly(at, quote(s.said, safe=''))}&nonce={nonce}"
    return (("GET", f"{WECHAT}?{told}&echostr={quote(s.said, safe='')}", {}),)


def _lately(s: Stranger, step: int) -> tuple[str, str]:
    return str(int(time.time())), f"{s.n}x{step}"


ENTRANCES: dict[str, Make] = {"telegram": telegram, "wechat": wechat, "wechat proof": wechat_proof}
