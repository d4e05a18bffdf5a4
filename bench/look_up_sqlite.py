"""What a status look-up costs on SQLite: `haoban serve` against a bare handler with aiosqlite."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from bench.databases import fill
from bench.look_up import OURS, READS, beside, compare
from bench.questions import questions
from bench.results import Table
from bench.rounds import COLUMNS, Side, run_anew
from bench.servers import bare, haoban
from bench.sizes import Size

BARE = "bare aiohttp + aiosqlite"
ABOUT = """\
`POST /api/v1/status` with number and PIN, {count:,} cases in a file of SQLite, one process each. The bare handler reads
by the same statement on one connection, checks the PIN and records in batches; "reading only" is the same answer
without PIN and record. Haoban reads what is asked for at the same time by one statement. Answers are compared first."""


def measure(size: Size) -> Sequence[Table]:
    count, asked = size.of(1_000, 20_000, 1_000_000), size.of(60, 800, 2_000)
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite://{folder}/haoban.db"
        fill(url, Path(folder), count)
        about = questions(url)

        def opened(stack: ExitStack) -> Mapping[str, Side]:
            ours, plain = stack.enter_context(haoban(url, Path(folder))), stack.enter_context(bare(url, Path(folder)))
            sides = beside(ours, BARE, plain, about)
            compare(sides, about)
            return sides

        turns = run_anew(opened, size.of(1, 2, 5), size.of(1, 2, 3), asked)
    results = [
        turns.result("Status look-up on SQLite: ours / the bare handler", OURS, BARE, most=1.3),
        turns.result("Status look-up on SQLite, nobody else asking: ours / the bare handler", OURS, BARE, "alone_us"),
        turns.result("Status look-up on SQLite: ours / the bare handler that only reads", OURS, BARE + READS),
    ]
    told = ABOUT.format(count=count)
    rows = turns.rows(OURS)
    return [Table("Status look-up on SQLite", told, COLUMNS, rows, results=results, turns=turns.told)]
