"""Whatever strangers send to every public entrance: refused or answered, soon, and without leaving anything behind.

python -m bench.day.strangers --inputs 20000
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from itertools import count, cycle
from typing import Any

from aiohttp import ClientConnectorError, ClientError, ClientSession, ClientTimeout, TCPConnector
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from bench.day.books import Entry, logged
from bench.day.course import Day, day
from bench.day.entrances import CLOSED, ENTRANCES
from bench.day.fuzz_answers import CUT, HANGS, Answer, Answers, kind_of
from bench.day.fuzz_stranger import Drawn, Facts, Request, Stranger, facts_of
from bench.day.inputs import FILES, effort, json_values, mutated, mutations, words
from bench.day.plan import Plan
from bench.day.report import books, keep
from bench.day.settings import WIDE_OPEN, further
from bench.day.spoiled_lists import send_lists
from bench.day.town import WEB, Town, town

SLOW_S, HANGS_S, LONGEST_S = 1.0, 20.0, 600.0
TRIES = 3
WARM_UP, LEAST_WARM_UP, MOST_GROWTH = 0.25, 800, 1.1
LISTS_A_HUNDRED = 5
NAMES = tuple(ENTRANCES)
_FILES = st.builds(mutated, st.sampled_from(FILES), mutations)
drawn_inputs = st.builds(Drawn, words, json_values, _FILES, st.integers(0, 2**64 - 1))


@dataclass
class Strangers:
    """Who sends; each has a number of their own, and so has each who comes again."""

    day: Day
    facts: Facts
    http: ClientSession
    answers: Answers = field(default_factory=Answers)
    serials: count[int] = field(default_factory=lambda: count(1))

    async def send(self, entrance: str, drawn: Drawn) -> None:
        """One input; as a new one again when an answer took long, for others have the machine too.

        All that is amiss in any try counts, and how long it took in the last one.
        """
        self.answers.sent[entrance] += 1
        judged = await self._sent(entrance, drawn)
        for _ in range(TRIES - 1):
            if all(one.took_s <= SLOW_S for one in judged):
                break
            judged = await self._sent(entrance, drawn)
        self.answers.late(entrance, judged, SLOW_S)

    async def _sent(self, entrance: str, drawn: Drawn) -> list[Answer]:
        n = next(self.serials)
        requests = ENTRANCES[entrance](Stranger(self.day, self.facts, n, drawn))
        answers = [(await self._asked(n, one))._replace(drawn=f"{drawn!r:.300}") for one in requests]
        self.answers.note(entrance, answers)
        return answers

    async def _asked(self, n: int, request: Request) -> Answer:
        method, path, sent = request
        # The whole address: joined to one, a path that begins with // would lead to somebody else.
        address = URL(f"http://127.0.0.1:{self.day.town.port}{path}", encoded=True)
        headers = {"X-Forwarded-For": f"10.{n >> 16 & 63}.{n >> 8 & 255}.{n & 255}"} | sent.get("headers", {})
        sent = sent | {"headers": {name: value for name, value in headers.items() if value}}
        began, status = time.perf_counter(), 0
        try:
            async with self.http.request(method, address, allow_redirects=False, **sent) as got:
                await got.read()
                status, kind = got.status, kind_of(got.status, comes_back="Retry-After" in got.headers)
        except (ClientConnectorError, TimeoutError):  # nobody there any more, or nobody who answers
            kind = HANGS
        except ClientError:
            kind = CUT
        return Answer(kind, status, time.perf_counter() - began, f"{method} {path:.200} {_body(sent):.300}")


def _body(sent: dict[str, Any]) -> str:
    return " ".join(f"{name} {value!r}" for name, value in sent.items() if value)


async def send_all(today: Day, inputs: int) -> tuple[list[Entry], Answers]:
    """So many inputs, the memory measured after a part of them and at the end."""
    loop = asyncio.get_running_loop()
    await today.teams[0].members["head"].page("/staff/work")
    # A line for each request: kept ones would all lead to the same program.
    connector, timeout = TCPConnector(limit=50, force_close=True), ClientTimeout(total=HANGS_S)
    async with ClientSession(connector=connector, timeout=timeout) as http:
        strangers = Strangers(today, await facts_of(today), http)
        names = cycle(NAMES)

        def run(number: int) -> None:
            @effort(number)
            @given(drawn_inputs)
            def one(drawn: Drawn) -> None:
                sent: Future[None] = asyncio.run_coroutine_threadsafe(strangers.send(next(names), drawn), loop)
                sent.result(LONGEST_S)

            one()

        # The first at each entrance is right, and let in.
        for name in NAMES:
            await strangers.send(name, Drawn())
        left = max(5, inputs - len(NAMES))
        first = min(max(LEAST_WARM_UP, round(left * WARM_UP)), left * 4 // 5)
        await asyncio.to_thread(run, first)
        before = {name: today.town.memory_mib(name) for name in WEB}
        await asyncio.to_thread(run, left - first)
    print(f"slowest {strangers.answers.slowest_s:.2f} s")
    entries = [*strangers.answers.entries(NAMES, CLOSED), _memory(today.town, before), logged(today)]
    return entries, strangers.answers


def _memory(machines: Town, before: dict[str, float]) -> Entry:
    """What ended holds no memory, which is amiss too."""
    grown = {name: machines.memory_mib(name) / was if was else 0 for name, was in before.items()}
    told = {name: f"{name}: {times:.2f} times of {before[name]:.0f} MiB" for name, times in grown.items()}
    print("memory:", *told.values(), sep="\n  ")
    wrong = [told[name] for name, times in grown.items() if not 0 < times <= MOST_GROWTH]
    return Entry("Memory that doesn't grow", len(grown), wrong)


def still_running(machines: Town) -> Entry:
    """All programs that were started still run."""
    ended = {name: process.poll() for name, process in machines.running.items()}
    amiss = [f"{name} ended with {code}" for name, code in ended.items() if code is not None]
    return Entry("Programs that run to the end", len(ended), amiss)


async def receive(inputs: int) -> tuple[list[Entry], Answers]:
    """All of it against the whole program."""
    with further(WIDE_OPEN), town() as machines:
        async with day(machines, Plan(0.005, 1)) as today:
            entries, answers = await send_all(today, inputs)
            lists = await asyncio.to_thread(send_lists, machines.url, machines.folder, inputs * LISTS_A_HUNDRED // 100)
            entries.append(still_running(machines))
            machines.stop()
    return [*entries, *lists], answers


def main(given_words: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=20_000)
    entries, answers = asyncio.run(receive(parser.parse_args(given_words).inputs))
    lines = ["# Whatever strangers send", "", *books(entries), "", *answers.table(NAMES, CLOSED)]
    text = "\n".join(lines) + "\n"
    print(text, f"kept in {keep(text, 'strangers.md')}", sep="\n")
    return 0 if all(entry.holds for entry in entries) else 1


if __name__ == "__main__":
    sys.exit(main())
