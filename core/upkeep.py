"""Clears away what no longer counts, beside the work, so that no stranger can fill the database for ever."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import structlog

from core.database import Database
from core.ending import end
from core.errors import Unavailable
from core.local_time import now
from core.notify.forgetting import redact
from core.pin_lock import PinLock
from core.systems.answers import Answers

EVERY_S = 3600.0
_log = structlog.get_logger()


class Upkeep:
    """Runs at the start and then every hour, in each process: what another one cleared away is simply gone."""

    def __init__(self, database: Database, answers: Answers, texts_kept: timedelta) -> None:
        self._database, self._lock, self._answers = database, PinLock(database), answers
        self._texts_kept = texts_kept
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = self._database.in_background(self._run())

    async def stop(self) -> None:
        """End, in the middle of the work if need be: the next start goes on with it."""
        if self._task is not None:
            await end(self._task)

    async def _run(self) -> None:
        while True:
            try:
                if forgotten := await self._lock.forget(now()):
                    _log.info("tries of PINs forgotten", count=forgotten)
                if forgotten := await self._answers.forget():
                    _log.info("answers to other systems forgotten", count=forgotten)
                if redacted := await redact(now() - self._texts_kept):
                    _log.info("words of old messages blanked", count=redacted)
            except Unavailable as error:
                _log.error("nothing forgotten yet", error=str(error))
            await asyncio.sleep(EVERY_S)
