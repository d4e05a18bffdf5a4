"""What WeChat sends to the webhook, in our terms, and the answers that it takes there.

Source: WeChat's documentation for official accounts, "接收普通消息", "接收事件推送" and "被动回复用户消息".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from xml.etree import ElementTree as Xml

from core.dialogue.commands import COMMANDS
from core.dialogue.said import Opened, Said, Scanned, Tapped, Unreadable, Written

MOST_TEXT_BYTES = 2048
_SCENE = "qrscene_"
_USER = re.compile(r"[A-Za-z0-9_-]{1,64}")
_TURN, _KEY = re.compile(r"\d{1,9}", re.ASCII), re.compile(r"[a-z0-9_]{1,40}", re.ASCII)
_DECLARED = re.compile(r"<!\s*(DOCTYPE|ENTITY)|\x00", re.IGNORECASE)


class Malformed(Exception):
    """What is no message of WeChat's."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """One message or event: from whom, a name of its own for repeats, and what was said; None wants no answer."""

    user: str
    account: str
    name: str
    said: Said | None


def fields(body: bytes) -> Mapping[str, str]:
    """The fields of a message. Raises Malformed, for one that declares anything of its own too."""
    try:
        # As text in the one coding that WeChat writes: in another one a declaration would not be seen.
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise Malformed("no UTF-8") from None
    if _DECLARED.search(text):
        raise Malformed("declarations are not taken")
    try:
        root = Xml.fromstring(text)  # noqa: S314  (without declarations nothing can be expanded)
    except (Xml.ParseError, ValueError):
        raise Malformed("no XML") from None
    return {child.tag: child.text or "" for child in root}


def arrived(found: Mapping[str, str]) -> Arrived:
    """Raises Malformed."""
    user, kind = found.get("FromUserName", ""), found.get("MsgType", "")
    if not _USER.fullmatch(user) or not kind:
        raise Malformed("nobody said it")
    event = found.get("Event", "")
    name = found.get("MsgId") or f"{user}:{found.get('CreateTime', '')}:{event}:{found.get('EventKey', '')}"
    said = _of_event(event, found) if kind == "event" else _of_message(kind, found)
    return Arrived(user, found.get("ToUserName", ""), name[:200], said)


def _of_message(kind: str, found: Mapping[str, str]) -> Said:
    if kind != "text":
        return Unreadable()
    words, turn = found.get("Content", ""), found.get("bizmsgmenuid", "")
    if _TURN.fullmatch(turn) and _KEY.fullmatch(words):
        return Tapped(int(turn), words)
    return Written(words)


def _of_event(event: str, found: Mapping[str, str]) -> Said | None:
    key = found.get("EventKey", "")
    match event:
        case "subscribe":
            return Opened(key.removeprefix(_SCENE) if key.startswith(_SCENE) else "")
        case "SCAN":
            return Scanned(key)
        case "CLICK":
            return Written(f"/{key}" if f"/{key}" in COMMANDS else key)
    return None  # leaving, opening a page, receipts: nobody waits for an answer


def passive(came: Arrived, text: str, at_s: int) -> bytes:
    """The answer to a message, within the answer to its request."""
    values = {"ToUserName": came.user, "FromUserName": came.account, "MsgType": "text", "Content": text}
    body = "".join(f"<{name}>{_quoted(value)}</{name}>" for name, value in values.items())
    return f"<xml>{body}<CreateTime>{at_s}</CreateTime></xml>".encode()


def sealed(content: str, signed: str, at_s: str, nonce: str) -> bytes:
    """A sealed answer with its signature."""
    values = {"Encrypt": content, "MsgSignature": signed, "Nonce": nonce}
    body = "".join(f"<{name}>{_quoted(value)}</{name}>" for name, value in values.items())
    return f"<xml>{body}<TimeStamp>{at_s}</TimeStamp></xml>".encode()


def cut(text: str) -> list[str]:
    """A text in pieces that WeChat takes, cut between lines where that can be."""
    pieces = [""]
    for line in text.splitlines(keepends=True):
        for part in _short(line):
            if len((pieces[-1] + part).encode()) > MOST_TEXT_BYTES:
                pieces.append("")
            pieces[-1] += part
    return [found for piece in pieces if (found := piece.strip("\n"))]


def _short(line: str) -> list[str]:
    room = MOST_TEXT_BYTES // 4  # characters: none takes more than four bytes
    if len(line.encode()) <= MOST_TEXT_BYTES:
        return [line]
    return [line[at : at + room] for at in range(0, len(line), room)]


def _quoted(text: str) -> str:
    return f"<![CDATA[{text.replace(']]>', ']]]]><![CDATA[>')}]]>"
