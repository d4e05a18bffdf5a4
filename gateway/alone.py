"""Holds a process back that would forget what another one knows: several need a Redis that they share."""

from __future__ import annotations

import fcntl
from io import TextIOWrapper
from pathlib import Path

import asyncpg

from core.database import CONNECT_TIMEOUT_S
from core.errors import SettingsError, Unavailable
from core.lost import LOST
from gateway.settings import Settings

_SQLITE = "sqlite://"
_ADVISORY_LOCK = 4_715_001
REFUSED = "redis.url: another process serves this database: more than one needs a Redis that they share"


class Alone:
    """With a Redis any number of processes may serve one database, without one a single process."""

    def __init__(self, settings: Settings) -> None:
        self._shared = bool(settings.redis.url)
        self._url = settings.database.url
        self._file: TextIOWrapper | None = None
        self._connection: asyncpg.Connection | None = None

    async def take(self) -> None:
        """Raises SettingsError when another process is there and no Redis to share."""
        if self._url.startswith(_SQLITE):
            self._take_file()
        else:
            await self._take_advisory()

    async def give_back(self) -> None:
        if self._file is not None:
            self._file.close()
        if self._connection is not None:
            await self._connection.close()

    def _take_file(self) -> None:
        """Beside the database, wherever the process was started."""
        lock = Path(self._url.removeprefix(_SQLITE).partition("?")[0] + ".lock")
        lock.parent.mkdir(parents=True, exist_ok=True)
        self._file = lock.open("a")
        try:
            fcntl.flock(self._file, (fcntl.LOCK_SH if self._shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SettingsError([REFUSED]) from None

    async def _take_advisory(self) -> None:
        try:
            self._connection = await asyncpg.connect(self._url, timeout=CONNECT_TIMEOUT_S)
        except LOST as error:
            raise Unavailable(f"the database does not answer: {error}") from error
        kind = "_shared" if self._shared else ""
        if not await self._connection.fetchval(f"SELECT pg_try_advisory_lock{kind}($1)", _ADVISORY_LOCK):
            raise SettingsError([REFUSED])
