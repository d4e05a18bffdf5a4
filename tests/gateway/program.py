"""`haoban` as an administrator runs it: a process of its own, whose words are kept."""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from tests.county import SECRET

ROOT = Path(__file__).parents[2]
HAOBAN = (sys.executable, "-m", "gateway")
STARTS_WITHIN_S = 30
ENDS_WITHIN_S = 15
_PORTS = range(20_000, 32_000)  # Linux gives those from 32,768 on away by itself


def free_port() -> int:
    """A port that nobody listens on. The kernel gives none of these to who leaves the choice to it, or connects: it
    would give one again before who asked for it here comes to use it.
    """
    while True:
        with socket.socket() as found, contextlib.suppress(OSError):
            found.bind(("127.0.0.1", secrets.choice(_PORTS)))
            return int(found.getsockname()[1])


def environment(database_url: str, **more: str) -> dict[str, str]:
    """The settings of a program on this database; `more` are settings by their variables' names."""
    own = {
        "HAOBAN_SETTINGS": str(ROOT / "settings.toml"),
        "HAOBAN_DATABASE__URL": database_url,
        "HAOBAN_SERVER__SECRET_KEY": SECRET,
        "HAOBAN_LOG__FORMAT": "json",
        "PYTHONPATH": str(ROOT),
    }
    return {**os.environ, **own, **{f"HAOBAN_{name}": value for name, value in more.items()}}


def run(folder: Path, database_url: str, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    """A command to its end."""
    return subprocess.run(  # noqa: S603  (our own program)
        [*HAOBAN, *words],
        cwd=folder,
        env=environment(database_url, **more),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


class Program:
    """A running `haoban serve`."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, said: Path) -> None:
        self.process, self.port, self._said = process, port, said

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def words(self) -> str:
        """All that it printed and logged so far."""
        return self._said.read_text("utf-8", "replace")

    def tell(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def ended(self) -> int:
        """The exit code, once it has ended. Raises TimeoutExpired when it doesn't."""
        return self.process.wait(ENDS_WITHIN_S)

    def status_of(self, path: str) -> int:
        try:
            with urllib.request.urlopen(self.url + path, timeout=5) as answer:  # noqa: S310
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=10)


@contextlib.contextmanager
def serving(folder: Path, database_url: str, **more: str) -> Iterator[Program]:
    """A program that answers, killed at the end if it still runs."""
    port = int(more.get("SERVER__PORT") or free_port())
    more = {"SERVER__PORT": str(port), "SERVER__HOST": "127.0.0.1"} | more
    said = Path(tempfile.mkstemp(".txt", dir=folder)[1])
    with said.open("wb") as file:
        process = subprocess.Popen(  # noqa: S603  (our own program)
            [*HAOBAN, "serve"], cwd=folder, env=environment(database_url, **more), stdout=file, stderr=file
        )
    program = Program(process, port, said)
    try:
        _wait_for_answer(program)
        yield program
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def _wait_for_answer(program: Program) -> None:
    until = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < until and program.process.poll() is None:
        try:
            if program.status_of("/healthz") == 200:
                return
        except OSError:
            time.sleep(0.05)
    raise AssertionError(f"haoban serve does not answer:\n{program.words}")
