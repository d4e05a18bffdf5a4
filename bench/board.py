"""How soon thousands of screens see what is new: from the first that is served to the last, against a bare handler."""

from __future__ import annotations

import asyncio
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from aiohttp import ClientSession

from bench.commands import HAOBAN, environment
from bench.results import Cell, Result, Table
from bench.servers import SECRET, Server, bare_board, haoban
from bench.sizes import Size

AT_ONCE = 100
SERVED_WITHIN_S = 60
ABOUT = """\
{count:,} screens watch one board of one process; {rounds} times something new is shown, and it is measured how long it
takes from the first screen that has it to the last, and what CPU time. The bare handler writes {size:,} bytes, the same
as ours, to everybody and draws nothing."""
LATER, KIB_EACH = 1.5, 16
ASK = b"GET /board/hall/events HTTP/1.1\r\nHost: bench\r\nAccept: text/event-stream\r\n\r\n"
# How a picture ends in a stream of chunks, and a sign of life.
END, ALIVE = b"\n\n\r\n", b"data: \n\n\r\n"
Change = Callable[[int], Awaitable[None]]


class Screens:
    """Open streams, and when each last got a picture."""

    def __init__(self) -> None:
        self.served: dict[int, float] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._all = asyncio.Event()

    @classmethod
    async def opened(cls, port: int, count: int) -> Screens:
        screens = cls()
        for begin in range(0, count, AT_ONCE):
            for number in range(begin, min(begin + AT_ONCE, count)):
                screens._tasks.append(asyncio.create_task(screens._watch(port, number)))
            await screens.until_served()
        return screens

    async def until_served(self) -> None:
        """Until every screen there is has got a picture."""
        self._all.clear()
        if len(self.served) < len(self._tasks):
            await asyncio.wait_for(self._all.wait(), SERVED_WITHIN_S)

    def forget(self) -> None:
        self.served.clear()

    def spread_s(self) -> float:
        """From the first that was served to the last."""
        return max(self.served.values()) - min(self.served.values())

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _watch(self, port: int, number: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            writer.write(ASK)
            tail = b""
            while piece := await reader.read(65536):
                whole = tail + piece
                if b"data: " in whole and whole.endswith(END) and not whole.endswith(ALIVE):
                    self._serve(number)
                    whole = b""
                tail = whole[-100_000:]
        finally:
            writer.close()

    def _serve(self, number: int) -> None:
        self.served[number] = time.perf_counter()
        if len(self.served) == len(self._tasks):
            self._all.set()


class Side:
    """A server with its open screens, what shows something new on it, and what that cost each time."""

    def __init__(self, server: Server, change: Change) -> None:
        self.server, self.each_kib = server, 0.0
        self.spreads_ms: list[float] = []
        self.cpu_us: list[float] = []
        self._change, self._screens, self._count = change, Screens(), 0

    async def open(self, count: int) -> None:
        """Open so many screens, and see what memory each takes."""
        self._count = count
        warm = await Screens.opened(self.server.port, AT_ONCE)
        await warm.close()
        before = self.server.memory_mib()
        self._screens = await Screens.opened(self.server.port, count)
        self.each_kib = (self.server.memory_mib() - before) / count * 1024

    async def take_turn(self, number: int) -> None:
        self._screens.forget()
        used = self.server.cpu_s()
        await self._change(number)
        await self._screens.until_served()
        self.spreads_ms.append(self._screens.spread_s() * 1000)
        self.cpu_us.append((self.server.cpu_s() - used) / self._count * 1e6)

    async def close(self) -> None:
        await self._screens.close()

    def row(self, name: str) -> list[Cell]:
        return [name, median(self.spreads_ms), median(self.cpu_us), self.each_kib]


async def take_turns(sides: Sequence[Side], count: int, rounds: int) -> None:
    for side in sides:
        await side.open(count)
    for number in range(rounds):
        for side in sides:
            await side.take_turn(number)
    for side in sides:
        await side.close()


def measure(size: Size) -> Sequence[Table]:
    count, rounds = size.of(100, 5_000, 5_000), size.of(2, 5, 5)
    allow_files()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        url, given, waiting = demonstration(folder)
        with haoban(url, folder) as ours:
            ours.first_answer_s()
            picture = asyncio.run(_size(ours.port))
            with bare_board(folder, picture) as theirs:
                theirs.first_answer_s()
                with clerk(folder, given, url) as accept:
                    mine, bare = Side(ours, accepting(accept, waiting)), Side(theirs, pushing(theirs.port))
                    asyncio.run(take_turns((mine, bare), count, rounds))
    return [table(mine, bare, ABOUT.format(count=count, rounds=rounds, size=picture), count, rounds)]


def table(mine: Side, bare: Side, about: str, count: int, rounds: int) -> Table:
    rows = [mine.row("Haoban"), bare.row("bare aiohttp")]
    later, cpu = (
        f"Last of {count:,} screens against a bare handler",
        "CPU of a change on the board, against a bare handler",
    )
    results = [
        Result(later, median(mine.spreads_ms) / median(bare.spreads_ms), "times", most=LATER),
        Result(cpu, median(mine.cpu_us) / (median(bare.cpu_us) or 1), "times", most=LATER),
        Result("Memory of a screen", mine.each_kib, "KiB", most=KIB_EACH),
    ]
    columns = ("", "first to last screen, ms", "CPU a screen, µs", "memory a screen, KiB")
    turns = f"both take turns, {rounds} changes each, all screens open; the median. The memory once."
    return Table("The board", about, columns, rows, results=results, turns=turns)


def allow_files() -> None:
    """Let this process and the servers that it starts have as many connections as the machine allows."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def demonstration(folder: Path) -> tuple[str, Mapping[str, str], Sequence[str]]:
    """The address of a database with the demonstration, its environment, and the cases that wait to be accepted."""
    url = f"sqlite://{folder}/haoban.db"
    given = environment(url, SERVER__SECRET_KEY=SECRET)
    command(folder, given, "migrate")
    cases = json.loads(command(folder, given, "demo", "--json"))
    return url, given, [case["number"] for case in cases if case["status"] == "received"]


def command(folder: Path, given: Mapping[str, str], *words: str) -> str:
    told = subprocess.run([str(HAOBAN), *words], cwd=folder, env=given, check=True, capture_output=True)
    return told.stdout.decode()


@contextmanager
def clerk(folder: Path, given: Mapping[str, str], url: str) -> Iterator[Callable[[str], None]]:
    """Accepts a case by its number. Raises RuntimeError when that fails."""
    words = [sys.executable, "-m", "bench.clerk", url]
    with subprocess.Popen(words, cwd=folder, env=given, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        asked, told = process.stdin, process.stdout
        assert asked is not None
        assert told is not None

        def accept(number: str) -> None:
            asked.write(f"{number}\n".encode())
            asked.flush()
            if told.readline() != b"accepted\n":
                raise RuntimeError(f"{number} was not accepted")

        try:
            if told.readline() != b"ready\n":
                raise RuntimeError("there is no clerk")
            yield accept
        finally:
            asked.close()


def accepting(accept: Callable[[str], None], waiting: Sequence[str]) -> Change:
    """Accept one case after the other: the hall's board shows each."""

    async def change(number: int) -> None:
        await asyncio.to_thread(accept, waiting[number])

    return change


def pushing(port: int) -> Change:
    async def push(_number: int) -> None:
        async with ClientSession() as http, http.post(f"http://127.0.0.1:{port}/push"):
            pass

    return push


async def _size(port: int) -> int:
    """The bytes of a picture."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(ASK)
    got = b""
    while not (b"data: {" in got and got.endswith(END)):
        got += await reader.read(65536)
    writer.close()
    return len(got.partition(b"data: ")[2])
