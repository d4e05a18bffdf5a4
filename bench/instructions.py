"""How many of the processor's instructions a question takes in the program: no neighbour on the machine changes that.

They are counted by callgrind, a part of Valgrind, under which a program runs some fifty times slower.
"""

from __future__ import annotations

import asyncio
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from bench.commands import HAOBAN
from bench.databases import fill
from bench.load import answers
from bench.postgres import postgres
from bench.questions import CHANNEL, Questions, questions
from bench.results import Table
from bench.rounds import CONNECTIONS, UNTIL_RECORDED_S
from bench.servers import Server, bare, haoban, until_at_rest
from bench.sizes import Size

START_S = 180
TITLE = "Instructions of a question"
ABOUT = """\
Instructions of the processor that the web process takes for a question, without the kernel's and PostgreSQL's:
`haoban serve` and the bare handler under callgrind, {count:,} cases, each asked {asked:,} times in each way. What an
idle program takes meanwhile is in it, too. Everything is so much slower that fewer questions share a statement, and
fewer records are written at once, than in real use."""
ABSENT = "Valgrind is not installed, so nothing was counted."
TURNS = "once, in a new server for each side: two counts of the same differ by less than a hundredth."
COLUMNS = ("", "Haoban, thousand", "bare, thousand", "times the bare handler's")
_TOTAL = re.compile(r"^totals: (\d+)$", re.MULTILINE)


class Way(NamedTuple):
    """A way to ask, and over how many connections at a time."""

    draw: Callable[[int], Sequence[bytes]]
    connections: int


def measure(size: Size) -> Sequence[Table]:
    count, asked = size.of(500, 5_000, 20_000), size.of(20, 200, 500)
    told = ABOUT.format(count=count, asked=asked)
    if not is_installed():
        return [Table(TITLE, told, notes=[ABSENT], turns=TURNS)]
    with postgres() as url, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fill(url, folder, count)
        about = questions(url)
        program = (*under(folder), sys.executable, str(HAOBAN))
        with haoban(url, folder, program=program, NOTIFY__WORKER="false", **CHANNEL) as server:
            ours = counted(server, folder, ways(about), asked)
        with bare(url, folder, under(folder)) as server:
            theirs = counted(server, folder, ways(about), asked)
    rows = [[way, mine / 1000, theirs[way] / 1000, mine / theirs[way]] for way, mine in ours.items()]
    return [Table(TITLE, told, COLUMNS, rows, drawn=3, turns=TURNS)]


def ways(about: Questions) -> Mapping[str, Way]:
    return {
        "status by JSON": Way(about.status, CONNECTIONS),
        "status by JSON, nobody else asking": Way(about.status, 1),
        "text message": Way(about.sms, CONNECTIONS),
        "scanned receipt": Way(about.page, CONNECTIONS),
    }


def is_installed() -> bool:
    return all(shutil.which(name) for name in ("valgrind", "callgrind_control"))


def under(folder: Path) -> tuple[str, ...]:
    """What a program's command is put behind, for its counts to be written to the folder."""
    return "valgrind", "--tool=callgrind", "--instr-atstart=no", f"--callgrind-out-file={folder}/counts.%p"


def counted(server: Server, folder: Path, asked: Mapping[str, Way], number: int) -> dict[str, float]:
    """The instructions of a question in each way, the mean of so many. Raises RuntimeError."""
    server.first_answer_s(START_S)
    until_at_rest([server])
    taken = {}
    for name, way in asked.items():
        _ask(server, way, number // 4)
        _told(server, "--zero")
        _told(server, "--instr=on")
        _ask(server, way, number)
        _told(server, "--instr=off")
        _told(server, "--dump")
        taken[name] = total(max(folder.glob(f"counts.{server.process.pid}.*"), key=_number)) / number
    return taken


def total(dump: Path) -> int:
    """All instructions of a dump by callgrind. Raises RuntimeError for one without."""
    found = _TOTAL.search(dump.read_text())
    if found is None:
        raise RuntimeError(f"callgrind counted nothing: {dump.name}")
    return int(found[1])


def _number(dump: Path) -> int:
    return int(dump.suffix[1:])


def _ask(server: Server, way: Way, number: int) -> None:
    asyncio.run(answers(server.port, way.draw(number), way.connections))
    time.sleep(UNTIL_RECORDED_S)


def _told(server: Server, *words: str) -> None:
    """Tell callgrind something. Raises RuntimeError when it doesn't listen."""
    command = ["callgrind_control", *words, str(server.process.pid)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=START_S)
    if done.returncode:
        raise RuntimeError(f"{command}: {done.stdout}{done.stderr}")
