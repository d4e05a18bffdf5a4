"""Rows that are at hand already, as a table to be imported."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from core.exchange.columns import Columns
from core.exchange.json_table import named
from core.exchange.rows import Row, unfit


class ObjectsTable:
    """Objects under the names of fields or columns."""

    def __init__(self, objects: Sequence[Mapping[str, Any]], columns: Columns) -> None:
        self._objects, self._columns = objects, columns
        self.total, self.position = len(objects), 0
        self.unknown: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[Row]:
        for number, found in enumerate(self._objects, 1):
            self.position = number
            cells = named(found, self._columns)
            yield Row(number, cells, unfit(list(cells.values())))
