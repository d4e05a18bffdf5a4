"""How the cells of a row are read into fields: each by its reader, a bad one told by its column."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from core.exchange.cells import BadCell, code, identifier, text
from core.exchange.columns import Columns

Cells = Mapping[str, Any]
Fields = Mapping[str, Callable[[Any], Any]]


def read_fields(cells: Cells, fields: Fields, columns: Columns) -> dict[str, Any]:
    """What the cells say, by field. Raises BadCell with the column and the reason."""
    found: dict[str, Any] = {}
    name = ""
    try:
        for name, read in fields.items():
            found[name] = read(cells.get(name))
    except BadCell as error:
        raise BadCell(f"{columns.label(name)} {error}{error.quoted}") from None
    return found


def optional(limit: int = 0) -> Callable[[Any], str]:
    """Text of at most so many characters, or none."""
    return lambda value: text(value, limit)


def required(limit: int = 0) -> Callable[[Any], str]:
    """Text of at most so many characters."""
    return lambda value: _something(text(value, limit))


def required_code(limit: int) -> Callable[[Any], str]:
    """An identifier of at most so many characters."""
    return lambda value: _something(identifier(value, limit))


def one_of(of: Mapping[str, str], otherwise: str = "") -> Callable[[Any], str]:
    """A code of the list, `otherwise` for an empty cell."""
    return lambda value: code(value, of) or otherwise


def _something(found: str) -> str:
    if not found:
        raise BadCell("is empty")
    return found
