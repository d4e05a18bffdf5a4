"""Servers as they run in real use, each a process of its own, with the CPU time that it has taken."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Protocol

from bench.commands import HAOBAN, PEERS, ROOT, environment

SECRET = "forty characters that nobody has to keep"
START_S, LOOK_S, BUSY_SHARE = 30, 0.5, 0.1
_GUNICORN = ("gunicorn", "--workers", "1", "--log-level", "error", "--bind", "127.0.0.1:{port}")
_UVICORN = ("uvicorn", "--log-level", "error", "--no-access-log", "--port", "{port}")
_PROGRAMS = {
    "Django": (*_GUNICORN, "bench.peers_django:application"),
    "Flask": (*_GUNICORN, "bench.peers_flask:app"),
    "FastAPI": (*_UVICORN, "bench.peers_fastapi:app"),
}


class Counted(Protocol):
    """What takes CPU time."""

    def cpu_s(self) -> float:
        """The CPU time taken so far."""


@dataclass(frozen=True)
class Server:
    """A process that answers on a port of this machine; `started` by the performance counter."""

    process: subprocess.Popen[bytes]
    port: int
    started: float

    def cpu_s(self) -> float:
        """The CPU time that the process and all that it started have taken so far."""
        return sum(process_cpu_s(pid) for pid in family(self.process.pid))

    def memory_mib(self) -> float:
        """What the process and all that it started hold of the machine's memory."""
        pages = sum(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in family(self.process.pid))
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20

    def first_answer_s(self, within_s: float = START_S) -> float:
        """Wait for the first answer; how long after the start it came. Raises RuntimeError when none comes."""
        while not self._answers():
            if self.process.poll() is not None or time.perf_counter() - self.started > within_s:
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


def until_at_rest(servers: Iterable[Counted]) -> None:
    """Wait until what goes on after their start is over, such as building the search's index, and all are at rest at
    the same time; after `START_S` no longer.
    """
    over, known = time.monotonic() + START_S, list(servers)
    while time.monotonic() < over:
        before = [server.cpu_s() for server in known]
        time.sleep(LOOK_S)
        if all(one.cpu_s() - earlier <= LOOK_S * BUSY_SHARE for one, earlier in zip(known, before, strict=True)):
            return


def family(pid: int) -> list[int]:
    """A process and all that it started."""
    return [pid, *(each for child in children(pid) for each in family(child))]


def children(pid: int) -> list[int]:
    """The processes that the first thread of a process has started."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def parent(pid: int) -> int:
    """The process that started a process."""
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def process_cpu_s(pid: int) -> float:
    """The CPU time of the threads that run: the kernel tells it to the nanosecond, and that of a process only in ticks.

    Raises FileNotFoundError if there is no such process.
    """
    return sum(_thread_s(thread) for thread in Path(f"/proc/{pid}/task").iterdir())


def _thread_s(thread: Path) -> float:
    with contextlib.suppress(OSError):  # it ended meanwhile
        return int((thread / "schedstat").read_text().split()[0]) / 1e9
    return 0


@contextmanager
def haoban(
    database_url: str, folder: Path, port: int = 0, program: Sequence[str] = (str(HAOBAN),), **more: str
) -> Iterator[Server]:
    """`haoban serve`, with limits that a load from one machine doesn't meet; `more` are settings."""
    port = port or free_port()
    settings = {
        "SERVER__PORT": str(port),
        "SERVER__SECRET_KEY": SECRET,
        "SERVER__TRUSTED_PROXIES": "127.0.0.1/32",
        "LIMITS__LOOKUPS": "1000000/minute",
        "LIMITS__REQUESTS": "1000000/minute",
        "LIMITS__MESSAGES": "1000000/minute",
        **more,
    }
    with running([*program, "serve"], port, folder, environment(database_url, **settings)) as server:
        yield server


@contextmanager
def bare(database_url: str, folder: Path, under: Sequence[str] = ()) -> Iterator[Server]:
    """The bare handler; `under` is what its command is put behind."""
    port = free_port()
    command = [*under, sys.executable, "-m", "bench.bare", database_url, str(port)]
    with running(command, port, folder, os.environ | {"PYTHONPATH": str(ROOT)}) as server:
        yield server


def is_installed(name: str) -> bool:
    """Whether a peer is there to be measured."""
    return (PEERS / _PROGRAMS[name][0]).exists()


@contextmanager
def peer(name: str, database_url: str, folder: Path) -> Iterator[Server]:
    """Django or Flask with one sync worker of gunicorn, or FastAPI with uvicorn."""
    port = free_port()
    given = {"PYTHONPATH": str(ROOT), "BENCH_DATABASE": database_url, "BENCH_SECRET": SECRET}
    program, *rest = (word.format(port=port) for word in _PROGRAMS[name])
    with running([str(PEERS / program), *rest], port, folder, os.environ | given) as server:
        yield server


@contextmanager
def bare_board(folder: Path, size: int) -> Iterator[Server]:
    """The bare board, with a picture of so many bytes."""
    port = free_port()
    command = [sys.executable, "-m", "bench.bare_board", str(port), str(size)]
    with running(command, port, folder, os.environ | {"PYTHONPATH": str(ROOT)}) as server:
        yield server


@contextmanager
def running(command: Sequence[str], port: int, folder: Path, given: Mapping[str, str]) -> Iterator[Server]:
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


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
