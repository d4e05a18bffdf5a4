"""The Telegram bot: messages, buttons, photographs of receipts; the only user of aiogram.

Sources: Telegram's "Bot API" (setWebhook and its secret token, getUpdates, sendMessage, 429 with retry_after, deep
links, limits: 64 bytes a button, 20 MB a download).
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import Any, Literal, TypeVar

from aiogram import Bot, Dispatcher, F
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.enums import ChatAction, ChatType
from aiogram.exceptions import (
    TelegramAPIError,
    TelegramBadRequest,
    TelegramForbiddenError,
    TelegramNetworkError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramUnauthorizedError,
)
from aiogram.filters import CommandObject, CommandStart
from aiogram.types import (
    BotCommand,
    BufferedInputFile,
    CallbackQuery,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    Message,
    TelegramObject,
    Update,
)
from aiogram.utils.token import TokenValidationError, validate_token
from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from structlog import get_logger

from core.asker import Asker
from core.attachments import File
from core.dialogue.chat import Button, ChatMessage
from core.dialogue.said import Opened, Said, Scanned, Tapped, Written
from core.errors import NotFound, SendError
from core.language import DEFAULT
from core.ports import Outbound, Sent
from core.qr_reader import MOST_BYTES, QrReader
from core.switchboard import Switchboard

PATH = "/bots/telegram"
COMMANDS = ("start", "status", "items", "subscribe", "language", "help")
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105  (the header's name)
CALL_TIMEOUT_S = 20
LONGEST_WAIT_S, TRIES = 30, 3
SETTLE_AGAIN_S = (2, 5, 15, 60)
Made = TypeVar("Made")
_log = get_logger()


class TelegramSettings(BaseModel):
    """`[bots.telegram]`; the `secret` is what Telegram sends back with each webhook."""

    model_config = ConfigDict(extra="forbid")

    enabled: bool = False
    token: str = Field(min_length=1)
    secret: str = Field("", pattern="^[A-Za-z0-9_-]{0,256}$")
    api_base: str = Field("https://api.telegram.org", pattern="^https?://")
    mode: Literal["webhook", "polling"] = "webhook"

    @field_validator("token")
    @classmethod
    def _is_token(cls, token: str) -> str:
        try:
            validate_token(token)
        except TokenValidationError:
            raise ValueError("is no bot token: they look like 123456:ABC-DEF") from None
        return token

    def model_post_init(self, _context: Any) -> None:
        if self.mode == "webhook" and len(self.secret) < 16:
            raise ValueError("secret: at least 16 characters are needed for a webhook")


class Telegram:
    """Serves private chats only: where a case stands is nobody's business in a group."""

    name = "telegram"
    Settings = TelegramSettings

    def __init__(self, settings: TelegramSettings, switchboard: Switchboard) -> None:
        self._settings, self._switchboard = settings, switchboard
        self._reader = QrReader()
        self._dispatcher = Dispatcher()
        self._bot: Bot | None = None
        self._work: asyncio.Task[None] | None = None
        self._register()

    async def start(self) -> None:
        """Connects beside the program's start: a Telegram that is away must not keep the other channels waiting."""
        server = TelegramAPIServer.from_base(self._settings.api_base)
        self._bot = Bot(self._settings.token, session=AiohttpSession(api=server, timeout=CALL_TIMEOUT_S))
        self._work = asyncio.create_task(self._run())

    async def stop(self) -> None:
        if self._work is not None:
            self._work.cancel()
            await asyncio.gather(self._work, return_exceptions=True)
        if self._bot is not None:
            await self._bot.session.close()

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        return (web.post(PATH, self.receive),) if self._settings.mode == "webhook" else ()

    async def receive(self, request: web.Request) -> web.Response:
        """The webhook. 403 without the secret, 400 for what is no update."""
        given = request.headers.get(SECRET_HEADER, "")
        if not hmac.compare_digest(given.encode(), self._settings.secret.encode()):
            _log.warning("webhook refused", channel=self.name)
            raise web.HTTPForbidden(text="the secret does not fit")
        try:
            update = Update.model_validate_json(await request.read(), context={"bot": self._bot})
        except ValidationError:
            raise web.HTTPBadRequest(text="this is no update") from None
        await self._dispatcher.feed_update(self._connected(), update)
        return web.Response()

    async def send(self, message: Outbound) -> Sent:
        """Send a text unasked. Raises SendError."""
        try:
            made = await self._connected().send_message(int(message.to), message.text)
        except (TelegramAPIError, ValueError) as error:
            raise _send_error(error) from error
        return Sent(str(made.message_id))

    def _connected(self) -> Bot:
        if self._bot is None:
            raise SendError("config", "the channel is not started")
        return self._bot

    # What arrives

    def _register(self) -> None:
        dispatcher = self._dispatcher
        dispatcher.update.outer_middleware(self._once)
        dispatcher.message.filter(F.chat.type == ChatType.PRIVATE)
        dispatcher.message.register(self._started, CommandStart())
        dispatcher.message.register(self._photographed, F.photo | F.document)
        dispatcher.message.register(self._written)
        dispatcher.callback_query.register(self._tapped, F.message.chat.type == ChatType.PRIVATE)

    async def _once(
        self,
        handle: Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]],
        update: TelegramObject,
        data: dict[str, Any],
    ) -> None:
        """Telegram sends an update again until it is told that it was taken."""
        assert isinstance(update, Update)  # noqa: S101  (what the dispatcher gives this middleware)

        async def make() -> str:
            await handle(update, data)
            return ""

        await self._switchboard.once.answer(f"telegram:{update.update_id}", make)

    async def _started(self, message: Message, command: CommandObject) -> None:
        await self._answer(message.chat.id, Opened(command.args or ""))

    async def _written(self, message: Message) -> None:
        await self._answer(message.chat.id, Written(message.text or message.caption or ""))

    async def _photographed(self, message: Message) -> None:
        await self._answer(message.chat.id, Scanned(await self._token(message)))

    async def _tapped(self, query: CallbackQuery) -> None:
        await self._quietly(query.answer())
        turn, _, key = (query.data or "").partition(":")
        if query.message and turn.isdigit():
            await self._answer(query.message.chat.id, Tapped(int(turn[:9]), key))

    async def _token(self, message: Message) -> str:
        """The token in a photographed receipt; of the sizes that Telegram offers the largest that may be fetched."""
        sizes = [*(message.photo or ()), *([message.document] if message.document else ())]
        fit = [one for one in sizes if (one.file_size or 0) <= MOST_BYTES]
        if not fit:
            return ""
        try:
            fetched = await self._connected().download(fit[-1])
        except TelegramAPIError as error:
            _log.warning("photograph not fetched", channel=self.name, error=type(error).__name__)
            return ""
        return await self._reader.token(fetched.read()) if fetched else ""

    # What is answered

    async def _answer(self, chat: int, said: Said) -> None:
        asker = Asker("telegram", str(chat))
        answering = self._switchboard.conversation.answer(asker, said, self._switchboard.chat)
        typing = self._connected().send_chat_action(chat, ChatAction.TYPING)
        answer, _ = await asyncio.gather(answering, self._quietly(typing))
        if answer is not None:
            await self._quietly(self._say(chat, answer))

    async def _say(self, chat: int, answer: ChatMessage) -> None:
        bot = self._connected()
        await self._patiently(lambda: bot.send_message(chat, answer.text, reply_markup=_keyboard(answer)))
        for attachment in answer.attachments:
            try:
                file = await self._switchboard.attachments.read(attachment)
            except NotFound as error:
                _log.error("form not sent", channel=self.name, error=str(error))
                continue
            await self._patiently(partial(self._send_file, chat, file))

    async def _send_file(self, chat: int, file: File) -> None:
        sent, bot = BufferedInputFile(file.content, file.name), self._connected()
        if file.media_type.startswith("image/"):
            await bot.send_photo(chat, sent)
        else:
            await bot.send_document(chat, sent)

    async def _patiently(self, send: Callable[[], Awaitable[Made]]) -> Made:
        """Send; when Telegram says to wait, wait as long as it says, within reason, and send again."""
        for tried in range(1, TRIES + 1):
            try:
                return await send()
            except TelegramRetryAfter as error:
                if tried == TRIES or error.retry_after > LONGEST_WAIT_S:
                    raise
                await asyncio.sleep(error.retry_after)
        raise AssertionError

    async def _quietly(self, call: Awaitable[Any]) -> None:
        """What fails on the way out is logged: the citizen asks again, and Telegram must not repeat the update."""
        try:
            await call
        except TelegramAPIError as error:
            _log.warning("not sent", channel=self.name, error=type(error).__name__)

    # The connection

    async def _run(self) -> None:
        for pause_s in (*SETTLE_AGAIN_S, *iter(lambda: SETTLE_AGAIN_S[-1], None)):
            try:
                await self._settle()
                break
            except TelegramAPIError as error:
                _log.error("Telegram does not answer", error=type(error).__name__, again_in_s=pause_s)
                await asyncio.sleep(pause_s)
        if self._settings.mode == "polling":
            await self._dispatcher.start_polling(self._connected(), handle_signals=False, close_bot_session=False)

    async def _settle(self) -> None:
        """Tell Telegram the bot's commands in every language, and how updates are to come."""
        bot = self._connected()
        for code in self._switchboard.languages.codes:
            language = self._switchboard.languages[code]
            commands = [BotCommand(command=c, description=language.text(f"command.{c}")) for c in COMMANDS]
            await bot.set_my_commands(commands, language_code=None if code == DEFAULT else code)
        if self._settings.mode == "webhook":
            await bot.set_webhook(
                self._switchboard.public_url + PATH,
                secret_token=self._settings.secret,
                allowed_updates=self._dispatcher.resolve_used_update_types(),
            )
        else:
            await bot.delete_webhook()


def _keyboard(answer: ChatMessage) -> InlineKeyboardMarkup:
    rows = [[_button(button)] for button in answer.buttons]
    return InlineKeyboardMarkup(inline_keyboard=[*rows, [_button(button) for button in answer.steps]])


def _button(button: Button) -> InlineKeyboardButton:
    return InlineKeyboardButton(text=button.label, callback_data=f"{button.turn}:{button.key}")


def _send_error(error: Exception) -> SendError:
    match error:
        case TelegramRetryAfter():
            return SendError("throttled", "429", retry_after=float(error.retry_after))
        case TelegramForbiddenError():
            return SendError("opted_out", "the bot was blocked")
        case TelegramUnauthorizedError():
            return SendError("config", "the token is not accepted")
        case TelegramBadRequest() | TelegramNotFound() | ValueError():
            return SendError("invalid", type(error).__name__)
        case TelegramNetworkError():
            return SendError("unknown", "no answer came")
    return SendError("rejected", type(error).__name__)
