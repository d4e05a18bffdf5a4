"""Lists of items, cases and notices as somebody spoiled them: an import takes them, or refuses them with a reason."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from itertools import cycle, product
from pathlib import Path
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from bench.day.books import Entry
from bench.day.fuzz_tables import CASES, ITEMS, MATERIALS, NOTICES, WRITERS, Rows, spoiled_bytes, spoiled_rows
from bench.day.inputs import effort, mutations, words
from core.cases import Actor, Cases, Role
from core.centre import Centre
from core.database import Database
from core.errors import BadRequest
from core.exchange import Report, import_cases, import_items, import_notices

SLOW_S = 5.0
ROWS: dict[str, Rows] = {"items": ITEMS, "cases": CASES, "notices": NOTICES}
KINDS = tuple(product(ROWS, WRITERS))
_ACTOR = Actor("bench", Role.SYSTEM, channel="import")
Bring = Callable[[Path], Awaitable[Report]]


class Imports:
    """Brings lists in, one after the other, and notes what became of each."""

    def __init__(self, folder: Path, runner: asyncio.Runner, bring: dict[str, Bring]) -> None:
        self._folder, self._runner, self._bring = folder, runner, bring
        self.run: Counter[tuple[str, str]] = Counter()
        self.taken: Counter[tuple[str, str]] = Counter()
        self.amiss: list[str] = []
        self.slow: list[str] = []

    def take(self, kind: str, form: str, content: bytes) -> None:
        path = self._folder / f"spoiled.{form}"
        path.write_bytes(content)
        began = time.perf_counter()
        self.run[kind, form] += 1
        try:
            self._runner.run(self._report(kind, path))
            self.taken[kind, form] += 1
        except BadRequest:
            pass
        except Exception as error:
            self.amiss.append(f"{kind} {form}: {type(error).__name__}: {error!s:.200} {content!r:.200}")
        if (took_s := time.perf_counter() - began) > SLOW_S:
            self.slow.append(f"{kind} {form}: {took_s:.1f} s {content!r:.200}")

    async def _report(self, kind: str, path: Path) -> Report:
        return await self._bring[kind](path)

    def entries(self) -> list[Entry]:
        never = [f"{kind} as {form}" for kind, form in KINDS if not self.taken[kind, form]]
        told = ", ".join(f"{kind} {form} {self.taken[kind, form]} of {n}" for (kind, form), n in self.run.items())
        return [
            Entry("Spoiled lists imported, or refused", self.run.total(), self.amiss),
            Entry(f"Kinds of lists that were taken ({told})", len(KINDS), never),
            Entry(f"Lists that took {SLOW_S:g} s at most", self.run.total(), self.slow),
        ]


def send_lists(url: str, folder: Path, inputs: int) -> list[Entry]:
    """Right ones of each kind, and so many spoiled ones."""
    database = Database(url)
    with asyncio.Runner() as runner:
        runner.run(database.open())
        centre = Centre(database)
        cases = Cases(database, centre)
        imports = Imports(
            folder,
            runner,
            {
                "items": lambda path: import_items(database, path, _ACTOR),
                "cases": lambda path: import_cases(database, cases, path, _ACTOR),
                "notices": lambda path: import_notices(database, path, _ACTOR),
            },
        )
        try:
            _send(imports, inputs)
        finally:
            runner.run(_closed(centre, database))
    return imports.entries()


def _send(imports: Imports, inputs: int) -> None:
    for kind, form in KINDS:
        imports.take(kind, form, WRITERS[form](ROWS[kind], MATERIALS))
    kinds = cycle(KINDS)

    @effort(max(len(KINDS), inputs))
    @given(words, mutations, st.integers(0, 2**64 - 1))
    def one(said: str, changes: list[tuple[int, bytes]], seed: int) -> None:
        (kind, form), dice = next(kinds), Random(seed)
        rows, further = spoiled_rows(ROWS[kind], said, dice), spoiled_rows(MATERIALS, said, dice)
        imports.take(kind, form, spoiled_bytes(WRITERS[form](rows, further), changes, dice))

    one()


async def _closed(centre: Centre, database: Database) -> None:
    await centre.close()
    await database.close()
