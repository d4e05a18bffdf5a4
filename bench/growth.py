"""What a status look-up costs as cases become more: a thousand times as many should cost the same."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from bench.databases import copied, fill, grow
from bench.postgres import Backends, postgres
from bench.questions import questions
from bench.results import Table
from bench.rounds import COLUMNS, UNTIL_RECORDED_S, Side, run_anew
from bench.servers import Server, haoban
from bench.sizes import Size

IMPORTED = 10_000
ABOUT = """\
`POST /api/v1/status` as above, about cases all over the table. {imported:,} cases are imported as a department lists
them; the larger databases have copies of them besides under numbers of their own, without their events, which a look-up
does not read. All are on one PostgreSQL with the settings that it ships with. CPU time is that of the web process and
of the processes of PostgreSQL that answer it, together: it is in PostgreSQL that more cases would show."""
NOTES = ("The goal is meant for 10,000,000 cases, which `make bench-long` measures.",)


class WithDatabase(NamedTuple):
    """A server, and what PostgreSQL does for it."""

    server: Server
    backends: Backends

    @property
    def port(self) -> int:
        return self.server.port

    def until_at_rest(self) -> None:
        self.server.until_at_rest()

    def cpu_s(self) -> float:
        return self.server.cpu_s() + self.backends.cpu_s()


def measure(size: Size) -> Sequence[Table]:
    imported, asked = size.of(1_000, IMPORTED, IMPORTED), size.of(60, 800, 2_000)
    counts = {
        Size.TINY: (1_000, 2_000),
        Size.USUAL: (10_000, 100_000, 1_000_000),
        Size.LONG: (10_000, 100_000, 1_000_000, 10_000_000),
    }[size]
    with postgres() as url, tempfile.TemporaryDirectory() as folder:
        fill(url, Path(folder), imported)
        databases = {count: grown(url, imported, count) for count in counts}
        asked_about = {count: questions(made) for count, made in databases.items()}

        def opened(stack: ExitStack) -> dict[str, Side]:
            sides = {}
            for count, made in databases.items():
                server = stack.enter_context(haoban(made, Path(folder)))
                server.first_answer_s()
                both = WithDatabase(server, Backends(made))
                sides[f"Haoban, {count:,} cases"] = Side(both, asked_about[count].status, UNTIL_RECORDED_S)
            return sides

        turns = run_anew(opened, size.of(1, 3, 5), size.of(1, 2, 3), asked)
    few, *_, many = turns
    result = turns.result(f"Status look-up: {counts[-1]:,} / {counts[0]:,} cases", many, few, most=1.2)
    told = ABOUT.format(imported=imported)
    columns = [name.replace("ours", "the smallest") for name in COLUMNS]
    rows = turns.rows(few)
    return [
        Table("Look-ups as cases become more", told, columns, rows, results=[result], notes=NOTES, turns=turns.told)
    ]


def grown(url: str, imported: int, count: int) -> str:
    """The address of a copy of a database with so many cases in all, of which so many were imported."""
    made = asyncio.run(copied(url, f"of_{count}"))
    asyncio.run(grow(made, count - imported))
    return made
