"""Whatever strangers send to every public entrance: refused or answered, soon, and without leaving anything behind.

python -m bench.day.strangers --inputs 20000
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from aiohttp import ClientConnectorError, ClientError, ClientSession, ClientTimeout, TCPConnector
from hypothesis import given
from hypothesis import strategies as st

from bench.day.books import Entry, logged
from bench.day.course import Day, day
from bench.day.entrances import ENTRANCES, requests
from bench.day.inputs import FILES, effort, json_values, mutated, mutations, words
from bench.day.plan import Plan
from bench.day.report import books, keep
from bench.day.spoiled_lists import send_lists
from bench.day.town import WEB, town

SLOW_S, HANGS_S = 1.0, 20.0
WARM_UP, MOST_GROWTH = 0.25, 1.1
LOCKED = (401, 403)


@dataclass
class Strangers:
    """Who sends; what came of it is counted by the entrance."""

    day: Day
    http: ClientSession
    sent: Counter[str] = field(default_factory=Counter)
    let_in: Counter[str] = field(default_factory=Counter)
    amiss: list[str] = field(default_factory=list)
    slowest_s: float = 0.0
    serial: int = 0

    async def send(self, entrance: str, said: str, more: Any, raw: bytes) -> None:
        """One input; once more when its answer took long, for others have the machine too."""
        self.serial += 1
        request = requests(self.day, self.serial)[entrance](said, more, raw)
        took_s, status = await self._asked(*request)
        if took_s > SLOW_S:
            took_s, status = await self._asked(*request)
        self.sent[entrance] += 1
        self.let_in[entrance] += status not in LOCKED
        self.slowest_s = max(self.slowest_s, took_s)
        if status >= 500 or took_s > SLOW_S:
            self.amiss.append(f"{entrance}: HTTP {status} in {took_s:.1f} s: {said!r:.80} {more!r:.80} {raw!r:.60}")

    async def _asked(self, method: str, path: str, sent: dict[str, Any]) -> tuple[float, int]:
        """How long it took, and the status: none for a closed line, and for a 503 that says when to come back."""
        began = time.perf_counter()
        own = {"X-Forwarded-For": f"10.{self.serial >> 16 & 63}.{self.serial >> 8 & 255}.{self.serial & 255}"}
        headers = own | sent.get("headers", {})
        sent = sent | {"headers": {name: value for name, value in headers.items() if value}}
        try:
            # The whole address: joined to one, a path that begins with // would lead to somebody else.
            address = f"http://127.0.0.1:{self.day.town.port}{path}"
            async with self.http.request(method, address, allow_redirects=False, **sent) as got:
                await got.read()
                status = 0 if got.status == 503 and "Retry-After" in got.headers else got.status
        except ClientConnectorError:  # there is nobody any more who could be asked
            status = 599
        except (ClientError, ValueError):
            status = 0
        except TimeoutError:
            status = 599
        return time.perf_counter() - began, status


async def send_all(today: Day, inputs: int) -> list[Entry]:
    """So many inputs, the memory measured after a part of them and at the end."""
    loop = asyncio.get_running_loop()
    await today.teams[0].members["head"].page("/staff/work")
    connector, timeout = TCPConnector(limit=50), ClientTimeout(total=HANGS_S)
    async with ClientSession(connector=connector, timeout=timeout) as http:
        strangers = Strangers(today, http)

        def run(count: int) -> None:
            @effort(count)
            @given(st.sampled_from(ENTRANCES), words, json_values, st.sampled_from(FILES), mutations)
            def one(entrance: str, said: str, more: Any, content: bytes, changes: list[tuple[int, bytes]]) -> None:
                sent: Future[None] = asyncio.run_coroutine_threadsafe(
                    strangers.send(entrance, said, more, mutated(content, changes)), loop
                )
                sent.result(3 * HANGS_S)

            one()

        await asyncio.to_thread(run, max(1, round(inputs * WARM_UP)))
        before = {name: today.town.memory_mib(name) for name in WEB}
        await asyncio.to_thread(run, inputs - round(inputs * WARM_UP))
    grown = {name: today.town.memory_mib(name) / before[name] for name in WEB}
    memory = [f"{name}: {times:.2f} times of {before[name]:.0f} MiB" for name, times in grown.items()]
    print("memory:", *memory, f"slowest {strangers.slowest_s:.2f} s", sep="\n  ")
    left_out = sorted(set(ENTRANCES) - {name for name, count in strangers.let_in.items() if count} - {"sign in"})
    return [
        *(Entry(f"Inputs at: {name}", strangers.sent[name], []) for name in ENTRANCES),
        Entry("No 5xx, and no answer later than 1 s", strangers.sent.total(), strangers.amiss),
        Entry("Entrances where more than the lock was tried", len(ENTRANCES), left_out),
        Entry(
            "Memory that doesn't grow",
            len(grown),
            [one for one, times in zip(memory, grown.values(), strict=True) if times > MOST_GROWTH],
        ),
        logged(today),
    ]


async def receive(inputs: int) -> list[Entry]:
    """All of it against the whole program."""
    with town() as machines:
        async with day(machines, Plan(0.005, 1)) as today:
            entries = await send_all(today, inputs)
            lists = await asyncio.to_thread(send_lists, machines.url, machines.folder, max(10, inputs // 100))
            machines.stop()
    return [*entries, lists]


def main(given_words: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=20_000)
    entries = asyncio.run(receive(parser.parse_args(given_words).inputs))
    text = "\n".join(["# Whatever strangers send", "", *books(entries)]) + "\n"
    print(text, f"kept in {keep(text, 'strangers.md')}", sep="\n")
    return 0 if all(entry.holds for entry in entries) else 1


if __name__ == "__main__":
    sys.exit(main())
