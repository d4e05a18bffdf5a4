"""What the day's people noted: every question with how long it took and what came of it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import median, quantiles

from aiohttp import ClientError, ClientSession, ClientTimeout, TCPConnector

OK, AWAY, CUT, SORRY, BEGUN_ANEW = "ok", "503", "cut", "sorry", "the call was begun anew"
# What the catalogue has a text message or a call say while the database is away.
APOLOGY = "系统暂时无法查询"
HANGS_AFTER_S = 30


@dataclass(frozen=True, slots=True)
class Line:
    """One question: `what` kind, asked `at` by the clock. `outcome` is `ok`, `503`, `cut`, or says what was wrong."""

    what: str
    at: float
    took_s: float
    outcome: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: str
    headers: Mapping[str, str]


@dataclass
class Ledger:
    lines: list[Line] = field(default_factory=list)

    def note(self, what: str, began: float, outcome: str, about: str = "") -> None:
        """`began` is of the performance counter."""
        took_s = time.perf_counter() - began
        self.lines.append(Line(what, time.time() - took_s, took_s, outcome, about))

    def of(self, what: str) -> list[Line]:
        return [line for line in self.lines if line.what == what]

    def kinds(self) -> list[str]:
        return list(dict.fromkeys(line.what for line in self.lines))

    def outcomes(self) -> Counter[str]:
        return Counter(line.outcome for line in self.lines)

    def wrong(self, allowed: tuple[str, ...] = (OK,)) -> list[Line]:
        return [line for line in self.lines if line.outcome not in allowed]


def latencies_ms(lines: list[Line]) -> tuple[float, float, float]:
    """Median, 95th and 99th percentile."""
    took = [line.took_s * 1000 for line in lines]
    if len(took) < 2:
        return (took[0],) * 3 if took else (0, 0, 0)
    parts = quantiles(took, n=100, method="inclusive")
    return median(took), parts[94], parts[98]


class Street:
    """The way to the program, for everybody: each question is noted."""

    def __init__(self, port: int, ledger: Ledger) -> None:
        self.ledger = ledger
        connector = TCPConnector(limit=500, keepalive_timeout=15)
        self._http = ClientSession(
            f"http://127.0.0.1:{port}", connector=connector, timeout=ClientTimeout(total=HANGS_AFTER_S)
        )

    async def close(self) -> None:
        await self._http.close()

    async def ask(
        self, what: str, method: str, path: str, *, wanted: int = 200, holds: str = "", about: str = "", **more: object
    ) -> Answer | None:
        """An answer with the wanted status and words; None for any other, which is noted."""
        began = time.perf_counter()
        try:
            async with self._http.request(method, path, allow_redirects=False, **more) as got:
                answer = Answer(got.status, await got.text(), got.headers)
        except TimeoutError:
            self.ledger.note(what, began, f"no answer in {HANGS_AFTER_S} s", about)
            return None
        except (ClientError, OSError):
            self.ledger.note(what, began, CUT, about)
            return None
        outcome = _outcome(answer, wanted, holds)
        self.ledger.note(what, began, outcome, about)
        return answer if outcome == OK else None

    async def status(self, path: str, body: object, headers: Mapping[str, str]) -> int:
        """Only the status of an answer, and nothing noted; 0 for none."""
        try:
            async with self._http.post(path, json=body, headers=headers) as got:
                return got.status
        except (ClientError, OSError, TimeoutError):
            return 0


def _outcome(answer: Answer, wanted: int, holds: str) -> str:
    if answer.status == 503:
        told = "Retry-After" in answer.headers and len(answer.body) > 20
        return AWAY if told else f"503 without words: {answer.body[:80]!r}"
    if answer.status != wanted:
        return f"HTTP {answer.status}"
    if APOLOGY in answer.body:
        return SORRY
    return OK if holds in answer.body else f"without {holds!r}"
