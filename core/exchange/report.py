"""What came of an import: plain data, so that the command line and a page can say it each in its way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

KEPT_REJECTIONS = 1_000

Progress = Callable[[int, int], None]
"""Called with how much is done and how much there is: bytes of a CSV file, rows of any other."""


class Rejection(NamedTuple):
    """A row that was not taken, by its number in the file (the heading is row 1), and why."""

    row: int
    reason: str


@dataclass(slots=True)
class Report:
    """How many rows made something new, changed something, changed nothing, and were not taken.

    `rejected` holds the first `KEPT_REJECTIONS` of `rejected_total`; `warnings` counts what was taken all the same.
    Reasons and warnings never hold personal data.
    """

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected_total: int = 0
    rejected: list[Rejection] = field(default_factory=list)
    warnings: Counter[str] = field(default_factory=Counter)

    @property
    def changed(self) -> bool:
        return bool(self.created or self.updated)

    @property
    def rows(self) -> int:
        return self.created + self.updated + self.unchanged + self.rejected_total

    def reject(self, row: int, reason: str) -> None:
        self.rejected_total += 1
        if len(self.rejected) < KEPT_REJECTIONS:
            self.rejected.append(Rejection(row, reason))

    def counts(self) -> dict[str, int]:
        return {
            "created": self.created,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "rejected": self.rejected_total,
        }
