"""The task queues that sending is measured against, run as they are in real use."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.commands import PEERS, ROOT
from bench.outbox import Drained, a_provider, compare, taken, until
from bench.servers import Server, family, running

QUEUES = {"celery": "Celery over Redis", "taskiq": "taskiq over Redis streams"}


def installed() -> dict[str, str]:
    """The names of those queues that are installed, by their programs."""
    return {program: name for program, name in QUEUES.items() if (PEERS / program).exists()}


def peer(name: str, folder: Path, redis: str, count: int) -> Drained:
    """The CPU time of a queue's worker, its children included, for each task, and tasks a second."""
    with a_provider(folder) as provider:
        given = os.environ | {
            "BENCH_REDIS": redis,
            "BENCH_PROVIDER": f"http://127.0.0.1:{provider.port}",
            "PYTHONPATH": str(ROOT),
        }
        subprocess.run(
            [PEERS / "python", "-m", "bench.peers_queues", name, str(count)], env=given, cwd=folder, check=True
        )
        commands: Mapping[str, Sequence[str]] = {
            "celery": ("celery", "-A", "bench.peers_queues", "worker", "-c", "1", "-l", "error", "--without-gossip"),
            "taskiq": ("taskiq", "worker", "bench.peers_queues:broker", "--workers", "1", "--log-level", "ERROR"),
        }
        command = [str(PEERS / commands[name][0]), *commands[name][1:]]
        with running(command, 0, folder, given | {"BENCH_QUEUE": name}) as server:
            until(lambda: taken(provider)[""] > 0)
            before, done, began = server.cpu_s(), taken(provider)[""], time.monotonic()
            until(lambda: taken(provider)[""] >= count)
            took_s = time.monotonic() - began
            time.sleep(0.5)
            used_s = server.cpu_s() - before
            end(server)
            compare(provider)
            return Drained(used_s / (count - done) * 1e6, (count - done) / took_s)


def end(server: Server) -> None:
    """A process and all that it started: one of the queues ends only when nothing is left to wait for."""
    for pid in reversed(family(server.process.pid)):
        os.kill(pid, signal.SIGKILL)
