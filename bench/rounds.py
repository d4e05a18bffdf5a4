"""Several servers asked in turns, so that whatever else the machine does falls on all of them alike."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from statistics import median, quantiles
from typing import NamedTuple, Protocol

from bench.load import answers
from bench.results import Cell, Result
from bench.servers import Counted, until_at_rest

CONNECTIONS = 8
UNTIL_RECORDED_S = 0.65  # look-ups are recorded each half second: the last of them belong to the turn too
COLUMNS = ("", "CPU a request, µs", "times ours", "requests a second", "median, ms", "99th percentile, ms")
WITH_DATABASE = (*COLUMNS[:2], "of it PostgreSQL, µs", *COLUMNS[2:])


class Answerer(Counted, Protocol):
    """What is asked on a port of this machine: a server, or several."""

    @property
    def port(self) -> int: ...


class Side(NamedTuple):
    """Who answers, what it is asked, how long it still works after its answers, and the share of the requests it gets.

    `draw` makes so many requests anew; slow ones get a smaller share. `database` is counted with the server where what
    it does is measured too.
    """

    server: Answerer
    draw: Callable[[int], Sequence[bytes]]
    works_on_s: float = 0
    share: float = 1
    database: Counted | None = None

    def cpu_s(self) -> tuple[float, float]:
        """The CPU time that all that is counted has taken so far, and the database's part of it."""
        database_s = self.database.cpu_s() if self.database else 0
        return self.server.cpu_s() + database_s, database_s


class Turn(NamedTuple):
    """What one turn of one side cost. `cpu_us` and, while nobody else asks, `alone_us` are the CPU time of a request,
    the database's with it where it is counted; `database_us` is its part of `cpu_us`.
    """

    cpu_us: float
    a_second: float
    median_ms: float
    late_ms: float
    alone_us: float
    database_us: float


class Turns(Mapping[str, Sequence[Turn]]):
    """The turns of each side."""

    def __init__(self, turns: Mapping[str, Sequence[Turn]], starts: int = 1) -> None:
        self._turns, self._starts = turns, starts

    def __getitem__(self, name: str) -> Sequence[Turn]:
        return self._turns[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._turns)

    def __len__(self) -> int:
        return len(self._turns)

    @property
    def told(self) -> str:
        """How often each number was measured."""
        rounds = len(next(iter(self._turns.values()))) // self._starts
        anew = f"{self._starts} times all were started anew; each time " if self._starts > 1 else ""
        return f"{anew}all take turns in changing order, {rounds} each after one to warm up; the median."

    def middle(self, name: str) -> Turn:
        """The median of each number."""
        return Turn(*map(median, zip(*self[name], strict=True)))

    def ratio(self, name: str, other: str, number: str = "cpu_us") -> float:
        """The median over the rounds of how many times the number of another side one side's is."""
        pairs = zip(self[name], self[other], strict=True)
        return median(getattr(mine, number) / getattr(theirs, number) for mine, theirs in pairs)

    def rows(self, ours: str, *, with_database: bool = False) -> list[list[Cell]]:
        """For a table with COLUMNS, or WITH_DATABASE: CPU time beside throughput and latency."""
        rows: list[list[Cell]] = []
        for name in self:
            turn = self.middle(name)
            part = [turn.database_us] if with_database else []
            rest = [self.ratio(name, ours), turn.a_second, turn.median_ms, turn.late_ms]
            rows.append([name, turn.cpu_us, *part, *rest])
        return rows

    def result(self, what: str, name: str, other: str, number: str = "cpu_us", **goal: float) -> Result:
        """How many times another side's CPU time one side takes; without a goal it is only told."""
        note = f"{getattr(self.middle(name), number):,.0f} and {getattr(self.middle(other), number):,.0f} µs"
        return Result(what, self.ratio(name, other, number), "times", note=note, **goal)


def run(sides: Mapping[str, Side], rounds: int, requests: int, alone: int = 0, warm: int = 0) -> Turns:
    """Ask each side in turn. `alone` are the requests of one who waits for each answer, for the latency; `warm` those
    of the first turn, which is not told, by default as many as in the others.
    """
    until_at_rest({side.server.port: side.server for side in sides.values()}.values())
    return Turns(asyncio.run(_run(sides, rounds, requests, alone or max(20, requests // 4), warm or requests)))


def run_anew(
    opened: Callable[[ExitStack], Mapping[str, Side]],
    starts: int,
    rounds: int,
    requests: int,
    alone: int = 0,
    warm: int = 0,
) -> Turns:
    """The same with servers that are started anew so many times: where a program comes to lie in memory, and beside
    whom, can make a tenth of its time.
    """
    turns: dict[str, list[Turn]] = {}
    for _ in range(starts):
        with ExitStack() as stack:
            for name, each in run(opened(stack), rounds, requests, alone, warm).items():
                turns.setdefault(name, []).extend(each)
    return Turns(turns, starts)


async def _run(
    sides: Mapping[str, Side], rounds: int, requests: int, alone: int, warm: int
) -> Mapping[str, Sequence[Turn]]:
    turns: dict[str, list[Turn]] = {name: [] for name in sides}
    for side in sides.values():
        await _turn(side, round(warm * side.share), round(alone * side.share))
    for name in _in_turn(list(sides), rounds):
        side = sides[name]
        turns[name].append(await _turn(side, round(requests * side.share), round(alone * side.share)))
    return turns


def _in_turn(names: Sequence[str], rounds: int) -> Iterator[str]:
    """Each of them once a round, after all were asked in the order given, in an order that changes: who goes before
    leaves the machine's caches full of its own. So nobody comes right after itself either.
    """
    last = names[-1]
    for _ in range(rounds):
        order = random.sample(names, len(names))
        while order[0] == last and len(names) > 1:
            order = random.sample(names, len(names))
        yield from order
        last = order[-1]


async def _turn(side: Side, requests: int, alone: int) -> Turn:
    loop = asyncio.get_running_loop()
    drawn, before = side.draw(requests), side.cpu_s()
    began = loop.time()
    await answers(side.server.port, drawn, CONNECTIONS)
    took_s = loop.time() - began
    cpu_us, database_us = await _taken_us(side, before, requests)
    drawn, before = side.draw(alone), side.cpu_s()
    waited = [answer.took_s * 1e3 for answer in await answers(side.server.port, drawn, 1)]
    alone_us, _ = await _taken_us(side, before, alone)
    late_ms = quantiles(waited, n=100, method="inclusive")[98]
    return Turn(cpu_us, requests / took_s, median(waited), late_ms, alone_us, database_us)


async def _taken_us(side: Side, before: tuple[float, float], requests: int) -> Sequence[float]:
    """What each of the requests has taken since, of all and of the database, when all work on them is done."""
    await asyncio.sleep(side.works_on_s)
    return [(taken - earlier) / requests * 1e6 for taken, earlier in zip(side.cpu_s(), before, strict=True)]
