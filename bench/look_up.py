"""What a status look-up costs: CPU time of `haoban serve` against a bare handler, and against a small database.

python -m bench.look_up --rows 200000
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import tempfile
import time
import warnings
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

import asyncpg
import orjson

from bench.import_cases import ROWS, fill
from bench.load import Asked, answers
from bench.postgres import postgres
from bench.results import Result, show
from bench.servers import SECRET, Server, bare, haoban
from core.keys import Keys

FEW = 10_000
ROUNDS, QUESTIONS, CONNECTIONS = 11, 2_000, 8
COMPARED = 500
SENDERS = 20_000
UNTIL_RECORDED_S = 0.8  # look-ups are recorded in batches: the last of them belong to the round too


class Questions:
    """Questions about random cases of a database, each with its right PIN."""

    def __init__(self, numbers: list[str]) -> None:
        self._numbers = numbers
        self._keys, self._dice = Keys(SECRET), random.Random(20260102)

    def draw(self, count: int) -> list[Asked]:
        return [self._about(number) for number in self._dice.choices(self._numbers, k=count)]

    def _about(self, number: str) -> Asked:
        sender = self._dice.randrange(SENDERS)
        body = orjson.dumps({"number": number, "pin": self._keys.pin(number, 1)})
        return Asked(body, f"10.20.{sender >> 8}.{sender & 255}")


async def questions(url: str) -> Questions:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("VACUUM ANALYZE")
        sql = "SELECT number FROM approval_case WHERE status <> 'draft' ORDER BY md5(number) LIMIT 100000"
        return Questions([row["number"] for row in await connection.fetch(sql)])
    finally:
        await connection.close()


async def new_database(url: str, name: str) -> str:
    """The address of an empty database on the same server."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(f"CREATE DATABASE {name}")
    finally:
        await connection.close()
    front, mark, parameters = url.partition("?")
    return front.rpartition("/")[0] + f"/{name}" + mark + parameters


def measure(many_url: str, folder: Path, count: int) -> list[Result]:
    """Ask about the cases of a filled database, and about few cases in another one on the same server."""
    few_url = asyncio.run(new_database(many_url, "few"))
    fill(few_url, folder, FEW)
    of_many, of_few = (asyncio.run(questions(url)) for url in (many_url, few_url))
    with ExitStack() as stack:
        ours, few = (stack.enter_context(haoban(url, folder)) for url in (many_url, few_url))
        plain = stack.enter_context(bare(many_url, folder))
        for server in (ours, few, plain):
            server.first_answer_s()
        asyncio.run(compare(ours, plain, of_many))
        return asyncio.run(results({"ours": (ours, of_many), "bare": (plain, of_many), "few": (few, of_few)}, count))


async def compare(ours: Server, plain: Server, asked: Questions) -> None:
    """Both servers tell the same of the same cases."""
    same = asked.draw(COMPARED)
    told = [[answer.body for answer in await answers(server.port, same, 1)] for server in (ours, plain)]
    for question, *pair in zip(same, *told, strict=True):
        left, right = map(orjson.loads, pair)
        if left != right or left["number"] != orjson.loads(question.body)["number"]:
            raise RuntimeError(f"the answers differ: {left} {right}")


async def results(servers: Mapping[str, tuple[Server, Questions]], count: int) -> list[Result]:
    cpu_us: dict[str, list[float]] = {name: [] for name in servers}
    waited_ms: dict[str, list[float]] = {name: [] for name in servers}
    for number in range(ROUNDS + 1):
        for name, (server, asked) in servers.items():
            cpu, waited = await _round(server, asked)
            if number:  # the first one warms up
                cpu_us[name].append(cpu)
                waited_ms[name].append(waited)
    cpu_of, wait_of = ({name: statistics.median(each) for name, each in of.items()} for of in (cpu_us, waited_ms))
    return [
        Result(
            f"Status look-up, {count:,} cases / bare handler: CPU",
            cpu_of["ours"] / cpu_of["bare"],
            "times",
            most=1.3,
            note=f"{cpu_of['ours']:.0f} and {cpu_of['bare']:.0f} µs",
        ),
        Result(
            f"  / with {FEW:,} cases: CPU",
            cpu_of["ours"] / cpu_of["few"],
            "times",
            most=1.2,
            note=f"{cpu_of['ours']:.0f} and {cpu_of['few']:.0f} µs",
        ),
        Result(
            f"  / with {FEW:,} cases: time to the answer",
            wait_of["ours"] / wait_of["few"],
            "times",
            most=1.2,
            note=f"{wait_of['ours']:.2f} and {wait_of['few']:.2f} ms",
        ),
    ]


async def _round(server: Server, asked: Questions) -> tuple[float, float]:
    """CPU time a question in µs under load, and the median time to an answer in ms of one who asks alone."""
    drawn = asked.draw(QUESTIONS)
    before = server.cpu_s()
    await answers(server.port, drawn, CONNECTIONS)
    await asyncio.sleep(UNTIL_RECORDED_S)
    cpu_us = (server.cpu_s() - before) / QUESTIONS * 1e6
    alone = await answers(server.port, asked.draw(QUESTIONS // 4), 1)
    await asyncio.sleep(UNTIL_RECORDED_S)
    return cpu_us, statistics.median(answer.took_s for answer in alone) * 1e3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    count = parser.parse_args().rows
    warnings.simplefilter("ignore")
    with postgres() as url, tempfile.TemporaryDirectory() as folder:
        fill(url, Path(folder), count)
        began = time.perf_counter()
        show(measure(url, Path(folder), count))
        print(f"\n{time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
