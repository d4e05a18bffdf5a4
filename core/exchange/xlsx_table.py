"""Rows of an XLSX workbook: the first sheet is the list, further ones by name hold what belongs to its rows."""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from core.errors import BadRequest
from core.exchange.columns import EXTRA, Columns, plain
from core.exchange.rows import Header, Row, read_header, unfit
from core.workbook import open_workbook

UNPACKED_BYTES = 1024**3
_CANT = "can't be read as an XLSX workbook; save it anew as XLSX, or as CSV in UTF-8"


class XlsxTable:
    """A workbook, looked through once to be sure that it can be read to its end."""

    def __init__(self, path: Path, columns: Columns) -> None:
        self._path = path
        self.position = 0
        _check_archive(path)
        sheets = self._sheets()
        if not sheets:
            raise BadRequest(f"{path.name} has no sheet")
        self._first = sheets[0]
        self._header_number, self._header, self.total = self._looked_through(self._first, columns)
        self.unknown = tuple(name for _, name in self._header.unknown)
        self._nested = self._further(sheets[1:], columns)
        self._key = columns.key

    def __iter__(self) -> Iterator[Row]:
        for number, values in self._rows(self._first):
            self.position = number
            if number > self._header_number and _has_any(values):
                yield self._with_nested(self._header.row(number, values, unfit(values)))

    def _with_nested(self, row: Row) -> Row:
        key = cell_text(row.cells.get(self._key))
        for field, of_key in self._nested.items():
            if key in of_key:
                row.cells[field] = of_key[key]
        return row

    def _looked_through(self, sheet: str, columns: Columns) -> tuple[int, Header, int]:
        header, header_number, number = None, 0, 0
        for number, values in self._rows(sheet):
            if header is None and _has_any(values):
                headings = _trimmed([cell_text(value) for value in values])
                header, header_number = read_header(self._path, headings, columns, f" sheet {sheet}"), number
        if header is None:
            raise BadRequest(f"{self._path.name}: the sheet {sheet} is empty: a heading with column names is needed")
        return header_number, header, number

    def _further(self, sheets: list[str], columns: Columns) -> dict[str, dict[str, list[dict[str, Any]]]]:
        found: dict[str, dict[str, list[dict[str, Any]]]] = {}
        for sheet in sheets:
            for field, of_sheet in columns.sheets.items():
                if plain(sheet) in of_sheet.sheet_names:
                    found[field] = self._by_key(sheet, of_sheet, columns.key)
        return found

    def _by_key(self, sheet: str, columns: Columns, key: str) -> dict[str, list[dict[str, Any]]]:
        found: dict[str, list[dict[str, Any]]] = {}
        header: Header | None = None
        for number, values in self._rows(sheet):
            if header is None:
                header = self._nested_header(sheet, values, columns, key) if _has_any(values) else None
            elif _has_any(values):
                cells = header.row(number, values).cells
                cells.pop(EXTRA, None)
                found.setdefault(cell_text(cells.pop(key, None)), []).append(cells)
        return found

    def _nested_header(self, sheet: str, values: list[Any], columns: Columns, key: str) -> Header:
        header = read_header(self._path, _trimmed([cell_text(v) for v in values]), columns, f" sheet {sheet}")
        if key not in header.names:
            raise BadRequest(f"{self._path.name} sheet {sheet}: the column {columns.label(key)} is missing")
        return header

    def _sheets(self) -> list[str]:
        with _Reading(self._path) as workbook:
            return [sheet.title for sheet in workbook.worksheets]

    def _rows(self, sheet: str) -> Iterator[tuple[int, list[Any]]]:
        """The rows of a sheet. Whatever the library says of a broken workbook becomes one BadRequest."""
        with _Reading(self._path) as workbook:
            worksheet = workbook[sheet]
            worksheet.reset_dimensions()
            rows = enumerate(worksheet.iter_rows(values_only=True), 1)
            while (found := _next(self._path, rows)) is not None:
                yield found[0], list(found[1])


def cell_text(value: Any) -> str:
    """A cell as the text that a person would have typed."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value).strip()


class _Reading:
    """An open workbook, closed at the end; its library's warnings about style are nobody's concern."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> Any:
        # The library leaves a file open that it opened itself and then can't read.
        with ExitStack() as opened:
            file = opened.enter_context(self._path.open("rb"))
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    workbook = open_workbook(file)
            except Exception as error:
                raise BadRequest(f"{self._path.name} {_CANT}") from error
            opened.callback(workbook.close)
            self._opened = opened.pop_all()
        return workbook

    def __exit__(self, *_: object) -> None:
        self._opened.close()


def _next(path: Path, rows: Iterator[tuple[int, Any]]) -> tuple[int, Any] | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return next(rows, None)
    except Exception as error:
        raise BadRequest(f"{path.name} {_CANT}") from error


def _check_archive(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise BadRequest(f"{path.name} {_CANT}") from error
    if unpacked > UNPACKED_BYTES:
        raise BadRequest(f"{path.name} unpacks to more than 1 GiB; split it, or save it as CSV in UTF-8")


def _has_any(values: list[Any]) -> bool:
    return any(value not in (None, "") for value in values)


def _trimmed(headings: list[str]) -> list[str]:
    while headings and not headings[-1]:
        headings.pop()
    return headings
