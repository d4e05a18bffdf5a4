"""A table of any kind of file as its readers hand it on: rows by number, each a mapping from field to cell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from core.errors import BadRequest
from core.exchange.columns import EXTRA, Columns
from core.naming import UNSTORABLE

CELL_CHARS = 100_000
UNREADABLE = "a cell holds characters that no text has (NUL, or half of a pair)"


class Row(NamedTuple):
    """One row. `cells` may hold text, numbers, times and nested lists; `problem` says why it can't be read at all."""

    number: int
    cells: dict[str, Any]
    problem: str = ""


class Table(Protocol):
    """An opened file: it was looked through once, so reading its rows finds bad rows but never a bad file.

    `total` and `position` say how far reading is: bytes of a CSV file, rows of any other. `unknown` are the headings
    that mean no field; their cells are kept under "extra" by heading.
    """

    total: int
    unknown: tuple[str, ...]

    @property
    def position(self) -> int: ...

    def __iter__(self) -> Iterator[Row]: ...


@dataclass(frozen=True)
class Header:
    """The heading of a table: what each of its columns means."""

    names: tuple[str, ...]
    unknown: tuple[tuple[int, str], ...]

    def row(self, number: int, values: Sequence[Any], problem: str = "") -> Row:
        """The row of these cells; more of them than the heading has columns mean that they have slipped."""
        if not problem and any(values[len(self.names) :]):
            problem = f"it has {len(values)} cells, the heading {len(self.names)}: a cell with a delimiter needs quotes"
        return Row(number, {}, problem) if problem else Row(number, self._cells(values))

    def _cells(self, values: Sequence[Any]) -> dict[str, Any]:
        cells = dict(zip(self.names, values, strict=False))
        if self.unknown:
            cells.pop("", None)
            kept = {name: values[at] for at, name in self.unknown if at < len(values) and values[at] not in ("", None)}
            cells[EXTRA] = kept
        return cells


def read_header(path: Path, headings: list[str], columns: Columns, where: str = "") -> Header:
    """What the columns mean. Raises BadRequest when a required one is missing or one is there twice."""
    names = tuple(columns.field_of(heading) for heading in headings)
    twice = sorted({columns.label(name) for name in names if name and names.count(name) > 1})
    if twice:
        raise BadRequest(f"{path.name}{where}: the column {twice[0]} is there twice; take one out")
    check_required(path, set(names), headings, columns, where)
    unknown = (
        (at, h.strip()) for at, (h, name) in enumerate(zip(headings, names, strict=True)) if not name and h.strip()
    )
    return Header(names, tuple(unknown))


def check_required(path: Path, names: set[str], headings: list[str], columns: Columns, where: str = "") -> None:
    missing = [columns.label(name) for name in columns.required if name not in names]
    if missing:
        found = ", ".join(h.strip()[:30] for h in headings[:30] if h.strip()) or "nothing"
        raise BadRequest(f"{path.name}{where}: the column {', '.join(missing)} is missing; the heading has: {found}")


def unfit(values: Sequence[Any]) -> str:
    """Why a row can't be taken whatever it means, "" when it can."""
    texts = [value for value in values if isinstance(value, str)]
    if any(len(text) > CELL_CHARS for text in texts):
        return f"a cell has more than {CELL_CHARS:,} characters"
    return UNREADABLE if any(UNSTORABLE.search(text) for text in texts) else ""
