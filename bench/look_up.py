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
Both check the PIN and whether it is locked after wrong ones, and record the look-up in batches. Haoban limits the
sender besides, keeps its metrics, and writes the headers that security wants. "Reading only" is the bare handler's same
answer without PIN, locks and record. After each start {compared} answers of each are compared with ours."""
NOTES = (
    "Haoban reads the cases that are asked for at the same time by one statement, and alone who asks alone; the bare "
    "handler has a statement for each. That handler could share too, and would then be cheaper by about as much. What "
    "a look-up costs while nobody else asks, and there is nothing to share, is told without a goal.",
    "What ours is made of is measured under `profile`.",
    "The goal asks for the same answer after the same checks and records. A handler that neither asks for the PIN nor "
    "records does less; how it compares is told without a goal.",
)
ABOUT_PEERS = """\
The same question on the same database, one process and 8 connections each. All check the PIN and its locks, and record
the look-up: Haoban in batches, the others by an INSERT of their ORM; those that are "reading only" do none of it. The
others get {share:.0%} of the requests that Haoban gets. After each start {compared} answers of each are compared with
ours."""
PEERS_NOTES = (
    "Django runs with three of its middlewares and connections that are kept, SQLAlchemy with its pool; only the "
    "columns that are needed, and few more, are mapped. gunicorn's sync worker closes each connection.",
)


def measure(size: Size) -> Sequence[Table]:
    count = size.of(2_000, 30_000, 1_000_000)
    with postgres() as url, tempfile.TemporaryDirectory() as folder:
        fill(url, Path(folder), count)
        about = questions(url)
        bare_one = beside_bare(url, Path(folder), about, size, ABOUT.format(count=count, compared=COMPARED))
        return [bare_one, beside_peers(url, Path(folder), about, size)]


def beside_bare(url: str, folder: Path, about: Questions, size: Size, told: str) -> Table:
    """Ours and the bare handler, with nobody else running: they differ by less than what others would stir up."""

    def opened(stack: ExitStack) -> Mapping[str, Side]:
        sides = beside(stack.enter_context(haoban(url, folder)), BARE, stack.enter_context(bare(url, folder)), about)
        compare(sides, about)
        return sides

    turns = run_anew(opened, size.of(1, 3, 5), size.of(1, 4, 6), size.of(200, 800, 2_000))
    results = [
        turns.result("Status look-up: ours / the bare handler", OURS, BARE, most=1.2),
        turns.result("Status look-up, nobody else asking: ours / the bare handler", OURS, BARE, "alone_us"),
        turns.result("Status look-up: ours / the bare handler that only reads", OURS, BARE + READS),
    ]
    rows = turns.rows(OURS)
    return Table("Status look-up by JSON", told, COLUMNS, rows, results=results, notes=NOTES, turns=turns.told)


def beside_peers(url: str, folder: Path, about: Questions, size: Size) -> Table:
    """Ours and those peers that are installed."""
    peers = {name: title for name, title in PEERS.items() if is_installed(name)}

    def opened(stack: ExitStack) -> Mapping[str, Side]:
        sides = {OURS: Side(stack.enter_context(haoban(url, folder)), about.status, UNTIL_RECORDED_S)}
        for name, title in peers.items():
            server = stack.enter_context(peer(name, url, folder))
            sides |= {
                title: Side(server, about.status, share=SLOW),
                title + READS: Side(server, reading(about), share=SLOW),
            }
        compare(sides, about)
        return sides

    turns = run_anew(opened, size.of(1, 2, 5), size.of(1, 2, 3), size.of(200, 800, 2_000))
    results = [
        turns.result(f"Status look-up: {title.partition(',')[0]} / ours", title, OURS, least=LEAST[name])
        for name, title in peers.items()
    ]
    told = ABOUT_PEERS.format(share=SLOW, compared=round(COMPARED * SLOW))
    absent = [f"{name} is not installed, and was left out." for name in PEERS if name not in peers]
    return Table(
        "Status look-up by JSON, with what others build with",
        told,
        COLUMNS,
        turns.rows(OURS),
        results=results,
        notes=[*PEERS_NOTES, *absent],
        turns=turns.told,
    )


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
