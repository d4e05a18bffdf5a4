"""What was answered at each entrance, counted by what kind of answer it was."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from bench.day.books import Entry

GOOD, REFUSED, FLOOD, BUSY, BROKEN, CUT, HANGS = (
    *("2xx, 3xx", "4xx", "429", "503 with Retry-After", "other 5xx", "line cut", "no answer"),
)
KINDS = (GOOD, REFUSED, FLOOD, BUSY, BROKEN, CUT, HANGS)
AMISS = (BROKEN, CUT, HANGS, BUSY)


class Answer(NamedTuple):
    """One answer: its kind, its status, how long it took, the request and what it was made of."""

    kind: str
    status: int
    took_s: float
    request: str
    drawn: str = ""


@dataclass
class Answers:
    """All of them so far; `amiss` by the kind, `slow` those that took too long in every try."""

    sent: Counter[str] = field(default_factory=Counter)
    counted: Counter[tuple[str, str]] = field(default_factory=Counter)
    amiss: dict[str, list[str]] = field(default_factory=lambda: {kind: [] for kind in AMISS})
    slow: list[str] = field(default_factory=list)
    slowest_s: float = 0.0

    def note(self, entrance: str, answers: Sequence[Answer]) -> None:
        for one in answers:
            self.counted[entrance, one.kind] += 1
            if one.kind in self.amiss:
                self.amiss[one.kind].append(_told(entrance, one))

    def late(self, entrance: str, answers: Sequence[Answer], most_s: float) -> None:
        """Note what was late in the last try too."""
        self.slowest_s = max(self.slowest_s, *(one.took_s for one in answers))
        self.slow += [_told(entrance, one) for one in answers if one.took_s > most_s]

    def entries(self, entrances: Sequence[str], closed: Mapping[str, str]) -> list[Entry]:
        requests = self.counted.total()
        never = [name for name in entrances if not self.counted[name, GOOD] and name not in closed]
        return [
            Entry("Inputs, each of one or more requests", self.sent.total(), []),
            Entry("No 5xx", requests, self.amiss[BROKEN]),
            Entry("No 503 with Retry-After, for nothing was broken", requests, self.amiss[BUSY]),
            Entry("No line cut", requests, self.amiss[CUT]),
            Entry("No request without an answer", requests, self.amiss[HANGS]),
            Entry("No answer later than 1 s in every try", requests, self.slow),
            Entry("Entrances that let the right ones in", len(entrances) - len(closed), never),
        ]

    def table(self, entrances: Sequence[str], closed: Mapping[str, str]) -> list[str]:
        """In Markdown."""
        lines = [f"| entrance | inputs | {' | '.join(KINDS)} |", "|---|---:|" + "---:|" * len(KINDS)]
        for name in entrances:
            counts = " | ".join(f"{self.counted[name, kind]:,}" for kind in KINDS)
            lines.append(f"| {name} | {self.sent[name]:,} | {counts} |")
        return [*lines, "", *(f"{name.capitalize()} lets nobody in: {why}." for name, why in closed.items())]


def kind_of(status: int, *, comes_back: bool) -> str:
    if status == 503 and comes_back:
        return BUSY
    if status == 429:
        return FLOOD
    return GOOD if status < 400 else REFUSED if status < 500 else BROKEN


def _told(entrance: str, one: Answer) -> str:
    return f"{entrance}: {one.kind} ({one.status}) after {one.took_s:.1f} s: {one.request} {one.drawn}"
