"""Asterisk as it calls us: a call by the gateway interface, with a caller who presses keys, waits, or hangs up."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from aiohttp import web
from aiohttp.test_utils import TestServer

from channels.speech_wave import read_wave, telephone_wave

HANG_UP, WAIT = "hang up", "wait"
_PLAY = re.compile(r'STREAM FILE (\S+) "([0-9*#]*)"')


def speaking(text: str) -> bytes:
    """A sound in which a text can be found again."""
    return telephone_wave(np.frombuffer(text.encode(), np.uint8).astype(np.int16), 8000)


def spoken(sound: bytes) -> str:
    samples, _ = read_wave(sound)
    return samples.astype(np.uint8).tobytes().decode()


@asynccontextmanager
async def speech_service() -> AsyncIterator[str]:
    """The address of a service whose sounds are the texts."""

    async def speak(request: web.Request) -> web.Response:
        return web.Response(body=speaking(await request.text()), content_type="audio/wav")

    app = web.Application()
    app.router.add_post("/speak", speak)
    server = TestServer(app)
    await server.start_server()
    yield str(server.make_url("/speak"))
    await server.close()


@dataclass
class Call:
    """What was asked of the exchange, in order, and the words that the caller heard."""

    commands: list[str] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)
    answered_after_s: list[float] = field(default_factory=list)
    over: str = ""

    @property
    def words(self) -> str:
        return " ".join(self.heard)

    def last(self) -> str:
        """What was said since the last key."""
        return " ".join(self.heard[self._marks[-1] if self._marks else 0 :])

    _marks: list[int] = field(default_factory=list)


@dataclass
class Exchange:
    """Brings calls to `port`; `dialled` is how a dialled operator takes it, `machine` what answers a notice.

    `pause_s` is how long a sound or a caller's thinking takes; one who doesn't `listen` only counts what is played.
    """

    port: int
    dialled: str = "ANSWER"
    machine: str = "HUMAN"
    barges: bool = False
    missing: bool = False
    listens: bool = True
    pause_s: Callable[[], float] = float

    async def call(self, *does: str, caller: str = "13800001234", script: str = "haoban", name: str = "1.0") -> Call:
        """A call from its beginning to its end. Each thing done is keys, WAIT, or HANG_UP."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        about = {
            "network": "yes",
            "network_script": script,
            "request": f"agi://127.0.0.1/{script}",
            "channel": "PJSIP/carrier-00000001",
            "language": "zh",
            "uniqueid": name,
            "callerid": caller,
            "calleridname": "unknown",
            "dnid": "12345",
            "extension": "12345",
        }
        lines = "".join(f"agi_{key}: {value}\n" for key, value in about.items())
        writer.write(f"{lines}\n".encode())
        made = Call()
        try:
            async with asyncio.timeout(30):
                await self._live(made, list(self._each(does)), reader, writer)
        finally:
            writer.close()
        return made

    def _each(self, does: tuple[str, ...]) -> Iterator[str]:
        for one in does:
            yield from [one] if one in (HANG_UP, WAIT) else one

    async def _live(
        self, made: Call, does: list[str], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        hung_up, pressed_at = False, 0.0
        while line := (await reader.readline()).decode().rstrip("\n"):
            made.commands.append(line)
            if pressed_at:
                made.answered_after_s.append(time.perf_counter() - pressed_at)
                pressed_at = 0.0
            if hung_up:
                writer.write(b"511 Command Not Permitted on a dead channel or intercept routine\n")
                continue
            answer, pressed = self._answer(made, line, does)
            if line.startswith(("STREAM", "WAIT")) and (pause_s := self.pause_s()):
                await asyncio.sleep(pause_s)
            if pressed:
                made._marks.append(len(made.heard))
                pressed_at = time.perf_counter()
            if answer is None:
                hung_up = True
                writer.write(b"200 result=-1 endpos=800\nHANGUP\n" if "STREAM" in line else b"HANGUP\n200 result=-1\n")
                made.over = "caller"
            else:
                writer.write(f"{answer}\n".encode())
            if line == "HANGUP":
                made.over = "line"
                return

    def _answer(self, made: Call, line: str, does: list[str]) -> tuple[str | None, bool]:
        """The exchange's answer, None when the caller hangs up now, and whether a key was pressed."""
        if played := _PLAY.fullmatch(line):
            path = Path(f"{played[1]}.wav")
            if self.missing:
                return "200 result=-1 endpos=0", False
            assert path.exists(), f"{path} can't be played"
            made.heard.append(spoken(path.read_bytes()) if self.listens else path.name)
            if does and does[0] == HANG_UP and self.barges:
                return None, False
            if self.barges and does and does[0] in played[2]:
                return f"200 result={ord(does.pop(0))} endpos=800", True
            return "200 result=0 endpos=16000", False
        if line.startswith("WAIT FOR DIGIT"):
            done = does.pop(0) if does else HANG_UP
            if done == HANG_UP:
                return None, False
            return ("200 result=0", False) if done == WAIT else (f"200 result={ord(done)}", True)
        if line.startswith("GET VARIABLE"):
            value = {"DIALSTATUS": self.dialled, "AMDSTATUS": self.machine}.get(line.split()[-1], "")
            return (f"200 result=1 ({value})" if value else "200 result=0"), False
        if line.startswith(("ANSWER", "EXEC")):
            return "200 result=0", False
        return ("200 result=1" if line == "HANGUP" else "510 Invalid or unknown command"), False


@dataclass
class Manager:
    """Asterisk's manager on loopback: what was originated, and how each is answered."""

    username: str = "haoban"
    password: str = "a password of tests"
    refuses: str = ""
    drops: bool = False
    originated: list[dict[str, str]] = field(default_factory=list)
    ends: str = ""
    port: int = 0
    _writers: list[asyncio.StreamWriter] = field(default_factory=list)

    async def start(self, port: int = 0) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        self._server.close()
        for writer in self._writers:
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        writer.write(b"Asterisk Call Manager/5.0.2\r\n")
        known = False
        with _gone():
            while packet := await self._read(reader):
                name, action = packet.get("ActionID", ""), packet.get("Action")
                if action == "Login":
                    known = (packet["Username"], packet["Secret"]) == (self.username, self.password)
                    self._say(writer, name, "Success" if known else "Error", "Authentication")
                    self._event(writer, {"Event": "FullyBooted", "Status": "Fully Booted"})
                elif not known:
                    self._say(writer, name, "Error", "Permission denied")
                elif action == "Originate":
                    self.originated.append(packet)
                    if self.drops:
                        writer.transport.abort()
                        return
                    self._say(writer, name, "Error" if self.refuses else "Success", self.refuses or "queued")
                    if self.ends:
                        end = {"Event": "OriginateResponse", "ActionID": name, "Response": "Failure"}
                        self._event(writer, end | {"Reason": self.ends})
                else:
                    self._say(writer, name, "Success", "Pong")

    async def _read(self, reader: asyncio.StreamReader) -> dict[str, str]:
        found: dict[str, str] = {}
        while line := (await reader.readline()).decode().strip():
            key, _, value = line.partition(": ")
            found[key] = value
        return found

    def _say(self, writer: asyncio.StreamWriter, name: str, response: str, message: str) -> None:
        self._event(writer, {"Response": response, "ActionID": name, "Message": message})

    def _event(self, writer: asyncio.StreamWriter, fields: dict[str, str]) -> None:
        writer.write(("".join(f"{key}: {value}\r\n" for key, value in fields.items()) + "\r\n").encode())


@contextmanager
def _gone() -> Iterator[None]:
    """A peer that goes is no fault of the manager's."""
    try:
        yield
    except (ConnectionError, asyncio.IncompleteReadError):
        return
