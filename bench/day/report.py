"""A day told in tables: on the terminal, and as Markdown to be kept."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import quantiles

from bench.day.books import Entry
from bench.day.course import Day
from bench.day.ledger import OK, latencies_ms

FOLDER = Path(__file__).parents[1] / "report"
MOST_SHOWN = 5


def report(day: Day, entries: Sequence[Entry], title: str) -> str:
    """In Markdown."""
    lines = [
        f"# {title}",
        "",
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {platform.machine()}, {_cores()} shared cores.",
        "",
    ]
    lines += [
        f"{day.plan}.",
        "",
        "| asked | how many | answered | median ms | 95 % | 99 % |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for what in day.ledger.kinds():
        found = day.ledger.of(what)
        right = [line for line in found if line.outcome == OK]
        times = " | ".join(f"{ms:,.0f}" for ms in latencies_ms(right))
        lines.append(f"| {what} | {len(found):,} | {len(right):,} | {times} |")
    lines += ["", _lag(day), "", "| program | CPU s |", "|---|---:|"]
    lines += [f"| {name} | {used_s:,.1f} |" for name, used_s in sorted(day.town.cpu_s.items())]
    return "\n".join([*lines, "", *books(entries)]) + "\n"


def books(entries: Sequence[Entry]) -> list[str]:
    """The books, with the first of what is amiss."""
    lines = ["| what must hold | counted | holds |", "|---|---:|---|"]
    lines += [
        f"| {one.what} | {one.counted:,} | {'yes' if one.holds else f'NO: {len(one.amiss)}'} |" for one in entries
    ]
    for entry in entries:
        lines += [f"- {entry.what}: {words}" for words in entry.amiss[:MOST_SHOWN]]
    return lines


def keep(text: str, name: str) -> Path:
    FOLDER.mkdir(exist_ok=True)
    path = FOLDER / name
    path.write_text(text, encoding="utf-8")
    return path


def _lag(day: Day) -> str:
    late = quantiles(day.lags_s, n=100)[98] * 1000 if len(day.lags_s) > 1 else 0
    return (
        f"Who asks was late by {late:,.0f} ms in the 99th percentile, which is part of the times above. After the day "
        f"it took {day.settled_s:,.1f} s until everything was sent and every receipt was there."
    )


def _cores() -> int:
    import os

    return os.cpu_count() or 1
