"""A county's day in small against the whole program: a good one, a bad one, and one of strangers; the books balance."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from bench.day.__main__ import spend
from bench.day.books import Entry
from bench.day.faults import suffer
from bench.day.plan import Plan
from bench.day.strangers import receive

pytestmark = pytest.mark.slow
INPUTS = 600


def amiss(entries: Sequence[Entry]) -> list[tuple[str, list[str]]]:
    return [(entry.what, entry.amiss[:5]) for entry in entries if not entry.holds]


async def test_on_a_busy_day_everybody_is_answered_and_nothing_is_lost() -> None:
    plan = Plan(0.01, 0.2)
    day, entries = await spend(plan)
    assert amiss(entries) == []
    assert len(day.done) == plan.changes
    assert len(day.citizens.answered) == sum(plan.lookups.values())
    counted = {entry.what: entry.counted for entry in entries}
    assert counted["Notices of what is told, to all who follow"] == plan.notices


async def test_on_a_bad_day_nothing_is_lost_or_told_twice() -> None:
    plan = Plan(0.02, 0.7)
    day, mishaps, entries = await suffer(plan)
    assert amiss(entries) == []
    assert len(day.done) == plan.changes
    assert len(mishaps.noted) + len(set(mishaps.left_out)) >= 6


async def test_whatever_strangers_send_is_refused_or_answered_soon() -> None:
    entries, _ = await receive(INPUTS)
    assert amiss(entries) == []
