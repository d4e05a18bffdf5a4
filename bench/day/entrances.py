"""The public entrances, each with the request that brings a stranger's input there, past its lock where it has one."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import escape, unescape

from aiohttp import FormData

from bench.day.citizens import SMS, TELEGRAM, VOICE, from_kiosk
from bench.day.course import Day
from bench.day.settings import (
    ACCOUNT,
    AUTH_TOKEN,
    BOT_SECRET,
    KANNEL_SECRET,
    PUBLIC_URL,
    WECHAT_APP,
    WECHAT_KEY,
    WECHAT_TOKEN,
)
from bots.wechat_crypto import Seal
from bots.wechat_crypto import signature as wechat_signature
from gateway.demo.stand_ins.twilio_webhooks import signature

Request = tuple[str, str, dict[str, Any]]
Make = Callable[[str, Any, bytes], Request]
"""Of words, any JSON and bytes it takes what fits."""
ENTRANCES = (
    *("sms", "voice", "receipt", "telegram", "status", "items", "page", "rating", "code", "form", "kiosk", "shelf"),
    *("photograph", "sign in", "scan", "other", "notices", "mail stop", "spoken notice", "system"),
    *("kannel", "kannel receipt", "wechat"),
)


def requests(day: Day, n: int) -> Mapping[str, Make]:
    """By the entrance's name, those of the n-th stranger."""
    return {
        **_of_channels(n),
        **_of_kannel(n),
        "wechat": _of_wechat(n),
        **_of_pages(day, n),
        **_of_hall(day, n),
        "system": _of_systems(day, n),
    }


def _of_channels(n: int) -> dict[str, Make]:
    caller, secret = f"+86155{n:08d}", {"X-Telegram-Bot-Api-Secret-Token": BOT_SECRET}
    chat = {"id": 7_000_000 + n, "type": "private"}

    def update(said: str, more: Any, _raw: bytes) -> Request:
        message = {
            "message_id": 1,
            "date": 0,
            "chat": chat,
            "from": {"id": chat["id"], "is_bot": False, "first_name": "x"},
        }
        body = {"update_id": 10_000_000 + n, "message": message | {"text": said}} if n % 3 else more
        return "POST", TELEGRAM, {"data": json.dumps(body), "headers": secret | {"Content-Type": "application/json"}}

    return {
        "sms": lambda said, more, raw: _signed(SMS, {"MessageSid": f"SMF{n}", "From": caller, "Body": said}),
        "voice": lambda said, more, raw: _signed(
            f"{VOICE}?turn={n % 4}",
            {"CallSid": f"CAF{n // 4}", "From": "+8615600000000", ("Digits", "SpeechResult")[n % 2]: said},
        ),
        "receipt": lambda said, more, raw: _signed(
            f"/channels/twilio/status?message={quote(said)}", {"MessageSid": said or "x", "MessageStatus": "delivered"}
        ),
        "spoken notice": lambda said, more, raw: _signed(
            f"/channels/twilio/voice/notice?message={n}&turn={quote(said)}",
            {"CallSid": f"CAN{n}", "From": caller, "AnsweredBy": said, "Digits": said},
        ),
        "telegram": update,
    }


def _of_kannel(n: int) -> dict[str, Make]:
    """It stands beside the program: no proxy is between them."""
    own: dict[str, Any] = {"headers": {"X-Forwarded-For": ""}}

    def came(said: str, more: Any, raw: bytes) -> Request:
        words = quote(raw[:200] if n % 3 == 0 else said.encode(("utf-8", "utf-16-be")[n % 2], "replace"))
        coding, charset = ("", "0", "1", "2", quote(said))[n % 5], ("", "UTF-8", "gbk", quote(str(more)[:40]))[n % 4]
        return (
            "GET",
            f"/channels/kannel/sms?secret={KANNEL_SECRET}&id=F{n}&from=%2B86157{n:08d}"
            f"&coding={coding}&charset={charset}&text={words}",
            own,
        )

    def receipt(said: str, more: Any, _raw: bytes) -> Request:
        told = quote(said, safe="")
        message, report = (told, n, n)[n % 3], ("1", told, "16")[n % 3]
        return (
            "GET",
            f"/channels/kannel/status?secret={KANNEL_SECRET}&message={message}&report={report}"
            f"&answer={told}&provider={quote(str(more)[:80], safe='')}",
            own,
        )

    return {"kannel": came, "kannel receipt": receipt}


def _of_wechat(n: int) -> Make:
    """Signed, and sealed with the right key or not."""

    def came(said: str, more: Any, raw: bytes) -> Request:
        kind, event = (("text", ""), ("event", "SCAN"), ("event", "subscribe"), (escape(said), escape(said)))[n % 4]
        fields = {
            "ToUserName": "centre",
            "FromUserName": f"stranger{n}",
            "MsgId": n if n % 4 == 0 else "",
            "CreateTime": n,
            "MsgType": kind,
            "Event": event,
            ("Content", "EventKey", "bizmsgmenuid")[n % 3]: escape(said if n % 2 else str(more)),
        }
        content = "".join(f"<{name}>{value}</{name}>" for name, value in fields.items())
        inner = raw if n % 5 == 0 else f"<xml>{content}</xml>".encode(errors="replace")
        sealed = escape(said) if n % 7 == 0 else Seal(WECHAT_KEY, WECHAT_APP).seal(inner)
        at, nonce = str(int(time.time())), str(n)
        signed = wechat_signature(WECHAT_TOKEN, at, nonce, unescape(sealed))
        body = raw if n % 11 == 0 else f"<xml><Encrypt>{sealed}</Encrypt></xml>".encode(errors="replace")
        return "POST", f"/bots/wechat?timestamp={at}&nonce={nonce}&msg_signature={signed}", {"data": body}

    return came


def _of_pages(day: Day, n: int) -> dict[str, Make]:
    case = day.county.standing[n % 50]
    return {
        "status": lambda said, more, raw: (
            ("POST", "/api/v1/status", {"json": {"number": said, "pin": more}})
            if n % 2
            else ("POST", "/api/v1/status", {"data": raw})
        ),
        "items": lambda said, more, raw: (
            "GET",
            f"/{'api/v1/' * (n % 2)}items?{('q', 'department', 'page', 'limit')[n // 2 % 4]}={quote(said)}",
            {},
        ),
        "page": lambda said, more, raw: ("POST", "/cases", {"data": {"number": said, "pin": case.pin}}),
        "rating": lambda said, more, raw: (
            "POST",
            "/cases/rating",
            {"data": {"token": case.token if n % 2 else said, "score": said, "words": said}},
        ),
        "notices": lambda said, more, raw: (
            "POST",
            "/cases/notices",
            {"data": {"token": case.token, "what": ("add", "confirm", said)[n % 3], "number": said, "code": said}},
        ),
        "mail stop": lambda said, more, raw: (("GET", "POST")[n % 2], f"/mail/stop/{quote(said, safe='')}", {}),
        "code": lambda said, more, raw: ("GET", f"/q/{quote(said, safe='')}{case.token[n % 32 :]}", {}),
        "form": lambda said, more, raw: (
            "GET",
            f"/{('forms', 'items', 'board', 'notices')[n % 4]}/{quote(said, safe='')}",
            {},
        ),
        "other": lambda said, more, raw: (("PUT", "HEAD", "OPTIONS")[n % 3], f"/{quote(said)}", {"data": raw}),
    }


def _of_hall(day: Day, n: int) -> dict[str, Make]:
    case, kiosk = day.county.standing[n % 50], from_kiosk(day.county, 0)
    head = day.teams[0].members["head"]

    def scan(said: str, _more: Any, raw: bytes) -> Request:
        form = FormData({"mark": head.mark})
        form.add_field("file", raw, filename="".join(filter(str.isprintable, said[:60])) or "x")
        return "POST", f"/staff/cases/{case.number}/files", {"data": form, "headers": head._headers}

    return {
        "shelf": lambda said, more, raw: ("GET", f"/kiosk/zh/guide/topic?name={quote(said)}", {"headers": kiosk}),
        "kiosk": lambda said, more, raw: (
            "POST",
            "/kiosk/zh/case",
            {"data": {"number": said, "token": said}, "headers": kiosk},
        ),
        "photograph": lambda said, more, raw: ("POST", "/kiosk/zh/photograph", {"data": raw, "headers": kiosk}),
        "sign in": lambda said, more, raw: ("POST", "/staff/sign-in", {"data": {"login": said, "password": said}}),
        "scan": scan,
    }


def _of_systems(day: Day, n: int) -> Make:
    """What another system may send with a key that may do everything: right but for one part of it."""
    case, by = day.county.standing[n % 50], {"name": "测试", "role": "head"}
    move: dict[str, Any] = {"to": "accepted", "by": by, "reason": "", "missing": [], "until": None, "seq": None}
    result: dict[str, Any] = {"by": by, "result_code": "0", "result_name": "", "result_no": "", "collect": ""}
    item: dict[str, Any] = {"name": "事项", "department": "局", "materials": [], "fees": [], "questions": []}
    new: dict[str, Any] = {"task_code": "x", "applicant": {"name": "测试"}, "status": "received", "by": by}

    def call(said: str, more: Any, raw: bytes) -> Request:
        told = quote(said, safe="") or "x"
        calls: tuple[tuple[str, str, dict[str, Any]], ...] = (
            ("POST", "/api/v1/cases", new),
            ("GET", f"/api/v1/cases?status={told}&after={told}", {}),
            ("GET", f"/api/v1/cases/{told}", {}),
            ("POST", f"/api/v1/cases/{case.number}/moves", move),
            ("POST", f"/api/v1/cases/{case.number}/result", result),
            ("PUT", f"/api/v1/items/{told}", item),
            ("GET", f"/api/v1/events?after={told}&limit={told}", {}),
            ("POST", "/api/v1/webhooks", {"url": "x", "after": 0}),
            ("POST", f"/api/v1/webhooks/{told}/replay", {"after": 0}),
            ("DELETE", f"/api/v1/webhooks/{told}", {}),
        )
        method, path, right = calls[n % len(calls)]
        spoiled = right | {list(right)[n // len(calls) % len(right)]: (said, more)[n % 2]} if right else more
        headers = {"Authorization": f"Bearer {day.county.key}", "Idempotency-Key": f"stranger-{n}"}
        sent = {"data": raw} if n % 7 == 0 else {"json": spoiled}
        return method, path, {"headers": headers} | ({} if method == "GET" else sent)

    return call


def _signed(path: str, form: dict[str, str]) -> Request:
    form = {"AccountSid": ACCOUNT, **form}
    return (
        "POST",
        path,
        {"data": form, "headers": {"X-Twilio-Signature": signature(AUTH_TOKEN, PUBLIC_URL + path, form)}},
    )
