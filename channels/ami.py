"""Asterisk's manager interface over TCP: calls begun, and how those went that nobody took.

Source: Asterisk's documentation of "Asterisk Manager Interface (AMI)", the actions Login, Originate and Ping, and the
event OriginateResponse.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from itertools import count

from structlog import get_logger

from core.errors import SendError

CONNECT_S, ANSWER_S = 5.0, 10.0
MOST_LINE_BYTES, MOST_LINES = 4096, 200
_log = get_logger()

Packet = Mapping[str, str]
Ended = Callable[[str, Packet], Awaitable[None]]


class Ami:
    """One connection, made when it is first needed and again when it was lost; `ended` hears of calls that failed."""

    def __init__(self, host: str, port: int, username: str, password: str, ended: Ended) -> None:
        self._host, self._port, self._username, self._password = host, port, username, password
        self._ended = ended
        self._serials = count(1)
        self._connecting = asyncio.Lock()
        self._writer: asyncio.StreamWriter | None = None
        self._reading: asyncio.Task[None] | None = None
        self._waiting: dict[str, asyncio.Future[Packet]] = {}
        self._telling: set[asyncio.Task[None]] = set()

    async def ask(self, action: str, **fields: str) -> Packet:
        """The answer to an action. Raises SendError: `unreachable` when it didn't leave, `unknown` when it may have."""
        await self._connect()
        return await self._asked(action, fields)

    async def stop(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)
        if self._telling:
            await asyncio.wait(self._telling, timeout=ANSWER_S)

    async def _connect(self) -> None:
        async with self._connecting:
            if self._writer is not None:
                return
            try:
                async with asyncio.timeout(CONNECT_S):
                    opening = asyncio.open_connection(self._host, self._port, limit=MOST_LINE_BYTES)
                    reader, self._writer = await opening
                    greeting = await reader.readline()
            except (OSError, TimeoutError) as error:
                self._writer = None
                raise SendError("unreachable", f"the exchange's manager: {type(error).__name__}") from None
            if not greeting.startswith(b"Asterisk Call Manager"):
                self._drop()
                raise SendError("config", "what answers at channels.asterisk.ami is no manager of Asterisk")
            self._reading = asyncio.create_task(self._read(reader))
            login = {"Username": self._username, "Secret": self._password, "Events": "call"}
            try:
                answer = await self._asked("Login", login)
            except SendError:
                self._drop()
                raise SendError("unreachable", "the exchange's manager did not answer") from None
            if answer.get("Response") != "Success":
                self._drop()
                raise SendError("config", "the exchange's manager refuses: see channels.asterisk.ami_username")

    async def _asked(self, action: str, fields: Mapping[str, str]) -> Packet:
        writer = self._writer
        if writer is None:
            raise SendError("unreachable", "the exchange's manager is gone")
        name = fields.get("ActionID") or f"haoban-{next(self._serials)}"
        lines = {"Action": action, **fields, "ActionID": name}
        if any(sign in value for value in lines.values() for sign in "\r\n"):
            raise SendError("invalid", "a line break in a number")
        answer: asyncio.Future[Packet] = asyncio.get_running_loop().create_future()
        self._waiting[name] = answer
        try:
            writer.write("".join(f"{key}: {value}\r\n" for key, value in lines.items()).encode() + b"\r\n")
            async with asyncio.timeout(ANSWER_S):
                await writer.drain()
                return await answer
        except (ConnectionError, TimeoutError) as error:
            raise SendError("unknown", f"the exchange's manager: {type(error).__name__}") from None
        finally:
            self._waiting.pop(name, None)

    async def _read(self, reader: asyncio.StreamReader) -> None:
        try:
            while True:
                await self._hear(await _packet(reader))
        except (asyncio.IncompleteReadError, ConnectionError, ValueError) as error:
            _log.warning("exchange's manager lost", channel="asterisk", error=type(error).__name__)
        finally:
            self._drop()

    async def _hear(self, packet: Packet) -> None:
        name = packet.get("ActionID", "")
        if "Response" in packet and "Event" not in packet:
            if (waiting := self._waiting.get(name)) is not None and not waiting.done():
                waiting.set_result(packet)
        elif packet.get("Event") == "OriginateResponse" and packet.get("Response") == "Failure":
            task = asyncio.create_task(self._tell(name, packet))
            self._telling.add(task)
            task.add_done_callback(self._telling.discard)

    async def _tell(self, name: str, packet: Packet) -> None:
        try:
            await self._ended(name, packet)
        except Exception as error:  # the next calls must be heard of too
            _log.error("end of a call not kept", channel="asterisk", error=type(error).__name__)

    def _drop(self) -> None:
        """Let go of the connection: who waits for an answer doesn't get one."""
        if self._writer is not None:
            with contextlib.suppress(ConnectionError):
                self._writer.close()
        self._writer = None
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(ConnectionResetError())


async def _packet(reader: asyncio.StreamReader) -> Packet:
    """The next lines up to an empty one. Raises ValueError for more than a manager ever sends."""
    found: dict[str, str] = {}
    for _ in range(MOST_LINES):
        line = (await reader.readuntil(b"\n")).decode("utf-8", "replace").rstrip("\r\n")
        if not line:
            return found
        name, _, value = line.partition(":")
        found[name.strip()] = value.strip()
    raise ValueError("a packet without an end")
