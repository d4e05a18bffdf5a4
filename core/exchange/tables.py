"""Opens a file of any kind that departments send as a table of rows."""

from __future__ import annotations

from pathlib import Path

from core.errors import BadRequest
from core.exchange.columns import ITEMS, Columns
from core.exchange.csv_table import CsvTable
from core.exchange.json_table import JsonTable, read_json
from core.exchange.national import NationalTable, tables_in, tables_of
from core.exchange.rows import Table

FILE_BYTES = 1024**3
_ZIP, _OLD_OFFICE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


def open_table(path: Path, columns: Columns) -> Table:
    """The rows of a CSV, XLSX or JSON file under the names of their fields.

    The file is looked through to its end first. Raises BadRequest, one sentence with the file's name, for one that
    can't be read, is too big, is in another encoding than UTF-8 or GB18030, or lacks a required column.
    """
    try:
        return _opened(path, columns)
    except OSError as error:
        raise BadRequest(f"{path.name} can't be read: {error.strerror or error}") from error


def _opened(path: Path, columns: Columns) -> Table:
    if path.is_dir():
        return _folder(path, columns)
    with path.open("rb") as file:
        beginning = file.read(4096)
    if path.stat().st_size > FILE_BYTES:
        raise BadRequest(f"{path.name} has more than 1 GiB; split it")
    if not beginning.strip():
        raise BadRequest(f"{path.name} is empty: a heading with column names is needed")
    if beginning.startswith(_OLD_OFFICE):
        raise BadRequest(f"{path.name} is a workbook of the old kind (XLS), or has a password; save it as XLSX")
    if beginning.startswith(_ZIP):
        # Only who brings a workbook waits for the library that reads them.
        from core.exchange.xlsx_table import XlsxTable

        return XlsxTable(path, columns)
    return _json(path, columns) if _is_json(path, beginning) else CsvTable(path, columns)


def _json(path: Path, columns: Columns) -> Table:
    if columns is ITEMS and (tables := tables_in(read_json(path))):
        return NationalTable(tables)
    return JsonTable(path, columns)


def _folder(path: Path, columns: Columns) -> Table:
    tables = tables_of(path) if columns is ITEMS else None
    if tables is None:
        raise BadRequest(f"{path.name} is a folder without up_task_general_basic.csv")
    return NationalTable(tables)


def _is_json(path: Path, beginning: bytes) -> bool:
    return path.suffix.lower() == ".json" or beginning.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"[", b"{")
