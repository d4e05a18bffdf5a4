"""How soon thousands of screens see what is new: from the first that is served to the last, against a bare handler."""

from __future__ import annotations

import asyncio
import json
import subprocess
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from statistics import median

from aiohttp import ClientSession

from bench.commands import HAOBAN, environment
from bench.results import Result, Table
from bench.servers import SECRET, Server, bare_board, haoban
from bench.sizes import Size

ROUNDS = 5
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


async def measured(server: Server, count: int, change: Callable[[int], Awaitable[None]]) -> tuple[float, float, float]:
    """The medians of some changes: seconds from first to last, and CPU ms; and the memory of each screen in KiB."""
    warm = await Screens.opened(server.port, AT_ONCE)
    await warm.close()
    before = server.memory_mib()
    screens = await Screens.opened(server.port, count)
    each_kib = (server.memory_mib() - before) / count * 1024
    spreads, cpu_ms = [], []
    for number in range(ROUNDS):
        screens.forget()
        used = server.cpu_s()
        await change(number)
        await screens.until_served()
        spreads.append(screens.spread_s())
        cpu_ms.append((server.cpu_s() - used) * 1000)
    await screens.close()
    return median(spreads), median(cpu_ms), each_kib


def measure(size: Size) -> Sequence[Table]:
    count = size.of(100, 5_000, 5_000)
    with tempfile.TemporaryDirectory() as folder:
        (spread, cpu_ms, each_kib), bytes_each = ours(Path(folder), count)
        bare_spread, bare_cpu_ms, bare_kib = theirs(Path(folder), count, bytes_each)
    rows = [
        ["Haoban", spread * 1000, cpu_ms / count * 1000, each_kib],
        ["bare aiohttp", bare_spread * 1000, bare_cpu_ms / count * 1000, bare_kib],
    ]
    results = [
        Result(f"Last of {count:,} screens against a bare handler", spread / bare_spread, "times", most=LATER),
        Result(
            "CPU of a change on the board, against a bare handler", cpu_ms / (bare_cpu_ms or 1), "times", most=LATER
        ),
        Result("Memory of a screen", each_kib, "KiB", most=KIB_EACH),
    ]
    columns = ("", "first to last screen, ms", "CPU a screen, µs", "memory a screen, KiB")
    told = ABOUT.format(count=count, rounds=ROUNDS, size=bytes_each)
    return [Table("The board", told, columns, rows, results=results)]


def ours(folder: Path, count: int) -> tuple[tuple[float, float, float], int]:
    """What ours takes, and the bytes of a picture."""
    url = f"sqlite://{folder}/haoban.db"
    given = environment(url, SERVER__SECRET_KEY=SECRET)

    def command(*words: str) -> str:
        told = subprocess.run([str(HAOBAN), *words], cwd=folder, env=given, check=True, capture_output=True)
        return told.stdout.decode()

    command("migrate")
    received = [case for case in json.loads(command("demo", "--json")) if case["status"] == "received"]

    async def take_in(number: int) -> None:
        words = ("case", "move", received[number]["number"], "accepted", "--role", "clerk")
        await asyncio.to_thread(command, *words)

    with haoban(url, folder) as server:
        server.first_answer_s()
        return asyncio.run(measured(server, count, take_in)), asyncio.run(_size(server.port))


def theirs(folder: Path, count: int, size: int) -> tuple[float, float, float]:
    with bare_board(folder, size) as server:
        server.first_answer_s()

        async def push(_number: int) -> None:
            async with ClientSession() as http, http.post(f"http://127.0.0.1:{server.port}/push"):
                pass

        return asyncio.run(measured(server, count, push))


async def _size(port: int) -> int:
    """The bytes of a picture."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(ASK)
    got = b""
    while not (b"data: {" in got and got.endswith(END)):
        got += await reader.read(65536)
    writer.close()
    return len(got.partition(b"data: ")[2])
