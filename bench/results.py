"""What was measured beside what it should be, in one table."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

WIDTHS = (50, 12, 14)


class Result(NamedTuple):
    """A measured number; `most` or `least` is its goal."""

    what: str
    value: float
    unit: str = ""
    most: float | None = None
    least: float | None = None
    note: str = ""

    @property
    def is_reached(self) -> bool:
        return (self.most is None or self.value <= self.most) and (self.least is None or self.value >= self.least)

    @property
    def goal(self) -> str:
        bounds = (("at most", self.most), ("at least", self.least))
        return " ".join(f"{word} {bound:,g}" for word, bound in bounds if bound is not None)


def show(results: Sequence[Result]) -> None:
    """Print the table, a mark before what falls short."""
    print()
    for result in results:
        value = f"{result.value:,.0f}" if result.value >= 100 else f"{result.value:.2f}"
        cells = (result.what, f"{value} {result.unit}", result.goal)
        mark = " " if result.is_reached else "!"
        line = "  ".join(_padded(cell, width) for cell, width in zip(cells, WIDTHS, strict=True))
        print(f"{mark} {line}  {result.note}".rstrip())


def _padded(cell: str, width: int) -> str:
    wide = sum(unicodedata.east_asian_width(char) in "WF" for char in cell)
    return cell.ljust(width - wide)
