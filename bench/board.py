"""How soon thousands of screens see what is new: from the first that is served to the last, against a bare handler.

python -m bench.board --screens 5000
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import tempfile
import time
import warnings
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import median

from aiohttp import ClientSession

from bench.commands import HAOBAN, environment
from bench.results import Result, show
from bench.servers import SECRET, Server, bare_board, haoban

SCREENS, ROUNDS = 5_000, 3
AT_ONCE = 100
SERVED_WITHIN_S = 60
LATER, KIB_EACH = 1.5, 16
ASK = b"GET /board/hall/events HTTP/1.1\r\nHost: bench\r\nAccept: text/event-stream\r\n\r\n"
# How a picture ends in a stream of chunks, and a sign of life.
END, ALIVE = b"\n\n\r\n", b"data: \n\n\r\n"
_PAGE_KIB = os.sysconf("SC_PAGE_SIZE") // 1024


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


def memory_kib(server: Server) -> int:
    """What the process holds."""
    return int(Path(f"/proc/{server.process.pid}/statm").read_text().split()[1]) * _PAGE_KIB


async def measured(server: Server, count: int, change: Callable[[int], Awaitable[None]]) -> tuple[float, float]:
    """The median spread of some changes in seconds, and the memory that each screen takes in KiB."""
    warm = await Screens.opened(server.port, AT_ONCE)
    await warm.close()
    before = memory_kib(server)
    screens = await Screens.opened(server.port, count)
    each_kib = (memory_kib(server) - before) / count
    spreads = []
    for number in range(ROUNDS):
        screens.forget()
        await change(number)
        await screens.until_served()
        spreads.append(screens.spread_s())
    await screens.close()
    return median(spreads), each_kib


def measure(folder: Path, count: int) -> list[Result]:
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

    with haoban(url, folder, LIMITS__REQUESTS="1000000/minute") as server:
        server.first_answer_s()
        spread, each_kib = asyncio.run(measured(server, count, take_in))
        size = asyncio.run(_size(server.port))
    with bare_board(folder, size) as server:
        server.first_answer_s()

        async def push(_number: int) -> None:
            async with ClientSession() as http, http.post(f"http://127.0.0.1:{server.port}/push"):
                pass

        bare_spread, bare_kib = asyncio.run(measured(server, count, push))
    return [
        Result(f"Last of {count:,} screens against a bare handler", spread / bare_spread, "times", most=LATER),
        Result("First to last screen", spread * 1000, "ms", note=f"bare {bare_spread * 1000:,.0f} ms, {size:,} bytes"),
        Result("Memory of a screen", each_kib, "KiB", most=KIB_EACH, note=f"bare {bare_kib:.1f} KiB"),
    ]


async def _size(port: int) -> int:
    """The bytes of a picture."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(ASK)
    got = b""
    while not (b"data: {" in got and got.endswith(END)):
        got += await reader.read(65536)
    writer.close()
    return len(got.partition(b"data: ")[2])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--screens", type=int, default=SCREENS)
    given = parser.parse_args()
    warnings.simplefilter("ignore", ResourceWarning)
    with tempfile.TemporaryDirectory() as folder:
        show(measure(Path(folder), given.screens))


if __name__ == "__main__":
    main()
