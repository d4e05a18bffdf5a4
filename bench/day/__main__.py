"""A busy day against the whole program, and its books afterwards.

python -m bench.day --scale 0.02 --minutes 0.5
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence

from bench.day.books import Entry, balance
from bench.day.course import Day, day
from bench.day.plan import Plan
from bench.day.report import keep, report
from bench.day.town import town


async def spend(plan: Plan) -> tuple[Day, list[Entry]]:
    """A whole day; how it went, and its books. All that it needs is started, and stopped again."""
    with town() as machines:
        async with day(machines, plan) as today:
            await today.run()
            entries = await balance(today)
            machines.stop()
        return today, entries


def main(words: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--minutes", type=float, default=10.0)
    asked = parser.parse_args(words)
    today, entries = asyncio.run(spend(Plan(asked.scale, asked.minutes)))
    text = report(today, entries, "A busy day")
    print(text, f"kept in {keep(text, 'load.md')}", sep="\n")
    return 0 if all(entry.holds for entry in entries) else 1


if __name__ == "__main__":
    sys.exit(main())
