"""All that is Telegram's own: updates read, calls made, failures told apart; the only user of aiogram.

Sources: Telegram's "Bot API" ("Making requests", Update, getUpdates, setWebhook, ResponseParameters, File), and its
"Bot Features" (deep linking: what follows /start).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import dataclass
from typing import Any, Literal

from aiogram import Bot, methods
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.enums import ChatAction, ChatType, ContentType
from aiogram.exceptions import (
    AiogramError,
    ClientDecodeError,
    TelegramAPIError,
    TelegramBadRequest,
    TelegramEntityTooLarge,
    TelegramForbiddenError,
    TelegramNetworkError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramServerError,
    TelegramUnauthorizedError,
)
from aiogram.types import (
    BotCommand,
    BufferedInputFile,
    CallbackQuery,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    Message,
    Update,
    User,
)
from aiohttp import ClientConnectorError, ClientError
from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator
from structlog import get_logger

from core.attachments import File
from core.errors import BadRequest, SendError

CALL_TIMEOUT_S = 20
UPDATES = ["message", "callback_query"]  # edits, groups' affairs and whatever else there is are not sent to us at all
SHORTEST_SECRET = 16
# What people send that no words can be read in; anything else without words is a note of the service itself.
_WORDLESS = frozenset(
    {
        ContentType.ANIMATION,
        ContentType.AUDIO,
        ContentType.CHECKLIST,
        ContentType.CONTACT,
        ContentType.DICE,
        ContentType.DOCUMENT,
        ContentType.GAME,
        ContentType.LIVE_PHOTO,
        ContentType.LOCATION,
        ContentType.PAID_MEDIA,
        ContentType.PHOTO,
        ContentType.POLL,
        ContentType.STICKER,
        ContentType.STORY,
        ContentType.UNKNOWN,
        ContentType.VENUE,
        ContentType.VIDEO,
        ContentType.VIDEO_NOTE,
        ContentType.VOICE,
    }
)
_TOKEN = re.compile(r"[0-9]{1,20}:[A-Za-z0-9_-]{1,100}")
_log = get_logger()


class TelegramSettings(BaseModel):
    """`[bots.telegram]`; the `secret` is what Telegram sends back with each webhook."""

    model_config = ConfigDict(extra="forbid")

    enabled: bool = False
    token: str
    mode: Literal["webhook", "polling"] = "webhook"
    secret: str = Field("", pattern="^[A-Za-z0-9_-]{0,256}$", validate_default=True)
    username: str = Field("", pattern=r"^([A-Za-z][A-Za-z0-9_]{3,30}[A-Za-z0-9])?$")
    api_base: str = Field("https://api.telegram.org", pattern=r"^https?://[^\s{}?#@]+$")
    per_second: float = Field(25, ge=0, le=1000)

    @field_validator("token")
    @classmethod
    def _is_token(cls, token: str) -> str:
        if not _TOKEN.fullmatch(token):
            raise ValueError("is no bot token: they look like 123456:ABC-DEF")
        return token

    @field_validator("secret")
    @classmethod
    def _guards_the_webhook(cls, secret: str, others: ValidationInfo) -> str:
        if others.data.get("mode") == "webhook" and len(secret) < SHORTEST_SECRET:
            raise ValueError(f"at least {SHORTEST_SECRET} characters are needed for a webhook")
        return secret


@dataclass(frozen=True, slots=True)
class Text:
    """Words, a caption's too."""

    words: str


@dataclass(frozen=True, slots=True)
class Photograph:
    """A picture by the name under which it can be fetched, empty when it is too large for that."""

    file: str
    caption: str


@dataclass(frozen=True, slots=True)
class Tap:
    """A button: what it brings, and the name of the question that wants to be told that it was taken."""

    data: str
    query: str


@dataclass(frozen=True, slots=True)
class Wordless:
    """A sticker, a voice message, a place: nothing that can be read."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """An update by Telegram's number for it. `what` is None when nothing is to be answered, as in groups.

    `language` is that of the sender's Telegram, such as "zh" or "en", empty when it isn't told.
    """

    number: int
    chat: int = 0
    what: Text | Photograph | Tap | Wordless | None = None
    language: str = ""


class Wire:
    """The bot at Telegram. All calls raise SendError and nothing else."""

    def __init__(self, settings: TelegramSettings, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        server = TelegramAPIServer.from_base(settings.api_base)
        self._session = AiohttpSession(api=server, timeout=CALL_TIMEOUT_S)
        self._bot = Bot(settings.token, session=self._session)

    @property
    def bot(self) -> int:
        """The bot's own number, which is no secret."""
        return self._bot.id

    async def close(self) -> None:
        await self._session.close()

    def read(self, body: bytes) -> Arrived:
        """The update in a webhook's body. Raises BadRequest."""
        try:
            return self._arrived(Update.model_validate_json(body))
        except ValidationError:
            raise BadRequest("this is no update") from None  # the error quotes what a citizen wrote

    async def updates(self, offset: int, wait_s: int) -> Sequence[Arrived]:
        """The updates from `offset` on, waited for if there are none; those before it are done with."""
        ask = methods.GetUpdates(offset=offset, timeout=wait_s, allowed_updates=UPDATES)
        with _translated():
            try:
                found = await self._bot(ask, request_timeout=wait_s + CALL_TIMEOUT_S)
            except ClientDecodeError as error:
                return self._readable(error)
        return [self._arrived(update) for update in found]

    def _readable(self, error: ClientDecodeError) -> Sequence[Arrived]:
        """One update that can't be read must not keep all others from being answered for ever."""
        if not isinstance(error.data, dict) or not isinstance(error.data.get("result"), list):
            raise error
        return [self._salvaged(raw) for raw in error.data["result"] if isinstance(raw, dict)]

    def _salvaged(self, raw: dict[str, Any]) -> Arrived:
        try:
            return self._arrived(Update.model_validate(raw))
        except ValidationError:
            _log.error("update not readable", channel="telegram", kinds=sorted(raw.keys() - {"update_id"}))
            return Arrived(int(raw["update_id"]))

    def _arrived(self, update: Update) -> Arrived:
        if update.callback_query is not None:
            return _tapped(update.update_id, update.callback_query)
        message = update.message
        if message is None or message.chat.type != ChatType.PRIVATE or (message.from_user and message.from_user.is_bot):
            return Arrived(update.update_id)
        return Arrived(update.update_id, message.chat.id, self._said(message), _language(message.from_user))

    def _said(self, message: Message) -> Text | Photograph | Wordless | None:
        is_picture = message.content_type in (ContentType.PHOTO, ContentType.LIVE_PHOTO) or (
            message.content_type == ContentType.DOCUMENT and _may_be_picture(message)
        )
        if is_picture:
            return Photograph(self._largest(message), message.caption or "")
        if words := message.text or message.caption:
            return Text(words)
        return Wordless() if message.content_type in _WORDLESS else None

    def _largest(self, message: Message) -> str:
        """Of the sizes that Telegram offers the largest that may be fetched."""
        sizes = [*(message.photo or ()), *filter(None, [message.document])]
        return next((one.file_id for one in reversed(sizes) if (one.file_size or 0) <= self._most_bytes), "")

    async def say(self, chat: int, text: str, rows: Sequence[Sequence[tuple[str, str]]] = ()) -> int:
        """Send a text, with rows of buttons by label and data; Telegram's number for the message."""
        keys = [[InlineKeyboardButton(text=label, callback_data=data) for label, data in row] for row in rows if row]
        # The preview of a page would have Telegram fetch it, and push the answer out of sight.
        plain = LinkPreviewOptions(is_disabled=True)
        markup = InlineKeyboardMarkup(inline_keyboard=keys) if keys else None
        with _translated():
            sent = await self._bot.send_message(chat, text, link_preview_options=plain, reply_markup=markup)
        return sent.message_id

    async def show(self, chat: int, file: File) -> None:
        """Send a picture as a picture, any other file as a document."""
        content = BufferedInputFile(file.content, file.name)
        with _translated():
            if file.media_type.startswith("image/"):
                await self._bot.send_photo(chat, content)
            else:
                await self._bot.send_document(chat, content)

    async def who(self) -> str:
        """The bot's name, as Telegram knows it. Raises SendError."""
        with _translated():
            return (await self._bot.get_me()).username or ""

    async def show_typing(self, chat: int) -> None:
        with _translated():
            await self._bot.send_chat_action(chat, ChatAction.TYPING)

    async def acknowledge(self, query: str) -> None:
        """Tell that a button's tap was taken: until then it shows that it waits."""
        with _translated():
            await self._bot.answer_callback_query(query)

    async def fetch(self, file: str) -> bytes:
        """The bytes of a file that somebody sent, of which no more are read than may be."""
        content = bytearray()
        with _translated():
            path = (await self._bot.get_file(file)).file_path
            address = self._session.api.file_url(self._bot.token, path or "")
            async with aclosing(self._session.stream_content(address, timeout=CALL_TIMEOUT_S)) as chunks:
                async for chunk in chunks:
                    content += chunk
                    if len(content) > self._most_bytes:
                        raise SendError("invalid", "the file is larger than was said")
        return bytes(content)

    async def set_commands(self, commands: Mapping[str, str], language: str | None) -> None:
        """What the menu of commands offers; `language` None is for everybody whose language has none of its own."""
        told = [BotCommand(command=name, description=text) for name, text in commands.items()]
        with _translated():
            await self._bot.set_my_commands(told, language_code=language)

    async def set_webhook(self, url: str, secret: str) -> None:
        with _translated():
            await self._bot.set_webhook(url, secret_token=secret, allowed_updates=UPDATES)

    async def delete_webhook(self) -> None:
        with _translated():
            await self._bot.delete_webhook()


def _tapped(number: int, query: CallbackQuery) -> Arrived:
    if query.message is None or query.message.chat.type != ChatType.PRIVATE:
        return Arrived(number)
    return Arrived(number, query.message.chat.id, Tap(query.data or "", query.id), _language(query.from_user))


def _language(user: User | None) -> str:
    """The language of an IETF tag such as zh-hans."""
    return (user.language_code or "").partition("-")[0].lower() if user else ""


def _may_be_picture(message: Message) -> bool:
    kind = message.document.mime_type if message.document else None
    return kind is None or kind.startswith("image/")


@contextmanager
def _translated() -> Iterator[None]:
    """The library's errors as ours, without what led to them: it quotes addresses, and those hold the token."""
    try:
        yield
    except (AiogramError, ClientError, TimeoutError, OSError, UnicodeError) as error:
        raise _send_error(error) from None


def _send_error(error: Exception) -> SendError:
    match error:
        case TelegramRetryAfter():
            return SendError("throttled", "429", retry_after=float(error.retry_after))
        case TelegramForbiddenError() if "deactivated" in error.message:
            return SendError("invalid", "the user is gone")
        case TelegramForbiddenError():
            return SendError("opted_out", "the bot was blocked")
        case TelegramUnauthorizedError() | TelegramNotFound():
            return SendError("config", "the token is not accepted")
        case TelegramBadRequest() if "not found" in error.message or "PEER_ID" in error.message:
            return SendError("invalid", "there is no such chat")
        case TelegramEntityTooLarge():
            return SendError("rejected", type(error).__name__)
        case TelegramServerError() | TelegramNetworkError() | ClientError() if _never_left(error):
            return SendError("unreachable", "no connection")
        case TelegramAPIError() if not isinstance(error, TelegramServerError | TelegramNetworkError):
            return SendError("rejected", error.message)
    return SendError("unknown", type(error).__name__)


def _never_left(error: Exception) -> bool:
    return isinstance(error, ClientConnectorError) or isinstance(error.__cause__, ClientConnectorError)
