"""One bind to an SMSC: kept up, as many messages under way as the window allows, and every end of it told."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from structlog import get_logger

from channels import smpp_wire as wire
from channels.smpp_wire import Delivered, Frame, Garbled
from core.errors import SendError, Unavailable

CONNECT_S, ANSWER_S = 10.0, 15.0
FIRST_PAUSE_S, LONGEST_PAUSE_S, REFUSED_PAUSE_S = 0.5, 30.0, 15.0
# Messages of the SMSC that are looked at, at a time; it sends the others again.
MOST_HANDLED = 1000
WINDOW_S = 10.0
_LAST_SEQUENCE = 0x7FFFFFFF
_log = get_logger(channel="smpp")

Handle = Callable[[Delivered], Awaitable[int]]
"""Takes a message or a receipt; the status that the SMSC is answered."""
Lost = Callable[[], Awaitable[None]]
"""Hears of a connection that ended."""


@dataclass(frozen=True, slots=True)
class Login:
    """Where the SMSC is, and who we are there."""

    host: str
    port: int
    tls: bool
    system_id: str
    password: str
    system_type: str


class Refused(Exception):
    """The SMSC does not let us in; the text says why, in the specification's term."""


class Session:
    """`run` keeps it up until it is cancelled. What is submitted meanwhile waits for its place in the window."""

    def __init__(self, login: Login, handle: Handle, lost: Lost, *, window: int, enquire_s: float) -> None:
        self._login, self._handle, self._lost, self._enquire_s = login, handle, lost, enquire_s
        self._window = asyncio.Semaphore(window)
        self._sequence = 0
        self._writer: asyncio.StreamWriter | None = None
        self._waiting: dict[int, asyncio.Future[Frame]] = {}
        self._hearing: dict[int, Callable[[Frame], None]] = {}
        self._handled: set[asyncio.Task[None]] = set()
        self._heard_at = 0.0
        self.ready = asyncio.Event()

    @property
    def is_bound(self) -> bool:
        return self.ready.is_set()

    @property
    def load(self) -> int:
        """How many messages are under way."""
        return len(self._waiting)

    async def run(self) -> None:
        """Connect, bind, and again whenever that ends."""
        pause_s, told = FIRST_PAUSE_S, ""
        while True:
            try:
                async with contextlib.aclosing(await self.bound()):
                    pause_s = FIRST_PAUSE_S
                    await self.last()
                told = ""
            except Refused as refused:
                if told != str(refused):  # once is enough until something else happens
                    _log.error("bind refused", reason=str(refused), see="channels.smpp", again_in_s=REFUSED_PAUSE_S)
                pause_s, told = REFUSED_PAUSE_S, str(refused)
            except SendError as error:
                _log.warning("not connected", detail=error.detail, again_in_s=round(pause_s, 1))
            await asyncio.sleep(pause_s * random.uniform(0.8, 1.2))  # noqa: S311  (only lest all come at once)
            pause_s = min(pause_s * 2, LONGEST_PAUSE_S)

    async def bound(self, *, only_sending: bool = False) -> Session:
        """Connect and bind; who is `only_sending` is handed nothing. Raises SendError `unreachable`, Refused."""
        login = self._login
        try:
            async with asyncio.timeout(CONNECT_S):
                self._reader, self._writer = await asyncio.open_connection(
                    login.host, login.port, ssl=True if login.tls else None
                )
                who = (login.system_id, login.password, login.system_type)
                self._writer.write(wire.bind(self._next(), *who, only_sending=only_sending))
                answer = await self._frame()
        except (OSError, TimeoutError, EOFError, Garbled) as error:
            await self.aclose()
            raise SendError("unreachable", f"the SMSC: {type(error).__name__}") from None
        if answer.command not in wire.BIND_RESPS or answer.status != wire.OK:
            await self.aclose()
            raise Refused(wire.refusal(answer.status) if answer.status else "no answer to a bind")
        self.ready.set()
        _log.info("bound", system_id=login.system_id)
        return self

    async def last(self) -> None:
        """Live until the connection ends."""
        reading = asyncio.create_task(self._read())
        enquiring = asyncio.create_task(self._keep_asking())
        try:
            await asyncio.wait({reading, enquiring}, return_when=asyncio.FIRST_COMPLETED)
            _log.warning("connection to the SMSC ended", under_way=self.load)
            with contextlib.suppress(Unavailable):  # then a message that comes again is taken for a new one
                await self._lost()
        finally:
            for task in (reading, enquiring):
                task.cancel()
            await asyncio.gather(reading, enquiring, return_exceptions=True)

    async def submit(self, pdu: Callable[[int], bytes], heard: Callable[[Frame], None]) -> Frame:
        """Send a message that `pdu` writes with a number; the SMSC's answer, which is `heard` before all that follows.

        Raises SendError: `throttled` when no place in the window came free, `unreachable` when it didn't leave,
        `unknown` when it left and no answer came.
        """
        try:
            async with asyncio.timeout(WINDOW_S):
                await self._window.acquire()
        except TimeoutError:
            raise SendError("throttled", "the SMSC answers too slowly", retry_after=1.0) from None
        try:
            if not self.is_bound:
                raise SendError("unreachable", "not bound to the SMSC")
            return await self._asked(pdu, heard)
        finally:
            self._window.release()

    async def enquire(self) -> None:
        """Raises SendError when the SMSC does not answer."""
        await self._asked(wire.enquire)

    async def aclose(self) -> None:
        """Take leave and let go; who waits for an answer doesn't get one any more."""
        writer, self._writer = self._writer, None
        if self.is_bound and writer is not None:
            with contextlib.suppress(ConnectionError):
                writer.write(wire.unbind(self._next()))
        self.ready.clear()
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(SendError("unknown", "the connection to the SMSC ended"))
        if writer is not None:
            writer.close()
            with contextlib.suppress(OSError, TimeoutError):
                async with asyncio.timeout(1):
                    await writer.wait_closed()

    async def finish(self) -> None:
        """Wait for what the SMSC handed over last."""
        if self._handled:
            await asyncio.wait(self._handled, timeout=ANSWER_S)

    async def _asked(self, pdu: Callable[[int], bytes], heard: Callable[[Frame], None] | None = None) -> Frame:
        sequence, writer = self._next(), self._writer
        if writer is None or writer.is_closing():
            raise SendError("unreachable", "not connected to the SMSC")
        answer: asyncio.Future[Frame] = asyncio.get_running_loop().create_future()
        self._waiting[sequence] = answer
        if heard is not None:
            self._hearing[sequence] = heard
        try:
            async with asyncio.timeout(ANSWER_S):
                writer.write(pdu(sequence))
                await writer.drain()
                return await answer
        except (ConnectionError, TimeoutError) as error:
            raise SendError("unknown", f"the SMSC: {type(error).__name__}") from None
        finally:
            self._waiting.pop(sequence, None)
            self._hearing.pop(sequence, None)

    async def _read(self) -> None:
        try:
            while True:
                self._heard(await self._frame())
        except (OSError, EOFError) as error:
            _log.info("the SMSC closed the connection", error=type(error).__name__)
        except Garbled as error:
            _log.error("the SMSC does not speak SMPP", detail=str(error))
            if self._writer is not None:
                self._writer.close()

    async def _frame(self) -> Frame:
        head = await self._reader.readexactly(wire.HEADER_BYTES)
        body = await self._reader.readexactly(wire.body_length(head))
        self._heard_at = asyncio.get_running_loop().time()
        return wire.frame(head, body)

    def _heard(self, frame: Frame) -> None:
        if frame.command & wire.RESPONSE:
            # A nack with the number of a request answers it too.
            waiting = self._waiting.get(frame.sequence)
            if waiting is not None and not waiting.done():
                if (heard := self._hearing.get(frame.sequence)) is not None:
                    heard(frame)
                waiting.set_result(frame)
        elif frame.command == wire.DELIVER:
            self._hand_over(frame)
        elif frame.command == wire.ENQUIRE:
            self._say(wire.answer(frame))
        elif frame.command == wire.UNBIND:
            self._say(wire.answer(frame))
            raise EOFError
        else:
            self._say(wire.answer(frame, wire.UNKNOWN_COMMAND))

    def _hand_over(self, frame: Frame) -> None:
        if len(self._handled) >= MOST_HANDLED:
            self._say(wire.answer(frame, wire.TRY_LATER))
            return
        task = asyncio.create_task(self._answered(frame))
        self._handled.add(task)
        task.add_done_callback(self._handled.discard)

    async def _answered(self, frame: Frame) -> None:
        try:
            status = await self._handle(wire.delivered(frame.body))
        except Garbled:
            _log.warning("a message of the SMSC can't be read", length=len(frame.body))
            status = wire.BAD_LENGTH
        except Exception as error:  # it must be sent again, and the connection live on
            _log.error("a message of the SMSC was not taken", error=type(error).__name__)
            status = wire.TRY_LATER
        self._say(wire.answer(frame, status))

    def _say(self, pdu: bytes) -> None:
        if self._writer is not None and not self._writer.is_closing():
            self._writer.write(pdu)

    async def _keep_asking(self) -> None:
        """Ask for a sign of life where none came for a while; without an answer the connection is none."""
        loop = asyncio.get_running_loop()
        while True:
            quiet_s = loop.time() - self._heard_at
            if quiet_s < self._enquire_s:
                await asyncio.sleep(self._enquire_s - quiet_s)
                continue
            try:
                await self.enquire()
            except SendError:
                _log.warning("the SMSC gives no sign of life")
                return

    def _next(self) -> int:
        self._sequence = self._sequence % _LAST_SEQUENCE + 1
        return self._sequence
