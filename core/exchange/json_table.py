"""Rows of a JSON file: an array of objects, alone or under the name of the list, with what belongs to a row nested."""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson

from core.errors import BadRequest
from core.exchange.columns import EXTRA, Columns
from core.exchange.csv_table import text_encoding
from core.exchange.rows import Row, check_required, unfit

FILE_BYTES = 200 * 1024**2


class JsonTable:
    """A JSON file, read whole."""

    def __init__(self, path: Path, columns: Columns) -> None:
        self._columns = columns
        self._objects = _objects(path, columns)
        self.total = len(self._objects)
        self.position = 0
        headings = list(dict.fromkeys(key for row in self._objects if isinstance(row, dict) for key in row))
        self.unknown = tuple(heading for heading in headings if not columns.field_of(heading))
        if self._objects:
            check_required(path, {columns.field_of(heading) for heading in headings}, headings, columns)

    def __iter__(self) -> Iterator[Row]:
        for number, found in enumerate(self._objects, 1):
            self.position = number
            yield _row(number, found, self._columns)


def _row(number: int, found: Any, columns: Columns) -> Row:
    if not isinstance(found, dict):
        return Row(number, {}, "it is no object with named values")
    cells = named(found, columns)
    return Row(number, cells, unfit(list(cells.values())))


def named(found: Mapping[str, Any], columns: Columns) -> dict[str, Any]:
    """An object under the names of fields, nested lists too; what means no field is kept under "extra"."""
    cells: dict[str, Any] = {}
    extra: dict[str, Any] = {}
    for (key, value), field in zip(found.items(), columns.fields_of(tuple(found)), strict=True):
        if not field:
            extra[key] = value
        elif field not in cells or cells[field] in (None, ""):
            cells[field] = _nested(value, columns.sheets[field]) if field in columns.sheets else value
    return cells | ({EXTRA: extra} if extra else {})


def _nested(value: Any, columns: Columns) -> Any:
    if not isinstance(value, list):
        return value
    return [named(each, columns) if isinstance(each, dict) else each for each in value]


def read_json(path: Path) -> Any:
    """What a file of JSON holds. Raises BadRequest."""
    if path.stat().st_size > FILE_BYTES:
        raise BadRequest(f"{path.name} has more than {FILE_BYTES // 1024**2} MiB of JSON; split it, or save it as CSV")
    try:
        return orjson.loads(_text(path))
    except (orjson.JSONDecodeError, RecursionError) as error:
        raise BadRequest(f"{path.name} is not valid JSON: {error}") from error


def _objects(path: Path, columns: Columns) -> list[Any]:
    content = read_json(path)
    if isinstance(content, dict):
        content = next((content[name] for name in columns.list_names if name in content), content)
    if not isinstance(content, list):
        raise BadRequest(f"{path.name}: an array of objects is needed, or an object with {columns.list_names[0]!r}")
    return content


def _text(path: Path) -> str:
    encoding = text_encoding(path, in_lines=False)
    return path.read_bytes().removeprefix(codecs.BOM_UTF8).decode(encoding)
