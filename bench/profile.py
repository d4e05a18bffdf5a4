"""What a question is made of: in whose code the server spends its CPU time, by each way to ask."""

from __future__ import annotations

import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from bench import paths
from bench.databases import fill
from bench.postgres import postgres
from bench.questions import CHANNEL, questions
from bench.results import Table
from bench.rounds import UNTIL_RECORDED_S, Side, run
from bench.sampled import EVERY_S, LIBRARIES, OURS, SENDING
from bench.servers import haoban
from bench.sizes import Size

ABOUT = """\
`haoban serve` with {count:,} cases on PostgreSQL, asked by eight connections in each way; every {every_ms:.0f} ms of
its CPU time it is noted in whose code it is. Only the innermost function counts: what ours calls of a library is the
library's. What has no Python code of its own (parsers in C, digests, JSON) belongs to the function that calls it."""
NOTES = (
    "Found by profiles and taken out so far: look-ups that were each recorded by themselves when many came at once; "
    "the collector of garbage going through all that stays; PostgreSQL asked to reset each connection; on SQLite "
    "waiting for who writes; caches that keep an order of all they hold; templates looked up, imported and asked "
    "about their context for each page; every word of a page wrapped anew to show that it is escaped; signatures of "
    "text messages checked twice; network addresses read in Python; days written anew; a statement for each of the "
    "cases that are asked for at the same time; turns of the loop between a question and its statement; several layers "
    "around each answer, where one does; query numbers checked digit by digit; values put in place by their names.",
    "What is left has no single part that stands out: limits for each sender, the check of the number, digests of "
    "sender, PIN and token, metrics, security headers, and what may be told of a case, each some hundredths.",
)
COLUMNS = ("", "samples", *(f"{part}, %" for part in (OURS, SENDING, *LIBRARIES)), "all else, %")


def measure(size: Size) -> Sequence[Table]:
    count, asked = size.of(1_000, 20_000, 1_000_000), size.of(200, 2_000, 20_000)
    with postgres() as url, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fill(url, folder, count)
        about = questions(url)
        ways = {paths.STATUS: about.status, paths.SMS: about.sms, paths.PAGE: about.page}
        ways = dict(list(ways.items())[: size.of(1, 3, 3)])
        rows = [[title, *shares(sampled(url, folder, draw, asked))] for title, draw in ways.items()]
    told = ABOUT.format(count=count, every_ms=EVERY_S * 1000)
    turns = "each way once, in a new server."
    return [Table("What a question is made of", told, COLUMNS, rows, drawn=2, notes=NOTES, turns=turns)]


def sampled(url: str, folder: Path, draw: Callable[[int], Sequence[bytes]], asked: int) -> Mapping[str, int]:
    """How often the server was found in which part while it was asked so much."""
    path = folder / "samples.json"
    program = (sys.executable, "-m", "bench.sampled", str(path))
    with haoban(url, folder, program=program, **CHANNEL) as server:
        server.first_answer_s()
        run({"warm": Side(server, draw, UNTIL_RECORDED_S)}, 0, max(20, asked // 10))
        os.kill(server.process.pid, signal.SIGUSR1)
        run({"asked": Side(server, draw, UNTIL_RECORDED_S)}, 0, asked)
        os.kill(server.process.pid, signal.SIGUSR1)
        time.sleep(1)
    found: dict[str, int] = json.loads(path.read_bytes())
    return found


def shares(found: Mapping[str, int]) -> list[float]:
    """How many samples, and the share of each part in per cent."""
    every = sum(found.values()) or 1
    named = [found.get(part, 0) / every * 100 for part in (OURS, SENDING, *LIBRARIES)]
    return [every, *named, 100 - sum(named)]
