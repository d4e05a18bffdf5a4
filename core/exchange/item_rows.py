"""Reads one row of an item list into a checked draft, so that what reaches the catalogue is sound or told why not."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from stdnum.cn import uscc

from core.exchange import item_codes as codes
from core.exchange.cells import BadCell, codes_in, flag, identifier, texts_in, whole
from core.exchange.columns import EXTRA, FEES, ITEMS, LAWS, MATERIALS, QUESTIONS, Columns
from core.exchange.fields import Cells, Fields, one_of, optional, read_fields, required, required_code
from core.exchange.rows import UNREADABLE

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
    def key(self) -> str:
        return self.task_code

    @property
    def warnings(self) -> tuple[str, ...]:
        code = self.columns["department_code"]
        return (ODD_DEPARTMENT_CODE,) if code and not uscc.is_valid(code) else ()


def read_item(cells: Cells) -> ItemDraft:
    """The draft of a row. Raises BadCell with the column and the reason."""
    columns = read_fields(cells, _ITEM, ITEMS)
    _check_limits(columns)
    head = read_fields(cells, _HEAD, ITEMS)
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


_HEAD: Fields = {
    "task_code": required_code(64),
    "task_state": one_of(codes.TASK_STATES, "1"),
    "department": required(100),
    "department_en": optional(200),
}
_ITEM: Fields = {
    "name": required(500),
    "name_en": optional(500),
    "parent_name": optional(500),
    "topic": optional(50),
    "catalog_code": optional(64),
    "department_code": lambda value: identifier(value, 32),
    "task_type": one_of(codes.TASK_TYPES),
    "use_level": one_of(codes.USE_LEVELS),
    "project_type": one_of(codes.PROJECT_TYPES),
    "serve_types": lambda value: codes_in(value, codes.SERVE_TYPES),
    "handle_types": lambda value: codes_in(value, codes.HANDLE_TYPES),
    "anticipate_days": whole,
    "anticipate_unit": one_of(codes.UNITS),
    "promise_days": whole,
    "promise_unit": one_of(codes.UNITS),
    "accept_condition": optional(),
    "handle_flow": optional(),
    "is_fee": flag,
    "result_name": optional(500),
    "result_type": one_of(codes.RESULT_TYPES),
    "transact_addr": optional(),
    "transact_time": optional(),
    "link_way": optional(),
    "supervise_way": optional(),
    "online_url": optional(),
    "limit_scene_num": whole,
    "is_online": flag,
    "is_schedule": flag,
    "is_pay_online": flag,
    "is_express": flag,
    "special_procedure": optional(),
    "other_dept": lambda value: texts_in(value, 200),
}
_MATERIAL: Fields = {
    "name": required(500),
    "name_en": optional(500),
    "is_need": one_of(codes.NEEDED, "1"),
    "material_type": one_of(codes.MATERIAL_TYPES),
    "material_format": one_of(codes.MATERIAL_FORMATS),
    "original_num": whole,
    "copy_num": whole,
    "page_format": optional(50),
    "source_type": one_of(codes.SOURCE_TYPES),
    "issuer": optional(200),
    "by_law": optional(),
    "accept_stand": optional(),
    "fill_explain": optional(),
}
_FEE: Fields = {
    "fee_name": required(500),
    "fee_stand": optional(),
    "by_law": optional(),
    "reducible": lambda value: bool(flag(value)),
}
_QUESTION: Fields = {"question": required(), "answer": optional()}
_LAW: Fields = {
    "law_name": optional(500),
    "law_number": optional(200),
    "clause_number": optional(200),
    "clause_content": optional(),
}


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
        read = read_fields(row, fields, columns)
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
