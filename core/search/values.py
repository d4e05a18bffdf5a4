"""What goes into the search and what comes out, free of any library."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

CLEAR_SCORE = 0.8
CLEAR_LEAD = 0.12


@dataclass(frozen=True, slots=True)
class Entry:
    """A service item as the search sees it; `code` is its key and is never searched."""

    code: str
    name: str
    parent_name: str = ""
    department: str = ""
    name_en: str = ""
    topic: str = ""


@dataclass(frozen=True, slots=True)
class Hit:
    """A found item; `score` is 0..1 and comparable between questions, 1 only for the very name."""

    code: str
    score: float


def is_clear(hits: Sequence[Hit]) -> bool:
    """Whether the first hit is so far ahead that offering a choice would be silly."""
    if not hits or hits[0].score < CLEAR_SCORE:
        return False
    if len(hits) == 1 or hits[0].score == 1.0 > hits[1].score:
        return True
    return hits[0].score - hits[1].score >= CLEAR_LEAD
