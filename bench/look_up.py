"""What a status look-up by the JSON API costs: `haoban serve` against a bare handler and what others build with."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

import orjson

from bench.databases import fill
from bench.load import answers
from bench.postgres import postgres
from bench.questions import Questions, questions
from bench.results import Table
from bench.rounds import COLUMNS, UNTIL_RECORDED_S, Side, run_anew
from bench.servers import Server, bare, haoban, is_installed, peer
from bench.sizes import Size

OURS, BARE = "Haoban", "bare aiohttp + asyncpg"
PEERS = {"Django": "Django, gunicorn", "Flask": "Flask + SQLAlchemy, gunicorn", "FastAPI": "FastAPI + SQLAlchemy"}
LEAST = {"Django": 7, "Flask": 3.5, "FastAPI": 3.5}
SLOW = 0.15  # of the requests for them: they would take most of the time
READS = ", reading only"
COMPARED = 200
ABOUT = """\
`POST /api/v1/status` with number and PIN, {count:,} cases on one PostgreSQL, one process each, 8 connections kept open.
All check the PIN and whether it is locked after wrong ones, and record the look-up: Haoban and the bare handler in
batches, the peers by an INSERT of their ORM. Haoban limits the sender besides, keeps its metrics, and writes the
headers that security wants. "Reading only" is the same answer without PIN, locks and record. Whenever they were
started, {compared} answers of the bare handler and {fewer} of each peer are compared with ours first."""
NOTES = (
    "Django runs with three of its middlewares and connections that are kept, SQLAlchemy with its pool; only the "
    "columns that are needed, and few more, are mapped. gunicorn's sync worker closes each connection.",
    "Haoban reads the cases that are asked for at the same time by one statement, and alone who asks alone; the others "
    "have a statement for each. A bare handler could do that too, and would then be cheaper by about as much. What a "
    "look-up costs while nobody else asks, when nobody has anything to share, is told without a goal.",
    "What ours is made of is measured under `profile`.",
    "The goals against the bare handler ask for the same answer after the same checks and records. One that neither "
    "asks for the PIN nor records does less; how it compares is told without a goal.",
)


def measure(size: Size) -> Sequence[Table]:
    count, asked = size.of(2_000, 30_000, 1_000_000), size.of(200, 800, 2_000)
    peers = {name: title for name, title in PEERS.items() if is_installed(name)}
    with postgres() as url, tempfile.TemporaryDirectory() as folder:
        fill(url, Path(folder), count)
        about = questions(url)

        def opened(stack: ExitStack) -> Mapping[str, Side]:
            ours, plain = stack.enter_context(haoban(url, Path(folder))), stack.enter_context(bare(url, Path(folder)))
            sides = beside(ours, BARE, plain, about)
            for name, title in peers.items():
                server = stack.enter_context(peer(name, url, Path(folder)))
                sides |= {
                    title: Side(server, about.status, share=SLOW),
                    title + READS: Side(server, reading(about), share=SLOW),
                }
            compare(sides, about)
            return sides

        turns = run_anew(opened, size.of(1, 3, 5), size.of(1, 2, 3), asked)
    results = [
        turns.result("Status look-up: ours / the bare handler", OURS, BARE, most=1.2),
        turns.result("Status look-up, nobody else asking: ours / the bare handler", OURS, BARE, "alone_us"),
        turns.result("Status look-up: ours / the bare handler that only reads", OURS, BARE + READS),
        *(
            turns.result(f"Status look-up: {title.partition(',')[0]} / ours", title, OURS, least=LEAST[name])
            for name, title in peers.items()
        ),
    ]
    title, told = (
        "Status look-up by JSON, side by side",
        ABOUT.format(count=count, compared=COMPARED, fewer=round(COMPARED * SLOW)),
    )
    absent = [f"{name} is not installed, and was left out." for name in PEERS if name not in peers]
    notes, rows = [*NOTES, *absent], turns.rows(OURS)
    return [Table(title, told, COLUMNS, rows, results=results, notes=notes, turns=turns.told)]


def beside(ours: Server, name: str, plain: Server, about: Questions) -> dict[str, Side]:
    """Ours, and the bare handler, with and without PIN and record."""
    return {
        OURS: Side(ours, about.status, UNTIL_RECORDED_S),
        name: Side(plain, about.status, UNTIL_RECORDED_S),
        name + READS: Side(plain, reading(about)),
    }


def reading(about: Questions) -> Callable[[int], list[bytes]]:
    """The same questions at the address where peers only read."""
    return lambda number: [asked.replace(b" /api/v1/status ", b" /read ", 1) for asked in about.status(number)]


def compare(sides: Mapping[str, Side], about: Questions) -> None:
    """All tell the same of the same cases, of which slow ones get their share. Raises RuntimeError."""
    for side in sides.values():
        side.server.first_answer_s()
    same = about.status(COMPARED)
    right = [orjson.loads(answer.body) for answer in asyncio.run(answers(sides[OURS].server.port, same, 1))]
    for name, side in sides.items():
        asked = same[: round(COMPARED * side.share)]
        if name.endswith(READS):
            asked = [one.replace(b" /api/v1/status ", b" /read ", 1) for one in asked]
        for mine, answer in zip(right[: len(asked)], asyncio.run(answers(side.server.port, asked, 1)), strict=True):
            if mine != orjson.loads(answer.body):
                raise RuntimeError(f"{name} answers otherwise: {mine} {answer.body!r}")
