"""The real Kannel with the stand-in for a carrier's centre that comes with it, in a network of its own."""

from __future__ import annotations

import asyncio
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote_to_bytes

from tests.gateway.program import free_port
from tests.private_network import private_network

SECRET_WORD, PASSWORD, STATUS_PASSWORD = "a-secret-of-the-tests", "a password of tests", "statusword"
CENTRE, PHONE = "10691234", "8613800001234"
FAKESMSC = "/usr/lib/kannel/test/fakesmsc"
STARTS_WITHIN_S = 20
_GOT = re.compile(r"Got message \d+: <(\S+) (\S+) (\w[\w-]*) (.*)>$", re.MULTILINE)
_PARTS_HEAD = 6  # bytes of a header that says which part of how many this is

# What is recommended is what is tried: only where it runs, its secrets, and the carrier are the tests' own.
RECOMMENDED = Path(__file__).parents[2] / "docs" / "kannel.conf"
_CARRIER = re.compile(r"group = smsc\n.*?\n\n", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Got:
    """What the carrier's centre was handed: to whom, from whom, and the words of all parts."""

    to: str
    sender: str
    text: str


@dataclass
class KannelServer:
    """Kannel, and the carrier that connects to it while it is `connected`."""

    folder: Path
    ours: int = field(default_factory=free_port)
    sendsms: int = field(default_factory=free_port)
    carrier: int = field(default_factory=free_port)
    admin: int = field(default_factory=free_port)
    boxes: int = field(default_factory=free_port)
    _boxes: list[subprocess.Popen[bytes]] = field(default_factory=list)
    _serial: int = 0

    @property
    def section(self) -> dict[str, object]:
        """The channel's settings for it."""
        return {
            "enabled": True,
            "secret": SECRET_WORD,
            "callback_url": f"http://127.0.0.1:{self.ours}",
            "send_url": f"http://127.0.0.1:{self.sendsms}/cgi-bin/sendsms",
            "username": "haoban",
            "password": PASSWORD,
            "sender": CENTRE,
            "status_url": f"http://127.0.0.1:{self.admin}/status.txt",
            "status_password": STATUS_PASSWORD,
        }

    async def start(self) -> None:
        configuration = self.folder / "kannel.conf"
        configuration.write_text(self._configured())
        for program, port in (("bearerbox", self.boxes), ("smsbox", self.sendsms)):
            self._boxes.append(_started([_program(program), str(configuration)], self.folder / f"{program}.out"))
            await _listening(port)

    def _configured(self) -> str:
        carrier = f"smsc = fake\nsmsc-id = carrier\nport = {self.carrier}\nconnect-allow-ip = 127.0.0.1"
        stand_in = f"group = smsc\n{carrier}\n\n"
        text = _CARRIER.sub(stand_in, RECOMMENDED.read_text("utf-8"))
        for written, ours in (
            ("13000", str(self.admin)),
            ("13001", str(self.boxes)),
            ("13013", str(self.sendsms)),
            ("127.0.0.1:8080", f"127.0.0.1:{self.ours}"),
            ("change-me-secret", SECRET_WORD),
            ("change-me-send", f'"{PASSWORD}"'),
            ("change-me-status", STATUS_PASSWORD),
            ("/var/log/kannel", str(self.folder)),
            ("/var/spool/kannel", str(self.folder)),
            ("sms-resend-freq = 10", "sms-resend-freq = 1"),
        ):
            assert written in text, written
            text = text.replace(written, ours)
        return text

    def stop(self) -> None:
        """Nothing of it is wanted any more, and taking leave takes it seconds."""
        for box in reversed(self._boxes):
            box.kill()
            box.wait()

    @contextmanager
    def connected(self, said: str = "") -> Iterator[Carrier]:
        """The carrier's centre is there, and hands over a message when one is `said`."""
        self._serial += 1
        log = self.folder / f"carrier{self._serial}.log"
        message = f"{PHONE} {CENTRE} text {said or 'none'}"
        count = "1" if said else "0"
        centre = _started([FAKESMSC, "-r", str(self.carrier), "-i", "0.01", "-m", count, message], log)
        try:
            yield Carrier(log)
        finally:
            centre.kill()
            centre.wait()


@dataclass(frozen=True, slots=True)
class Carrier:
    log: Path

    def got(self) -> list[Got]:
        """The whole messages so far, their parts joined."""
        parts: dict[tuple[str, str], str] = {}
        found = []
        for sender, to, kind, rest in _GOT.findall(self.log.read_text("utf-8", "replace")):
            if kind == "udh":
                head, _, body = rest.partition(" data ")
                header, text = unquote_to_bytes(head), _words(body)
                so_far = parts.pop((to, sender), "") + text
                if header[_PARTS_HEAD - 1] < header[_PARTS_HEAD - 2]:
                    parts[to, sender] = so_far
                    continue
                found.append(Got(to, sender, so_far))
            else:
                found.append(Got(to, sender, _words(rest)))
        return found

    async def first(self, within_s: float = 15) -> Got:
        async with asyncio.timeout(within_s):
            while True:
                if found := self.got():
                    return found[0]
                await asyncio.sleep(0.05)


def _words(body: str) -> str:
    """In a part nothing says how it is coded: UTF-16 has zeros, controls or high bytes."""
    content = unquote_to_bytes(body.replace("+", " "))
    seven_bit = all(0x20 <= byte < 0x7F or byte == 0x0A for byte in content)
    return content.decode("ascii" if seven_bit else "utf-16-be")


def _program(name: str) -> str:
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin")
    assert found and Path(FAKESMSC).exists(), "Debian's packages kannel and kannel-extras are needed: run .ci/packages"
    return found


def _started(command: list[str], said: Path) -> subprocess.Popen[bytes]:
    with said.open("wb") as file:
        return subprocess.Popen(command, stdout=file, stderr=file)  # noqa: S603  (a server that the tests install)


async def _listening(port: int) -> None:
    async with asyncio.timeout(STARTS_WITHIN_S):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                return


@contextmanager
def kannel(folder: Path) -> Iterator[KannelServer]:
    """In a network of its own, for Kannel's door for such a carrier is open on all addresses."""
    with private_network():
        server = KannelServer(folder)
        try:
            yield server
        finally:
            server.stop()
