"""Reads one row of an item list into a checked draft, so that what reaches the catalogue is sound or told why not."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from stdnum.cn import uscc

from core.exchange import item_codes as codes
from core.exchange.cells import BadCell, code, codes_in, flag, identifier, text, texts_in, whole
from core.exchange.columns import EXTRA, FEES, ITEMS, LAWS, MATERIALS, QUESTIONS, Columns
from core.exchange.rows import UNREADABLE

Cells = Mapping[str, Any]
Fields = Mapping[str, Callable[[Any], Any]]
MOST_NESTED = 1_000
ORDER_MOST = 1_000_000
ODD_DEPARTMENT_CODE = "the department's code is no valid credit code (kept as it is)"


@dataclass(frozen=True, slots=True)
class ItemDraft:
    """An item as a list tells it: `columns` are those of ItemVersion, the tuples those of what belongs to it.

    `digest` is the same for the same content, in whatever order or kind of file it came.
    """

    task_code: str
    task_state: str
    department: str
    department_en: str
    columns: Mapping[str, Any]
    materials: tuple[Mapping[str, Any], ...]
    fees: tuple[Mapping[str, Any], ...]
    questions: tuple[Mapping[str, Any], ...]
    laws: tuple[Mapping[str, Any], ...]
    digest: str

    @property
    def warnings(self) -> tuple[str, ...]:
        code = self.columns["department_code"]
        return (ODD_DEPARTMENT_CODE,) if code and not uscc.is_valid(code) else ()


def read_item(cells: Cells) -> ItemDraft:
    """The draft of a row. Raises BadCell with the column and the reason."""
    columns = _read(cells, _ITEM, ITEMS)
    _check_limits(columns)
    head = _read(cells, _HEAD, ITEMS)
    nested: dict[str, Any] = {
        "materials": _nested(cells.get("materials"), "材料", _MATERIAL, MATERIALS),
        "fees": _nested(_fees(cells), "收费", _FEE, FEES),
        "questions": _nested(cells.get("faqs"), "常见问题", _QUESTION, QUESTIONS),
        "laws": _nested(_laws(cells), "设定依据", _LAW, LAWS),
    }
    columns[EXTRA] = _kept(cells.get(EXTRA) or {})
    return ItemDraft(**head, columns=columns, **nested, digest=_digest(head | columns | nested))


def _kept(extra: Any) -> Any:
    """What no column is for, as JSON keeps it."""
    try:
        kept = orjson.dumps(extra, default=str)
    except (TypeError, ValueError, RecursionError):
        raise BadCell("it holds something that can't be kept") from None
    if b"\\u0000" in kept:
        raise BadCell(UNREADABLE)
    return orjson.loads(kept)


def _digest(content: Mapping[str, Any]) -> str:
    told = {name: value for name, value in content.items() if value not in ("", None, [], {}, ())}
    return hashlib.sha256(orjson.dumps(told, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _text(limit: int = 0) -> Callable[[Any], str]:
    return lambda value: text(value, limit)


def _required(limit: int) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if found := text(value, limit):
            return found
        raise BadCell("is empty")

    return read


def _task_code(value: Any) -> str:
    if found := identifier(value, 64):
        return found
    raise BadCell("is empty")


def _one_of(of: Mapping[str, str], otherwise: str = "") -> Callable[[Any], str]:
    return lambda value: code(value, of) or otherwise


_HEAD: Fields = {
    "task_code": _task_code,
    "task_state": _one_of(codes.TASK_STATES, "1"),
    "department": _required(100),
    "department_en": _text(200),
}
_ITEM: Fields = {
    "name": _required(500),
    "name_en": _text(500),
    "parent_name": _text(500),
    "topic": _text(50),
    "catalog_code": _text(64),
    "department_code": lambda value: identifier(value, 32),
    "task_type": _one_of(codes.TASK_TYPES),
    "use_level": _one_of(codes.USE_LEVELS),
    "project_type": _one_of(codes.PROJECT_TYPES),
    "serve_types": lambda value: codes_in(value, codes.SERVE_TYPES),
    "handle_types": lambda value: codes_in(value, codes.HANDLE_TYPES),
    "anticipate_days": whole,
    "anticipate_unit": _one_of(codes.UNITS),
    "promise_days": whole,
    "promise_unit": _one_of(codes.UNITS),
    "accept_condition": _text(),
    "handle_flow": _text(),
    "is_fee": flag,
    "result_name": _text(500),
    "result_type": _one_of(codes.RESULT_TYPES),
    "transact_addr": _text(),
    "transact_time": _text(),
    "link_way": _text(),
    "supervise_way": _text(),
    "online_url": _text(),
    "limit_scene_num": whole,
    "is_online": flag,
    "is_schedule": flag,
    "is_pay_online": flag,
    "is_express": flag,
    "special_procedure": _text(),
    "other_dept": lambda value: texts_in(value, 200),
}
_MATERIAL: Fields = {
    "name": _required(500),
    "name_en": _text(500),
    "is_need": _one_of(codes.NEEDED, "1"),
    "material_type": _one_of(codes.MATERIAL_TYPES),
    "material_format": _one_of(codes.MATERIAL_FORMATS),
    "original_num": whole,
    "copy_num": whole,
    "page_format": _text(50),
    "source_type": _one_of(codes.SOURCE_TYPES),
    "issuer": _text(200),
    "by_law": _text(),
    "accept_stand": _text(),
    "fill_explain": _text(),
}
_FEE: Fields = {
    "fee_name": _required(500),
    "fee_stand": _text(),
    "by_law": _text(),
    "reducible": lambda value: bool(flag(value)),
}
_QUESTION: Fields = {"question": _required(0), "answer": _text()}
_LAW: Fields = {
    "law_name": _text(500),
    "law_number": _text(200),
    "clause_number": _text(200),
    "clause_content": _text(),
}


def _read(cells: Cells, fields: Fields, columns: Columns) -> dict[str, Any]:
    found: dict[str, Any] = {}
    name = ""
    try:
        for name, read in fields.items():
            found[name] = read(cells.get(name))
    except BadCell as error:
        raise BadCell(f"{columns.label(name)} {error}{error.quoted}") from None
    return found


def _check_limits(columns: Mapping[str, Any]) -> None:
    legal, promised = columns["anticipate_days"], columns["promise_days"]
    if legal is None or promised is None or (columns["anticipate_unit"] or "1") != (columns["promise_unit"] or "1"):
        return
    if promised > legal:
        raise BadCell(f"{ITEMS.label('promise_days')} is {promised}, longer than the statutory limit of {legal}")


def _nested(found: Any, what: str, fields: Fields, columns: Columns) -> tuple[Mapping[str, Any], ...]:
    """The rows of a nested list in their order; `order_num` is where they come when the list says nothing."""
    if found in (None, ""):
        return ()
    if not isinstance(found, list) or len(found) > MOST_NESTED:
        raise BadCell(f"{what} should be a list of at most {MOST_NESTED}")
    return tuple(_nested_row(row, number, what, fields, columns) for number, row in enumerate(found, 1))


def _nested_row(row: Any, number: int, what: str, fields: Fields, columns: Columns) -> Mapping[str, Any]:
    if not isinstance(row, dict):
        raise BadCell(f"{what} {number} has no named values")
    try:
        read = _read(row, fields, columns)
        order = whole(row.get("order_num"), ORDER_MOST)
    except BadCell as error:
        raise BadCell(f"{what} {number}: {error}") from None
    read["order_num"] = number if order is None else order
    return read


def _fees(cells: Cells) -> Any:
    """Fees nested, or the one fee that columns of the row itself tell."""
    stand, name, basis = (cells.get(key) for key in ("fee_stand", "fee_name", "fee_basis"))
    if cells.get("fees") or not (stand or name):
        return cells.get("fees")
    return [{"fee_name": name or cells.get("name"), "fee_stand": stand, "by_law": basis}]


def _laws(cells: Cells) -> Any:
    """Legal bases nested, or one from each line of a cell."""
    found = cells.get("by_law")
    if not isinstance(found, str):
        return found
    lines = (line.strip() for line in found.splitlines())
    return [{"law_name": line} if len(line) <= 500 else {"clause_content": line} for line in lines if line]
