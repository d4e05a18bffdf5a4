"""What a status look-up costs as cases become more: a hundred times as many should cost the same."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from bench.databases import copied, fill, grow
from bench.postgres import postgres
from bench.questions import questions
from bench.results import Table
from bench.rounds import COLUMNS, UNTIL_RECORDED_S, Side, run
from bench.servers import haoban
from bench.sizes import Size

IMPORTED = 10_000
ABOUT = """\
`POST /api/v1/status` as above, about cases all over the table. {imported:,} cases are imported as a department lists
them; the larger databases have copies of them besides under numbers of their own, without their events, which a look-up
does not read. All are on one PostgreSQL with the settings that it ships with."""
NOTES = ("The goal is meant for 10,000,000 cases, which `make bench-long` measures.",)


def measure(size: Size) -> Sequence[Table]:
    imported, rounds, asked = size.of(1_000, IMPORTED, IMPORTED), size.of(1, 3, 15), size.of(60, 800, 2_000)
    counts = {
        Size.TINY: (1_000, 2_000),
        Size.USUAL: (10_000, 100_000, 1_000_000),
        Size.LONG: (10_000, 100_000, 1_000_000, 10_000_000),
    }[size]
    with postgres() as url, tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        fill(url, Path(folder), imported)
        sides = {}
        for count in counts:
            made = asyncio.run(copied(url, f"of_{count}"))
            asyncio.run(grow(made, count - imported))
            about = questions(made)
            server = stack.enter_context(haoban(made, Path(folder)))
            sides[f"Haoban, {count:,} cases"] = Side(server, about.status, UNTIL_RECORDED_S)
        for side in sides.values():
            side.server.first_answer_s()
        turns = run(sides, rounds, asked)
    few, *_, many = sides
    result = turns.result(f"Status look-up: {counts[-1]:,} / {counts[0]:,} cases", many, few, most=1.2)
    told = ABOUT.format(imported=imported)
    columns = [name.replace("ours", "the smallest") for name in COLUMNS]
    rows = turns.rows(few)
    return [
        Table("Look-ups as cases become more", told, columns, rows, results=[result], notes=NOTES, turns=turns.told)
    ]
