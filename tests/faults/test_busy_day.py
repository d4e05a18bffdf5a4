"""A county's day in small against the whole program: everybody is answered, and the books balance."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from bench.day.__main__ import spend
from bench.day.books import Entry
from bench.day.plan import Plan

pytestmark = pytest.mark.slow


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
