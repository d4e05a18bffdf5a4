"""The Telegram bot: the conversation with buttons, forms as documents, receipts read from photographs."""

from __future__ import annotations

import asyncio
import hmac
import re
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from itertools import chain, repeat
from pathlib import Path
from typing import Any, TypeVar

from aiohttp import web
from structlog import get_logger

from bots.telegram_polling import Polling
from bots.telegram_wire import Arrived, Photograph, Tap, TelegramSettings, Text, Wire
from core.asker import Asker
from core.dialogue.chat import Button, ChatMessage
from core.dialogue.said import Opened, Said, Scanned, Tapped, Unreadable, Written
from core.errors import NotFound, SendError, Wait
from core.language import DEFAULT
from core.notify.states import Kind, State
from core.ports import Outbound, Sent
from core.qr_reader import MOST_BYTES, QrReader
from core.rates import Rate
from core.switchboard import Switchboard
from core.turns import Turns

PATH, PLACE = "/bots/telegram", "bots.telegram"
COMMANDS = ("start", "status", "items", "subscribe", "language", "help")
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105  (the header's name)
# An update that is not taken within a minute Telegram sends again.
WEBHOOK_S = 25
# What one chat may have us fetch and decode, and how many we hold at a time, of 10 MB each.
PHOTOGRAPHS, PHOTOGRAPHS_AT_ONCE = "10/minute", 4
TYPING_S = 1.0
SEND_AGAIN_S, LONGEST_WAIT_S = (1.0, 3.0), 30.0
SETTLE_AGAIN_S = (2, 5, 15, 60)
STOP_S = 1.0
_BUTTON = re.compile(r"(\d{1,9}):([a-z0-9_]{1,40})", re.ASCII)
_COMMAND = re.compile(r"/(\w+)(?:@\w+)?(?:\s+(.*))?", re.DOTALL)
Made = TypeVar("Made")
_log = get_logger(channel="telegram")


class Telegram:
    """Serves private chats only: where a case stands is nobody's business in a group.

    That Telegram took a message for the chat is all it ever says of it: its answer is the proof.
    """

    name = "telegram"
    kind = Kind.CHAT
    proof = State.SENT
    asks_as = "telegram"
    account_per_second = 0.0
    Settings = TelegramSettings

    def __init__(self, settings: TelegramSettings, switchboard: Switchboard) -> None:
        self._settings, self._switchboard = settings, switchboard
        self._reader, self._photographs = QrReader(), Rate("photographs", PHOTOGRAPHS)
        self._fetching = asyncio.Semaphore(PHOTOGRAPHS_AT_ONCE)
        # Answers go to a chat in the order of its questions.
        self._chats = Turns()
        self._under_way: dict[int, asyncio.Task[None]] = {}
        self._wire: Wire | None = None
        self._polling: Polling | None = None
        self._work: asyncio.Task[None] | None = None
        self.per_second = settings.per_second

    @property
    def account(self) -> str:
        return f"telegram:{self._settings.token.partition(':')[0]}"

    async def start(self, *, receiving: bool = True) -> None:
        """Connects beside the program's start: a Telegram that is away must not keep the other channels waiting."""
        self._wire = Wire(self._settings, MOST_BYTES)
        if not receiving:
            return
        if self._settings.mode == "polling":
            self._polling = Polling(self._wire, self._take, lambda: self._switchboard.is_off(PLACE))
        self._work = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Ends what is under way, but waits for nobody: an answer that Telegram holds up is given up."""
        if self._work is not None:
            await _ended(self._work)
        if self._under_way:
            await asyncio.wait(self._under_way.values(), timeout=STOP_S)
        for task in tuple(self._under_way.values()):
            _log.error("answer given up")
            await _ended(task)
        if self._polling is not None:
            await self._polling.stop()
        if self._wire is not None:
            await self._wire.close()

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        return (web.post(PATH, self.receive),) if self._settings.mode == "webhook" else ()

    async def receive(self, request: web.Request) -> web.Response:
        """The webhook. 403 without the secret, 400 for what is no update, 500 for one that is to be sent again."""
        given = request.headers.get(SECRET_HEADER, "").encode(errors="surrogateescape")
        if not hmac.compare_digest(given, self._settings.secret.encode()):
            _log.warning("webhook refused")
            raise web.HTTPForbidden(text="the secret does not fit")
        task = self._take(self._connected().read(await request.read()))
        done, _ = await asyncio.wait({task}, timeout=WEBHOOK_S)
        if done and (task.cancelled() or task.exception()):
            raise web.HTTPInternalServerError(text="send it again")
        return web.Response()

    async def send(self, message: Outbound) -> Sent:
        """Send a text unasked. Raises SendError."""
        if not re.fullmatch(r"-?\d{1,19}", message.to, re.ASCII):
            raise SendError("invalid", "this is no chat's number")
        return Sent(str(await self._connected().say(int(message.to), message.text)), State.SENT)

    async def probe(self) -> str:
        return f"answers, the bot is @{await self._connected().who()}"

    def _connected(self) -> Wire:
        if self._wire is None:
            raise SendError("config", "the channel is not started")
        return self._wire

    # What arrives

    def _take(self, arrived: Arrived) -> asyncio.Task[None]:
        """Begin to answer an update; the same one once more joins in."""
        task = self._under_way.get(arrived.number)
        if task is None:
            task = self._under_way[arrived.number] = asyncio.create_task(self._answered(arrived))
            task.add_done_callback(lambda ended: self._done(arrived, ended))
        return task

    def _done(self, arrived: Arrived, ended: asyncio.Task[None]) -> None:
        del self._under_way[arrived.number]
        if not ended.cancelled():
            ended.exception()  # was logged where it arose; left unasked, it would be logged again with all it quotes

    async def _answered(self, arrived: Arrived) -> None:
        """Telegram sends an update again until it is told that it was taken."""

        async def make() -> str:
            await self._answer(arrived)
            return ""

        if arrived.what is None:
            return
        try:
            async with self._chats.of(arrived.chat):
                await self._switchboard.once.answer(f"telegram:{self._connected().bot}:{arrived.number}", make)
        except Exception as error:
            _log.error("update failed", update=arrived.number, error=type(error).__name__, where=_where(error))
            raise

    async def _answer(self, arrived: Arrived) -> None:
        async with self._noticed(arrived):
            said = await self._said(arrived)
            known = arrived.language if arrived.language in self._switchboard.languages else ""
            asker = Asker(self.name, str(arrived.chat), known)
            answer = await self._switchboard.conversation.answer(asker, said, self._switchboard.chat)
        if answer is not None:
            await self._quietly(self._say(arrived.chat, answer))

    @asynccontextmanager
    async def _noticed(self, arrived: Arrived) -> AsyncIterator[None]:
        """Typing is shown meanwhile, and the button that was tapped comes to rest; neither holds up the answer."""
        wire = self._connected()
        signs = [self._quietly(wire.show_typing(arrived.chat))]
        if isinstance(arrived.what, Tap):
            signs.append(self._quietly(wire.acknowledge(arrived.what.query)))
        shown = asyncio.gather(*signs)
        try:
            yield
        finally:
            await asyncio.wait({shown}, timeout=TYPING_S)
            shown.cancel()

    async def _said(self, arrived: Arrived) -> Said:
        match arrived.what:
            case Text(words):
                return _read(words)
            case Tap(data) if button := _BUTTON.fullmatch(data):
                return Tapped(int(button[1]), button[2])
            case Photograph(file, caption):
                token = await self._token(file, arrived.chat) if file else ""
                return Scanned(token) if token or not caption else _read(caption)
        return Unreadable()

    async def _token(self, file: str, chat: int) -> str:
        """The token in a photographed receipt, empty when there is none, or too many were sent to look at them all."""
        try:
            await self._photographs.take(str(chat))
            async with self._fetching:
                return await self._reader.token(await self._connected().fetch(file))
        except (SendError, Wait) as error:
            _log.warning("photograph not read", error=type(error).__name__)
            return ""

    # What is answered

    async def _say(self, chat: int, answer: ChatMessage) -> None:
        wire = self._connected()
        rows = [*([_key(button)] for button in answer.buttons), list(map(_key, answer.steps))]
        await _patiently(lambda: wire.say(chat, answer.text, rows))
        for attachment in answer.attachments:
            try:
                file = await self._switchboard.attachments.read(attachment)
            except NotFound as error:
                _log.error("form not sent", error=str(error))
                continue
            await _patiently(lambda file=file: wire.show(chat, file))  # type: ignore[misc]

    async def _quietly(self, call: Awaitable[Any]) -> None:
        """What fails on the way out is logged: the citizen asks again, and Telegram must not repeat the update."""
        try:
            await call
        except SendError as error:
            _log.warning("not sent", reason=error.reason, detail=error.detail)

    # The connection

    async def _run(self) -> None:
        for pause_s in chain(SETTLE_AGAIN_S, repeat(SETTLE_AGAIN_S[-1])):
            try:
                await self._settle()
                break
            except SendError as error:
                _log.error("not set up", reason=error.reason, detail=error.detail, again_in_s=pause_s)
                await asyncio.sleep(error.retry_after or pause_s)
        if self._polling is not None:
            await self._polling.run()

    async def _settle(self) -> None:
        """Tell Telegram the bot's commands in every language, and how updates are to come."""
        wire = self._connected()
        for code in self._switchboard.languages.codes:
            language = self._switchboard.languages[code]
            commands = {command: language.text(f"command.{command}") for command in COMMANDS}
            await wire.set_commands(commands, None if code == DEFAULT else code)
        if self._settings.mode == "webhook":
            await wire.set_webhook(self._switchboard.public_url + PATH, self._settings.secret)
        else:
            await wire.delete_webhook()


def _read(words: str) -> Said:
    """After /start comes a receipt's token; what comes after another command is meant; one not ours asks for help."""
    command = _COMMAND.fullmatch(words)
    if command is None:
        return Written(words)
    name, rest = command.groups(default="")
    if name == "start":
        return Opened(rest)
    if rest or not name.isascii():
        return Written(rest or name)
    return Written(f"/{name}" if name in COMMANDS else "/help")


def _key(button: Button) -> tuple[str, str]:
    return button.label, f"{button.turn}:{button.key}"


async def _patiently(send: Callable[[], Awaitable[Made]]) -> Made:
    """Send; again when Telegram says to wait or can't be reached, within reason. Raises SendError."""
    for pause_s in SEND_AGAIN_S:
        try:
            return await send()
        except SendError as error:
            wait_s = error.retry_after or pause_s
            if error.reason not in ("throttled", "unreachable") or wait_s > LONGEST_WAIT_S:
                raise
            await asyncio.sleep(wait_s)
    return await send()


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def _where(error: Exception) -> str:
    """Where an error arose, without its text, which may quote what a citizen sent."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{Path(frame.filename).name}:{frame.lineno} {frame.name}"
