"""Tables as files for spreadsheets, XLSX and CSV, in which no cell can be taken for a formula.

The only place that knows the library for workbooks.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import IO, Any

# What a spreadsheet takes for the beginning of a formula. Source: OWASP, CSV injection.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv"
CELL_CHARS = 32_767
# What XML can not hold. Source: XML 1.0, section 2.2.
UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def harmless(cell: object) -> object:
    """A text that begins like a formula, with a quote in front; numbers and everything else as they are."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


def as_csv(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """UTF-8 with a mark in front, without which Excel takes it for another encoding. Blocks."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(heads)
    writer.writerows([_clean(cell) for cell in row] for row in rows)
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def as_xlsx(title: str, heads: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """One sheet with a heading that stays in view. Blocks."""
    # Only who takes a workbook along waits for the library that writes them.
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet(title[:31])
    sheet.freeze_panes = "A2"
    for row in (heads, *rows):
        sheet.append([_fit(cell) for cell in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def open_workbook(file: IO[bytes]) -> Any:
    """A workbook to be read row by row. Raises whatever the library does. Blocks."""
    from openpyxl import load_workbook

    return load_workbook(file, read_only=True, data_only=True)


def _fit(cell: object) -> object:
    """As a cell of a workbook, which holds no more than so much."""
    cleaned = _clean(cell)
    return cleaned[:CELL_CHARS] if isinstance(cleaned, str) else cleaned


def _clean(cell: object) -> object:
    """Without the characters that no workbook can hold, and harmless after that."""
    return harmless(UNWRITABLE.sub("", cell)) if isinstance(cell, str) else cell
