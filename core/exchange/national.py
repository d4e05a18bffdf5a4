"""Item tables as the national and provincial item libraries hand them out: AUDIT_ITEM and its kin, as JSON or CSV.

Source: the national item exchange of the domain reference. Field names come in capitals or small letters, dates as
milliseconds, codes with or without a companion `…_TEXT`, texts with HTML in them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from core.exchange.columns import EXTRA, FEES, ITEMS, LAWS, MATERIALS, QUESTIONS, Columns
from core.exchange.csv_table import CsvTable
from core.exchange.json_table import named
from core.exchange.rows import Row, unfit
from core.local_time import ZONE

Rows = Sequence[Mapping[str, Any]]
Tables = Mapping[str, Rows]

ITEM, EXTEND, SPECIAL, WINDOW = "audit_item", "audit_item_extend", "audit_item_special", "audit_item_window"
# The tables that become nested lists of an item.
NESTED: Mapping[str, tuple[str, Columns]] = {
    "audit_material": ("materials", MATERIALS),
    "audit_charge": ("fees", FEES),
    "audit_qa": ("faqs", QUESTIONS),
    "audit_item_bylaw": ("by_law", LAWS),
}
# The same tables as files of a province's library.
FILES: Mapping[str, str] = {
    "up_task_general_basic": ITEM,
    "up_task_general_extend": EXTEND,
    "up_task_general_material": "audit_material",
    "up_task_general_fee_project": "audit_charge",
    "up_task_general_questions": "audit_qa",
}
_COMPANION = "_text"
_DATE = re.compile(r"(^|_)(date|time|day)$|^(cd|up|create|update)_time$")
_EPOCH = re.compile(r"1\d{12}")
_MARKUP = re.compile(r"<[a-zA-Z/!][^>]*>|&[a-zA-Z#0-9]+;")
_OF_WINDOWS = (("transact_addr", "transact_addr"), ("transact_time", "transact_time"), ("link_way", "window_tel"))
_UNITS = {"1": "工作日", "2": "自然日", "3": "小时", "4": "月", "5": "年"}


def tables_in(content: Any) -> Tables | None:
    """The tables of an exchange file, by their names in small letters; None for a file of another kind."""
    if not isinstance(content, dict):
        return None
    lowered = {str(name).lower(): value for name, value in content.items()}
    inner = lowered.get("custom")
    if isinstance(inner, dict):
        lowered = {str(name).lower(): value for name, value in inner.items()}
    if ITEM not in lowered:
        return None
    return {name: value for name, value in lowered.items() if isinstance(value, list)}


def tables_of(folder: Path) -> Tables | None:
    """The tables of a folder with `up_task_general_basic.csv` and its kin; None for a folder of anything else."""
    paths = {path.stem.lower(): path for path in folder.iterdir() if path.suffix.lower() == ".csv"}
    if "up_task_general_basic" not in paths:
        return None
    return {table: _read_csv(paths[name]) for name, table in FILES.items() if name in paths}


def _read_csv(path: Path) -> Rows:
    """A file as rows under the names of its own heading."""
    anything = Columns({})
    return [row.cells.get(EXTRA, {}) for row in CsvTable(path, anything)]


class NationalTable:
    """The items of an exchange as rows of a list, each with what the other tables say of it.

    What no column is for, in whatever table, and whole tables that aren't known, are kept aside with their item. Rows
    that belong to no item of the exchange are told as rows that can't be taken.
    """

    def __init__(self, tables: Tables) -> None:
        self._tables = {name: [_plain(row) for row in rows] for name, rows in tables.items()}
        self._of = {name: _by_code(rows) for name, rows in self._tables.items() if name != ITEM}
        self.total = len(self._tables[ITEM])
        self.position = 0
        self.unknown: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[Row]:
        codes = set()
        for number, item in enumerate(self._tables[ITEM], 1):
            self.position = number
            codes.add(_code(item))
            yield self._row(number, item)
        yield from self._orphans(codes)

    def _row(self, number: int, item: Mapping[str, Any]) -> Row:
        if not item:
            return Row(number, {}, "it is no object with named values")
        code = _code(item)
        of = {name: rows[code] for name, rows in self._of.items() if code in rows}
        cells = named({**_joined(of.pop(EXTEND, ())), **_filled(item)}, ITEMS)
        aside: dict[str, Any] = dict(cells.get(EXTRA, {}))
        for table, (field, columns) in NESTED.items():
            if rows := of.pop(table, ()):
                cells[field], left = _nested(rows, columns)
                aside |= {table: left} if any(left) else {}
        _add_special(cells, of.get(SPECIAL, ()))
        _add_windows(cells, of.get(WINDOW, ()))
        aside |= {table: [_filled(row) for row in rows] for table, rows in of.items()}
        return Row(number, cells | ({EXTRA: aside} if aside else {}), unfit(list(cells.values())))

    def _orphans(self, codes: set[str]) -> Iterator[Row]:
        number = self.total
        for name, of in self._of.items():
            for code, rows in of.items():
                if code not in codes:
                    number += 1
                    reason = f"{len(rows)} rows of {name.upper()} belong to an item that is not in {ITEM.upper()}"
                    yield Row(number, {}, reason)


def _plain(row: Any) -> dict[str, Any]:
    """A row under small names, its codes without companions, its texts without HTML, its dates as dates."""
    if not isinstance(row, dict):
        return {}
    lowered = {str(name).strip().lower(): value for name, value in row.items()}
    found: dict[str, Any] = {}
    for name, value in lowered.items():
        of = name.removesuffix(_COMPANION)
        if of == name:
            found[name] = _value(name, value)
        elif lowered.get(of) in (None, ""):
            found[of] = _value(of, value)
    return found


def _value(name: str, value: Any) -> Any:
    if _DATE.search(name) and _EPOCH.fullmatch(str(value)):
        return datetime.fromtimestamp(int(value) / 1000, ZONE).isoformat(timespec="seconds")
    return cleaned(value) if isinstance(value, str) else value


def cleaned(text: str) -> str:
    """A text without its markup: paragraphs, breaks and entries of lists become lines. Scripts and styles go whole."""
    if not _MARKUP.search(text):
        return text
    reader = _Reader()
    reader.feed(text)
    reader.close()
    lines = (re.sub(r"[ \t\u00a0]+", " ", line).strip() for line in "".join(reader.found).splitlines())
    return "\n".join(line for line in lines if line)


class _Reader(HTMLParser):
    _LINES = frozenset({"p", "br", "div", "li", "tr", "table", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6"})
    _HIDDEN = frozenset({"script", "style"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in self._HIDDEN:
            self._hidden += 1
        if tag in self._LINES:
            self.found.append("\n")
        if tag in ("td", "th"):
            self.found.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._HIDDEN:
            self._hidden = max(0, self._hidden - 1)
        if tag in self._LINES:
            self.found.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.found.append(data)


def _by_code(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    found: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        found.setdefault(_code(row), []).append(row)
    return found


def _code(row: Mapping[str, Any]) -> str:
    return str(row.get("task_code") or "").strip()


def _filled(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if value not in (None, "")}


def _joined(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What an item's rows of a table say together; the first word on a thing counts."""
    found: dict[str, Any] = {}
    for row in rows:
        found = {**_filled(row), **found}
    return found


def _nested(rows: Sequence[Mapping[str, Any]], columns: Columns) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Nested rows under the names of fields, and what of each means no field."""
    cells = [named(row, columns) for row in rows]
    aside = [row.pop(EXTRA, {}) for row in cells]
    for row in cells:
        row.pop("task_code", None)
    return cells, [_filled(row) for row in aside]


def _add_special(cells: dict[str, Any], rows: Sequence[Mapping[str, Any]]) -> None:
    """特别程序 of an item, a line each, with how long it may take."""
    lines = [_special(row) for row in rows]
    told = "\n".join(line for line in lines if line)
    if told and not cells.get("special_procedure"):
        cells["special_procedure"] = told


def _special(row: Mapping[str, Any]) -> str:
    unit = _UNITS.get(str(row.get("special_date_type") or ""), "")
    limit = f"{row.get('special_date') or ''}{unit}"
    return " ".join(filter(None, (str(row.get("special_name") or ""), limit)))


def _add_windows(cells: dict[str, Any], rows: Sequence[Mapping[str, Any]]) -> None:
    """Where and when the windows are, where the item itself doesn't say so."""
    for field, name in _OF_WINDOWS:
        told = dict.fromkeys(str(row[name]) for row in rows if row.get(name))
        if told and not cells.get(field):
            cells[field] = "\n".join(told)
