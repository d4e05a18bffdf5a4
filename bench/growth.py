"""What a status look-up costs as cases become more: a thousand times as many should cost the same."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from bench.databases import fill, grow
from bench.postgres import Backends, postgres
from bench.questions import questions
from bench.results import Cell, Table
from bench.rounds import COLUMNS, UNTIL_RECORDED_S, Side, Turns, run_anew
from bench.servers import haoban
from bench.sizes import Size

IMPORTED = 10_000
ABOUT = """\
`POST /api/v1/status` as above, about cases all over the table. {imported:,} cases are imported as a department lists
them; the larger databases have copies of them besides under numbers of their own, without their events, which a look-up
does not read. Each database has a PostgreSQL of its own with the settings that it ships with. CPU time is that of the
web process and of the processes of PostgreSQL that answer it, together: it is in PostgreSQL that more cases would show.
Each is asked {warm:,} times before, until those processes, which live for months, have met the memory that they share:
the first of their looks at a page of it costs the machine more than the look-up."""
NOTES = ("The goal is meant for 10,000,000 cases, which `make bench-long` measures.",)


def measure(size: Size) -> Sequence[Table]:
    imported, asked, warm = size.of(1_000, IMPORTED, IMPORTED), size.of(60, 800, 2_000), size.of(60, 8_000, 40_000)
    counts = {Size.TINY: (1_000, 2_000), Size.USUAL: (10_000, 1_000_000), Size.LONG: (10_000, 1_000_000, 10_000_000)}
    with ExitStack() as all_of_it:
        folder = Path(all_of_it.enter_context(tempfile.TemporaryDirectory()))
        databases = {}
        for count in counts[size]:
            url = all_of_it.enter_context(postgres())
            fill(url, folder, imported)
            asyncio.run(grow(url, count - imported))
            databases[f"Haoban, {count:,} cases"] = url, questions(url)

        def opened(stack: ExitStack) -> dict[str, Side]:
            sides = {}
            for name, (url, about) in databases.items():
                server = stack.enter_context(haoban(url, folder))
                server.first_answer_s()
                sides[name] = Side(server, about.status, UNTIL_RECORDED_S, database=Backends(url))
            return sides

        turns = run_anew(opened, size.of(1, 3, 5), size.of(1, 2, 3), asked, warm=warm)
    few, *_, many = turns
    what = f"Status look-up: {counts[size][-1]:,} / {counts[size][0]:,} cases"
    return [
        Table(
            "Look-ups as cases become more",
            ABOUT.format(imported=imported, warm=warm),
            [*COLUMNS[:2], "of it PostgreSQL, µs", "times the smallest", *COLUMNS[3:]],
            [with_database(row, turns) for row in turns.rows(few)],
            results=[turns.result(what, many, few, most=1.2)],
            notes=NOTES,
            turns=turns.told,
        )
    ]


def with_database(row: Sequence[Cell], turns: Turns) -> Sequence[Cell]:
    """A row of the table, with what the database took."""
    name, cpu_us, *others = row
    return [name, cpu_us, turns.middle(str(name)).database_us, *others]
