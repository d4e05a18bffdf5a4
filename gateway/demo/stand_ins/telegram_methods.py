"""What the methods of Telegram's Bot API answer, as far as a bot that talks and sends files needs them.

Source: Telegram's "Bot API", whose limits hold here too: 4,096 characters a text, 64 bytes a button, 20 MB a download.
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from PIL import Image

Json = dict[str, Any]
MOST_TEXT, MOST_BUTTON_BYTES = 4096, 64
MOST_FETCHED_BYTES, MOST_PHOTO_BYTES = 20 * 2**20, 10 * 2**20


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as the bot sent it."""

    name: str
    content: bytes


class Refused(Exception):
    """An answer that isn't `ok`; `retry_after` in seconds."""

    def __init__(self, status: int, description: str, retry_after: int | None = None) -> None:
        super().__init__(description)
        self.status, self.description, self.retry_after = status, description, retry_after


@dataclass
class Service:
    """What Telegram knows of a bot: who may be written to, files, the menus of commands, where updates go.

    `watching` are told of each message in a chat; of files it `keeps` so many, 0 for all. The real one takes webhooks
    with TLS alone, and so does this one unless it `takes_plain`.
    """

    bot_id: int
    keeps: int = 0
    takes_plain: bool = False
    chats: dict[int, Json] = field(default_factory=dict)
    blocked: set[int] = field(default_factory=set)
    files: dict[str, Upload] = field(default_factory=dict)
    commands: dict[str, list[Json]] = field(default_factory=dict)
    taps: set[str] = field(default_factory=set)
    watching: dict[int, Callable[[Json], None]] = field(default_factory=dict)
    webhook: Json = field(default_factory=dict)
    _numbers: count[int] = field(default_factory=lambda: count(1000))

    def number(self) -> int:
        """One that nothing else has."""
        return next(self._numbers)

    def keep(self, name: str, content: bytes) -> Json:
        """Take a file into the store; how messages refer to it."""
        key = f"file-{self.number()}"
        self.files[key] = Upload(name, content)
        while self.keeps and len(self.files) > self.keeps:
            del self.files[next(iter(self.files))]
        return {"file_id": key, "file_unique_id": f"u{key}", "file_size": len(content)}

    @property
    def me(self) -> Json:
        return {"id": self.bot_id, "is_bot": True, "first_name": "好办", "username": "haoban_demo_bot"}

    def answer(self, method: str, fields: Mapping[str, Any], uploads: Mapping[str, Upload]) -> object:
        """The result of a call. Raises Refused."""
        known = _METHODS.get(method)
        if known is None:
            raise Refused(404, "Not Found")
        return known(self, fields, uploads)

    def _get_me(self, _fields: Mapping[str, Any], _uploads: Mapping[str, Upload]) -> Json:
        return {**self.me, "can_join_groups": True, "can_read_all_group_messages": False}

    def _set_my_commands(self, fields: Mapping[str, Any], _uploads: Mapping[str, Upload]) -> bool:
        for one in fields["commands"]:
            if not 1 <= len(one["command"]) <= 32 or not 1 <= len(one["description"]) <= 256:
                raise Refused(400, "Bad Request: BOT_COMMAND_INVALID")
        self.commands[fields.get("language_code", "")] = fields["commands"]
        return True

    def _set_webhook(self, fields: Mapping[str, Any], _uploads: Mapping[str, Upload]) -> bool:
        plain = ("https://", "http://127.0.0.1:", *(("http://",) if self.takes_plain else ()))
        if not fields["url"].startswith(plain):
            raise Refused(400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook")
        self.webhook = dict(fields)
        return True

    def _delete_webhook(self, _fields: Mapping[str, Any], _uploads: Mapping[str, Upload]) -> bool:
        self.webhook = {}
        return True

    def _send_message(self, fields: Mapping[str, Any], _uploads: Mapping[str, Upload]) -> Json:
        if not fields.get("text", "").strip():
            raise Refused(400, "Bad Request: message text is empty")
        if len(fields["text"].encode("utf-16-le")) // 2 > MOST_TEXT:
            raise Refused(400, "Bad Request: message is too long")
        return self._sent(fields, text=fields["text"])

    def _send_photo(self, fields: Mapping[str, Any], uploads: Mapping[str, Upload]) -> Json:
        upload = _upload(fields["photo"], uploads)
        if len(upload.content) > MOST_PHOTO_BYTES:
            raise Refused(413, "Request Entity Too Large")
        return self._sent(fields, photo=[self.photo(upload.content)])

    def photo(self, content: bytes) -> Json:
        """One size of a photograph."""
        with Image.open(io.BytesIO(content)) as picture:
            return {**self.keep("photo.jpg", content), "width": picture.width, "height": picture.height}

    def _send_document(self, fields: Mapping[str, Any], uploads: Mapping[str, Upload]) -> Json:
        upload = _upload(fields["document"], uploads)
        return self._sent(fields, document={**self.keep(upload.name, upload.content), "file_name": upload.name})

    def _sent(self, fields: Mapping[str, Any], **content: object) -> Json:
        chat = self._chat(fields)
        message = {"message_id": self.number(), "date": int(time.time()), "chat": chat, "from": self.me, **content}
        if markup := fields.get("reply_markup"):
            _check_buttons(markup)
            message["reply_markup"] = markup
        if sees := self.watching.get(chat["id"]):
            sees(message)
        return message

    def _chat(self, fields: Mapping[str, Any]) -> Json:
        chat = self.chats.get(int(fields["chat_id"]))
        if chat is None:
            raise Refused(400, "Bad Request: chat not found")
        if chat["id"] in self.blocked:
            raise Refused(403, "Forbidden: bot was blocked by the user")
        return chat

    def _send_chat_action(self, fields: Mapping[str, Any], _uploads: Mapping[str, Upload]) -> bool:
        self._chat(fields)
        return True

    def _answer_callback_query(self, fields: Mapping[str, Any], _uploads: Mapping[str, Upload]) -> bool:
        if fields["callback_query_id"] not in self.taps:
            raise Refused(400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
        self.taps.discard(fields["callback_query_id"])
        return True

    def _get_file(self, fields: Mapping[str, Any], _uploads: Mapping[str, Upload]) -> Json:
        key = fields["file_id"]
        upload = self.files.get(key)
        if upload is None:
            raise Refused(400, "Bad Request: wrong file_id or the file is temporarily unavailable")
        if len(upload.content) > MOST_FETCHED_BYTES:
            raise Refused(400, "Bad Request: file is too big")
        told = {"file_id": key, "file_unique_id": f"u{key}", "file_size": len(upload.content)}
        return {**told, "file_path": f"files/{key}"}


_METHODS: Mapping[str, Callable[[Service, Mapping[str, Any], Mapping[str, Upload]], object]] = {
    "getMe": Service._get_me,
    "setMyCommands": Service._set_my_commands,
    "setWebhook": Service._set_webhook,
    "deleteWebhook": Service._delete_webhook,
    "sendMessage": Service._send_message,
    "sendPhoto": Service._send_photo,
    "sendDocument": Service._send_document,
    "sendChatAction": Service._send_chat_action,
    "answerCallbackQuery": Service._answer_callback_query,
    "getFile": Service._get_file,
}


def _upload(reference: str, uploads: Mapping[str, Upload]) -> Upload:
    upload = uploads.get(reference.removeprefix("attach://"))
    if upload is None or not upload.content:
        raise Refused(400, "Bad Request: file must be non-empty")
    return upload


def _check_buttons(markup: Json) -> None:
    for button in (button for row in markup["inline_keyboard"] for button in row):
        if not button["text"].strip():
            raise Refused(400, "Bad Request: inline keyboard button text must be non-empty")
        if not 1 <= len(button["callback_data"].encode()) <= MOST_BUTTON_BYTES:
            raise Refused(400, "Bad Request: BUTTON_DATA_INVALID")
