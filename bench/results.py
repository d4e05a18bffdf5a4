"""What was measured, in one shape for every measurement: titled tables with their numbers, goals and notes."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

WIDTHS = (58, 14, 16)
Cell = str | float


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

    @property
    def told(self) -> str:
        """The number with its unit."""
        return f"{number(self.value)} {self.unit}".strip()

    @property
    def verdict(self) -> str:
        """Whether the goal is reached, in plain words; empty without a goal."""
        if not self.goal:
            return ""
        return "reached" if self.is_reached else f"**missed**: {self.told}, where {self.goal} was wanted"


@dataclass(frozen=True, slots=True)
class Table:
    """One thing that was measured. `about` says what and on which data; a row begins with its name.

    `turns` says how often each number was measured, and whether the sides took turns. The picture shows the column
    `drawn`; a table without rows shows its results against their goals.
    """

    title: str
    about: str
    columns: Sequence[str] = ()
    rows: Sequence[Sequence[Cell]] = ()
    drawn: int = 1
    results: Sequence[Result] = ()
    notes: Sequence[str] = ()
    turns: str = ""

    def packed(self) -> dict[str, Any]:
        """As JSON has it."""
        return asdict(self)

    @classmethod
    def unpacked(cls, packed: Mapping[str, Any]) -> Table:
        return cls(**{**packed, "results": [Result(*result) for result in packed["results"]]})


def number(value: float) -> str:
    """As many digits as mean something."""
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.3g}"


def show(table: Table) -> None:
    """Print a table, a mark before what falls short."""
    print(f"\n{table.title}")
    for name, *cells in table.rows:
        told = "  ".join(f"{what} {_cell(cell)}" for what, cell in zip(table.columns[1:], cells, strict=True))
        print(f"    {_padded(str(name), WIDTHS[0])}  {told}")
    for result in table.results:
        cells = (result.what, result.told, result.goal)
        mark = " " if result.is_reached else "!"
        line = "  ".join(_padded(cell, width) for cell, width in zip(cells, WIDTHS, strict=True))
        print(f"  {mark} {line}  {result.note}".rstrip())


def _cell(cell: Cell) -> str:
    return cell if isinstance(cell, str) else number(cell)


def _padded(cell: str, width: int) -> str:
    wide = sum(unicodedata.east_asian_width(char) in "WF" for char in cell)
    return cell.ljust(width - wide)
