"""Editing an item 事项: each saving that changes something is a new version, checked as a list's row is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg
from tortoise.exceptions import IntegrityError

from core.database import Database, reading, transaction
from core.errors import BadRequest, NotFound
from core.exchange import item_codes as codes
from core.exchange.cells import BadCell
from core.exchange.columns import EXTRA, FEES, ITEMS, LAWS, MATERIALS, QUESTIONS, Columns
from core.exchange.item_rows import ItemDraft, read_item
from core.exchange.item_versions import ItemVersions
from core.exchange.items import ItemImport
from core.guides import read_guide
from core.local_time import local
from core.models import ItemVersion, ServiceItem
from core.naming import may_be
from core.staff.trail import note

# The nested lists of an item: the name in a row, the relation that holds it, and its columns.
NESTED: Mapping[str, tuple[str, Columns]] = {
    "materials": ("materials", MATERIALS),
    "fees": ("fees", FEES),
    "by_law": ("legal_bases", LAWS),
    "faqs": ("questions", QUESTIONS),
}
_CODES: Mapping[str, Mapping[str, str]] = {
    "task_type": codes.TASK_TYPES,
    "use_level": codes.USE_LEVELS,
    "project_type": codes.PROJECT_TYPES,
    "anticipate_unit": codes.UNITS,
    "promise_unit": codes.UNITS,
    "result_type": codes.RESULT_TYPES,
    "task_state": codes.TASK_STATES,
    "is_need": codes.NEEDED,
    "material_type": codes.MATERIAL_TYPES,
    "material_format": codes.MATERIAL_FORMATS,
    "source_type": codes.SOURCE_TYPES,
}
_NOT_EDITED = ("task_code", "order_num", "form")
FIELDS = tuple(name for name in ITEMS.fields if name not in (*NESTED, "fee_name", "fee_stand", "fee_basis"))


@dataclass(frozen=True, slots=True)
class VersionLine:
    """A version in the list of an item's versions."""

    number: int
    created_at: datetime
    in_force: bool


@dataclass(frozen=True, slots=True)
class ItemLine:
    """An item in the editor's list, with the public elements 公开要素 that its guide still lacks."""

    task_code: str
    name: str
    department: str
    version: int
    unpublished: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """What one part of an item said in two versions."""

    field: str
    label: str
    before: str
    after: str


class Items:
    """Reads, saves and compares versions of items."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def row(self, task_code: str, number: int | None = None) -> dict[str, Any]:
        """A version as a row of a list has it; the one in force unless told otherwise. Raises NotFound."""
        return await _row(task_code, number)

    async def versions(self, task_code: str) -> tuple[VersionLine, ...]:
        """All versions, the latest first. Raises NotFound."""
        item = await _item(task_code)
        rows = await _versions(item.id)
        return tuple(VersionLine(row.number, local(row.created_at), row.number == item.version) for row in rows)

    async def differences(self, task_code: str, before: int, after: int) -> tuple[Difference, ...]:
        """What two versions say differently. Raises NotFound."""
        old, new = await _row(task_code, before), await _row(task_code, after)
        found = [
            Difference(name, label_of(name), shown(old.get(name)), shown(new.get(name)))
            for name in dict.fromkeys((*old, *new))
            if shown(old.get(name)) != shown(new.get(name))
        ]
        return tuple(found)

    async def unpublished(self, task_code: str) -> tuple[str, ...]:
        """The public elements that the guide in force lacks: none when it is complete. Raises NotFound."""
        return (await read_guide(task_code)).unpublished

    async def put(self, row: Mapping[str, Any], by: str, department: str = "") -> int:
        """Write a row whatever was there before; the version in force. Raises BadRequest, also for another
        `department`'s item where one is told.
        """
        code = str(row.get("task_code", ""))
        try:
            known = await _item(code)
        except NotFound:
            return await self.save(row, None, by)
        if department and (await _row(code, None))["department"] != department:
            raise BadRequest("this item is another department's")
        return await self.save(row, known.version, by)

    async def save(self, row: Mapping[str, Any], expected_version: int | None, by: str) -> int:
        """Write a row as the item's next version where it says something new; the version in force.

        Raises BadRequest with the part that can't be taken, and when somebody else saved first.
        """
        try:
            draft = read_item(row)
        except BadCell as error:
            raise BadRequest(str(error)) from error
        try:
            await self._write(draft, expected_version, by)
        except (IntegrityError, asyncpg.UniqueViolationError):  # two made the same new item at the same time
            raise _changed_meanwhile() from None
        return (await _item(draft.task_code)).version

    async def _write(self, draft: ItemDraft, expected_version: int | None, by: str) -> None:
        async with transaction() as connection:
            held = await ItemVersions(self._database).held([draft.task_code])
            if (held[draft.task_code].version if held else None) != expected_version:
                raise _changed_meanwhile()
            counts = await ItemImport(self._database, by).bring(connection, [draft], held)
            if counts["created"] or counts["updated"]:
                await note(connection, by, "item saved", draft.task_code, {"version": (expected_version or 0) + 1})


def _changed_meanwhile() -> BadRequest:
    return BadRequest("somebody else changed this item meanwhile: look at it anew", key="item_meanwhile")


def label_of(name: str, kind: str = "") -> str:
    """A field as the field's own people call it; `kind` names the nested list that it is of."""
    for columns in (NESTED[kind][1],) if kind else (ITEMS, *(columns for _, columns in NESTED.values())):
        if name in columns.fields:
            return columns.fields[name].split()[0]
    return name


def options_of(name: str) -> tuple[tuple[str, str], ...]:
    """The codes that a field may have, each with what it is called; none for a field of free text."""
    labels: dict[str, str] = {}
    for label, code in _CODES.get(name, {}).items():
        if label != code and not label.isascii():
            labels.setdefault(code, label)
    return tuple((code, f"{code} {label}") for code, label in labels.items())


def nested_fields(kind: str) -> tuple[str, ...]:
    """The fields of a nested list that are edited."""
    return tuple(name for name in NESTED[kind][1].fields if name not in _NOT_EDITED)


def shown(value: Any) -> str:
    """A part of an item as text, to be compared and read."""
    if isinstance(value, list):
        return "\n".join(shown(each) for each in value)
    if isinstance(value, dict):
        return "; ".join(f"{label_of(name)}: {each}" for name, each in value.items() if each not in ("", None))
    return "" if value is None else str(value)


@reading
async def _item(task_code: str) -> ServiceItem:
    item = await ServiceItem.get_or_none(task_code=task_code) if may_be(ServiceItem, task_code=task_code) else None
    if item is None:
        raise NotFound(f"there is no item {task_code}")
    return item


@reading
async def _versions(item_id: int) -> list[ItemVersion]:
    return await ItemVersion.filter(item_id=item_id).order_by("-number")


@reading
async def _row(task_code: str, number: int | None) -> dict[str, Any]:
    item = await _item(task_code)
    version = await ItemVersion.get_or_none(item_id=item.id, number=number or item.version)
    if version is None:
        raise NotFound(f"item {task_code} has no version {number}")
    await version.fetch_related("department", *(relation for relation, _ in NESTED.values()))
    row = {name: getattr(version, name) for name in FIELDS if hasattr(version, name)}
    row |= {
        "task_code": item.task_code,
        "task_state": item.task_state,
        "department": version.department.name,
        "department_en": version.department.name_en,
        EXTRA: version.extra,
    }
    for kind, (relation, columns) in NESTED.items():
        row[kind] = [_nested_row(each, columns) for each in _ordered(getattr(version, relation))]
    return row


def _ordered(rows: Sequence[Any]) -> list[Any]:
    return sorted(rows, key=lambda row: (row.order_num, row.id))


def _nested_row(model: Any, columns: Columns) -> dict[str, Any]:
    return {name: getattr(model, name) for name in columns.fields if name != "task_code" and hasattr(model, name)}
