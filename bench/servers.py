"""Servers as they run in real use, each a process of its own, with the CPU time that it has taken."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

from bench.commands import HAOBAN, ROOT, environment

SECRET = "forty characters that nobody has to keep"
START_S = 30
_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Server:
    """A process that answers on a port of this machine; `started` by the performance counter."""

    process: subprocess.Popen[bytes]
    port: int
    started: float

    def cpu_s(self) -> float:
        """The CPU time that the process has taken so far, to a hundredth of a second."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS_A_SECOND

    def first_answer_s(self) -> float:
        """Wait for the first answer; how long after the start it came."""
        while not self._answers():
            if self.process.poll() is not None or time.perf_counter() - self.started > START_S:
                raise RuntimeError("the server does not start")
            time.sleep(0.002)
        return time.perf_counter() - self.started

    def _answers(self) -> bool:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=START_S)
        try:
            connection.request("GET", "/healthz")
            connection.getresponse()
        except OSError:
            return False
        finally:
            connection.close()
        return True


@contextmanager
def haoban(database_url: str, folder: Path, **more: str) -> Iterator[Server]:
    """`haoban serve`, with limits that a load from one machine doesn't meet; `more` are settings."""
    port = _free_port()
    settings = {
        "SERVER__PORT": str(port),
        "SERVER__SECRET_KEY": SECRET,
        "SERVER__TRUSTED_PROXIES": "127.0.0.1/32",
        "LIMITS__LOOKUPS": "1000/minute",
        "LIMITS__REQUESTS": "1000/minute",
        **more,
    }
    with _running([str(HAOBAN), "serve"], port, folder, environment(database_url, **settings)) as server:
        yield server


@contextmanager
def bare(database_url: str, folder: Path) -> Iterator[Server]:
    """The bare handler."""
    port = _free_port()
    command = [sys.executable, "-m", "bench.bare", database_url, str(port)]
    with _running(command, port, folder, os.environ | {"PYTHONPATH": str(ROOT)}) as server:
        yield server


@contextmanager
def bare_board(folder: Path, size: int) -> Iterator[Server]:
    """The bare board, with a picture of so many bytes."""
    port = _free_port()
    command = [sys.executable, "-m", "bench.bare_board", str(port), str(size)]
    with _running(command, port, folder, os.environ | {"PYTHONPATH": str(ROOT)}) as server:
        yield server


@contextmanager
def _running(command: Sequence[str], port: int, folder: Path, given: Mapping[str, str]) -> Iterator[Server]:
    with tempfile.TemporaryFile() as said:
        started = time.perf_counter()
        process = subprocess.Popen(command, cwd=folder, env=given, stdout=said, stderr=subprocess.STDOUT)
        try:
            yield Server(process, port, started)
        except RuntimeError as error:
            said.seek(0)
            error.add_note(said.read()[-5000:].decode(errors="replace"))
            raise
        finally:
            process.terminate()
            process.wait(START_S)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
