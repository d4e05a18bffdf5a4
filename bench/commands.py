"""The command line `haoban` as people run it, with the time that a command took and the memory that it needed."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
HAOBAN = Path(sys.executable).parent / "haoban"
PEERS = ROOT / "bench" / ".peers" / "bin"


class Ran(NamedTuple):
    """What a command took from its start to its end; `cpu_s` without what PostgreSQL did for it."""

    took_s: float
    cpu_s: float
    peak_mib: float


def environment(database_url: str, **more: str) -> Mapping[str, str]:
    """The environment of a `haoban` that works on this database; `more` are settings."""
    own = {
        "HAOBAN_SETTINGS": str(ROOT / "settings.toml"),
        "HAOBAN_DATABASE__URL": database_url,
        "PYTHONPATH": str(ROOT),
    }
    return os.environ | own | {f"HAOBAN_{name}": value for name, value in more.items()}


def run(database_url: str, folder: Path, *words: str) -> Ran:
    """Run a command to its end. Raises RuntimeError when it fails."""
    with tempfile.TemporaryFile() as said:
        started = time.perf_counter()
        process = subprocess.Popen(
            [HAOBAN, *words], cwd=folder, env=environment(database_url), stdout=said, stderr=subprocess.STDOUT
        )
        _, status, used = os.wait4(process.pid, 0)
        took_s = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            raise RuntimeError(f"haoban {' '.join(words)}: {said.read()[-2000:].decode(errors='replace')}")
    return Ran(took_s, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)
