"""What a status look-up costs as cases become more: a thousand times as many should cost the same."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from bench.databases import fill, grow
from bench.postgres import Backends, postgres
from bench.questions import MOST_CASES, questions
from bench.results import Table
from bench.rounds import UNTIL_RECORDED_S, WITH_DATABASE, Side, run_anew
from bench.servers import haoban
from bench.sizes import Size

COUNTS = {Size.TINY: (1_000, 2_000), Size.USUAL: (10_000, 1_000_000), Size.LONG: (10_000, 1_000_000, 10_000_000)}
ABOUT = """\
`POST /api/v1/status` as above, about {most:,} cases at most, picked from all over the table. {imported:,} are imported
as a department lists them; the larger databases have copies of them besides under numbers of their own, day after day,
without their events, which a look-up does not read. Each database has a PostgreSQL of its own with the settings that it
ships with. CPU time is that of the web process and of the processes of PostgreSQL that answer it, together: it is in
PostgreSQL that more cases would show. Each of those processes, which live for months, pays once for its first look at
each page of the memory that they share; so each database is asked {warm:,} times before anything is told."""
NOTES = ("The goal is meant for 10,000,000 cases, which `make bench-long` measures.",)


def measure(size: Size) -> Sequence[Table]:
    counts, asked, warm = COUNTS[size], size.of(60, 800, 2_000), size.of(120, 12_000, 40_000)
    with ExitStack() as all_of_it:
        folder = Path(all_of_it.enter_context(tempfile.TemporaryDirectory()))
        databases = {}
        for count in counts:
            url = all_of_it.enter_context(postgres())
            fill(url, folder, counts[0])
            asyncio.run(grow(url, count - counts[0]))
            databases[f"Haoban, {count:,} cases"] = url, questions(url)

        def opened(stack: ExitStack) -> dict[str, Side]:
            sides = {}
            for name, (url, about) in databases.items():
                server = stack.enter_context(haoban(url, folder))
                server.first_answer_s()
                sides[name] = Side(server, about.status, UNTIL_RECORDED_S, database=Backends(url))
            return sides

        turns = run_anew(opened, size.of(1, 2, 5), size.of(1, 2, 4), asked, warm=warm)
    few, *_, many = turns
    what = f"Status look-up: {counts[-1]:,} / {counts[0]:,} cases"
    return [
        Table(
            "Look-ups as cases become more",
            ABOUT.format(most=MOST_CASES, imported=counts[0], warm=warm),
            [name.replace("ours", "the smallest") for name in WITH_DATABASE],
            turns.rows(few, with_database=True),
            results=[
                turns.result(what, many, few, most=1.2),
                turns.result(f"{what}, of it PostgreSQL", many, few, "database_us"),
            ],
            notes=NOTES,
            turns=turns.told,
        )
    ]
