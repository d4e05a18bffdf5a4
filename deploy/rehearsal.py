"""Rehearses what nobody wants to try for the first time in need: the latest backup, put back beside the database."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import signal
import sys
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
from tortoise.functions import Count, Sum

from core import models
from core.asker import Asker
from core.backup import restore
from core.backup.tables import TABLES_IN_ORDER
from core.database import Database
from core.errors import BadRequest, HaobanError
from core.keys import Keys, secret_from
from core.local_time import now
from gateway.house import SECRET_KEY, House
from gateway.registry import switched_on
from gateway.settings import Settings, load

NAMES = "haoban-*.backup"
MOMENT = "haoban-%Y%m%dT%H%M%SZ.backup"
# Rows that were just being written when the backup looked may be in the database only.
UNSETTLED = timedelta(minutes=1)
MOST_CASES = 50
# What no centre in work is without.
NEVER_EMPTY = (models.Department, models.ServiceItem, models.Case, models.CaseEvent)


@dataclass(frozen=True)
class Known:
    """What a database says of the time until a moment."""

    rows: dict[str, int]
    events: dict[str, Any]
    cases: dict[str, tuple[int, str, datetime | None, int]]


async def known(until: datetime, numbers: list[str] | None = None) -> Known:
    """`numbers` are the cases to look at, the newest without them."""
    rows = {model._meta.db_table: await model.all().count() for model in TABLES_IN_ORDER}
    [events] = await (
        models.CaseEvent.filter(recorded_at__lte=until)
        .annotate(events=Count("id"), cases=Count("case_id", distinct=True), ids=Sum("id"))
        .values("events", "cases", "ids")
    )
    looked_at = models.Case.filter(number__in=numbers) if numbers else models.Case.exclude(number="")
    cases = {
        case.number: (case.seq, case.status, case.due_at, case.pin_version)
        for case in await looked_at.order_by("-id").limit(MOST_CASES)
    }
    return Known(rows, dict(events), cases)


class Rehearsal:
    """Says line by line what it finds; `doubts` counts what is not as it should be."""

    def __init__(self, settings: Settings, most_age: timedelta, server: str) -> None:
        self._settings, self._most_age, self._server = settings, most_age, server
        self.doubts = 0

    async def of(self, place: Path) -> None:
        """Rehearse the backup `place`, or the latest in the folder `place`. Raises HaobanError when it can't be."""
        file = self._chosen(place)
        with tempfile.TemporaryDirectory(prefix="haoban-rehearsal-") as name:
            folder = Path(name)
            async with self._scratch(folder) as url:
                restored, until, secrets = await self._put_back(file, url, folder)
                await self._compare(restored, until, secrets)
                await self._ask(url, secrets, restored)

    def say(self, part: str, what: str, *, well: bool = True) -> None:
        self.doubts += not well
        print(f"{'ok ' if well else '!! '} {part:<10} {what}", flush=True)  # noqa: T201

    def _chosen(self, place: Path) -> Path:
        found = sorted(place.glob(NAMES)) if place.is_dir() else [place]
        if not found:
            raise BadRequest(f"there is no backup in {place}")
        age = now() - _made_at(found[-1])
        self.say("backup", f"{found[-1]}, {age / timedelta(hours=1):.1f} hours old", well=age <= self._most_age)
        return found[-1]

    @contextlib.asynccontextmanager
    async def _scratch(self, folder: Path) -> AsyncIterator[str]:
        """The address of an empty database that is gone afterwards, of the kind that the real one is of."""
        if not (self._server or self._settings.database.url).startswith("postgres"):
            yield f"sqlite://{folder / 'rehearsal.db'}"
            return
        server, name = self._server or self._settings.database.url, f"haoban_rehearsal_{os.getpid()}"
        await _run(server, f"CREATE DATABASE {name}")
        try:
            front, mark, parameters = server.partition("?")
            yield front.rpartition("/")[0] + "/" + name + mark + parameters
        finally:
            await _run(server, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    async def _put_back(self, file: Path, url: str, folder: Path) -> tuple[Known, datetime, dict[str, str]]:
        database, folders = Database(url), {"forms": folder / "forms", "case_files": folder / "case_files"}
        await database.open()
        try:
            await database.migrate()
            rows, secrets = await restore(database, folders, file, self._settings.backup.passphrase)
            self.say("restored", f"{rows:,} rows")
            last = await models.CaseEvent.all().order_by("-recorded_at").first()
            until = (last.recorded_at if last else now()) - UNSETTLED
            await self._look_for_files(folders)
            return await known(until), until, secrets
        finally:
            await database.close()

    async def _look_for_files(self, folders: dict[str, Path]) -> None:
        sought = {
            (name, model): folders[name]
            for name, model in (("forms", models.FormFile), ("case_files", models.CaseFile))
        }
        for (name, model), folder in sought.items():
            digests = set(await model.all().values_list("digest", flat=True))
            there = {digest for digest in digests if (folder / digest[:2] / digest).is_file()}
            self.say("files", f"{len(there)} of {len(digests)} in {name}", well=there == digests)

    async def _compare(self, restored: Known, until: datetime, secrets: dict[str, str]) -> None:
        database = Database(self._settings.database.url)
        await database.open()
        try:
            here = await known(until, list(restored.cases))
        finally:
            await database.close()
        for model in NEVER_EMPTY:
            table = model._meta.db_table
            counts = f"{restored.rows[table]:,} in the backup, {here.rows[table]:,} here"
            self.say("rows", f"{table}: {counts}", well=0 < restored.rows[table] <= here.rows[table])
        until_then = f"events until {until:%Y-%m-%d %H:%M}"
        self.say(
            "events",
            f"{restored.events['events'] or 0:,} {until_then} in the backup, {here.events['events'] or 0:,} here",
            well=restored.events == here.events,
        )
        same = [number for number, case in restored.cases.items() if here.cases.get(number, (0,))[0] == case[0]]
        other = [number for number in same if here.cases[number] != restored.cases[number]]
        self.say("cases", f"{len(same)} of the newest unchanged since, {len(other)} told otherwise", well=not other)
        own = secret_from(self._settings.server.secret_key, SECRET_KEY)
        is_own = secrets.get("secret_key") == own
        self.say("key", "that of this installation" if is_own else "another than here: receipts won't fit", well=is_own)

    async def _ask(self, url: str, secrets: dict[str, str], restored: Known) -> None:
        """A citizen's question to what was put back, with the PIN that stands on the receipt."""
        if not restored.cases:
            return self.say("case", "there is none to ask for", well=False)
        number, (_, status, _, pin_version) = next(iter(restored.cases.items()))
        server = self._settings.server.model_copy(update={"secret_key": secrets.get("secret_key", "")})
        house = House(
            self._settings.model_copy(
                update={
                    "server": server,
                    "database": self._settings.database.model_copy(update={"url": url}),
                    "redis": self._settings.redis.model_copy(update={"url": ""}),
                }
            )
        )
        await house.open()
        try:
            pin = Keys(secret_from(self._settings.server.secret_key, SECRET_KEY)).pin(number, pin_version)
            told = await house.query.case_status(number, pin, Asker("rehearsal", "rehearsal"))
            self.say("case", f"{number} is told as {told.status}", well=told.status == status)
        finally:
            await house.close()
        return None


def _made_at(file: Path) -> datetime:
    """By its name, for a copy may be younger than what it holds."""
    try:
        return datetime.strptime(file.name, MOMENT).replace(tzinfo=UTC)
    except ValueError:
        return datetime.fromtimestamp(file.stat().st_mtime, UTC)


async def _run(server: str, statement: str) -> None:
    connection = await asyncpg.connect(server)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def rehearsed(place: Path, hours: float, server: str) -> bool:
    rehearsal: Rehearsal | None = None
    try:
        settings = load(Path(os.environ.get("HAOBAN_SETTINGS", "settings.toml")), channels=switched_on)
        rehearsal = Rehearsal(settings, timedelta(hours=hours), server)
        await rehearsal.of(place)
    except (HaobanError, OSError, asyncpg.PostgresError) as error:
        print(f"!!  {error}", flush=True)  # noqa: T201
        return False
    return not rehearsal.doubts


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("place", type=Path, help="a backup, or the folder whose latest is taken")
    asked.add_argument("--hours", type=float, default=26, help="how old it may be; 26 unless told otherwise")
    asked.add_argument(
        "--server", default="", help="postgres://… of a role that may create databases; else the usual one"
    )
    given = asked.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that nothing of it is left behind
    well = asyncio.run(rehearsed(given.place, given.hours, given.server))
    print("This backup can be put back." if well else "Not to be relied on: see the lines with !!.")  # noqa: T201
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
