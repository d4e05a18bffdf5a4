"""Brings a list of items into the catalogue: a new version where something changed, nothing where it didn't."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, cast

import orjson
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.fields import JSONField
from tortoise.models import Model

from core.exchange.columns import ITEMS
from core.exchange.imports import ListImport
from core.exchange.item_rows import ItemDraft, read_item
from core.local_time import now
from core.models import (
    Department,
    Fee,
    ItemVersion,
    LegalBasis,
    Material,
    Question,
    ServiceItem,
)
from core.revisions import CATALOGUE, raise_revision

_NESTED: tuple[tuple[type[Model], str], ...] = (
    (Material, "materials"),
    (Fee, "fees"),
    (Question, "questions"),
    (LegalBasis, "laws"),
)

_JSON = tuple(name for name, field in ItemVersion._meta.fields_map.items() if isinstance(field, JSONField))


class ItemImport(ListImport[ItemDraft]):
    what, columns, key = "items", ITEMS, "task_code"

    def read(self, cells: Mapping[str, Any]) -> ItemDraft:
        return read_item(cells)

    async def write(self, connection: BaseDBAsyncClient, drafts: Sequence[ItemDraft]) -> Counter[str]:
        known = await _known(connection, [draft.task_code for draft in drafts])
        changed = [draft for draft in drafts if not _is_same(known.get(draft.task_code), draft)]
        if changed:
            postgres = self._database.is_postgres
            await _write_versions(connection, changed, known, postgres=postgres)
            await raise_revision(connection, CATALOGUE, postgres=postgres)
        created = sum(draft.task_code not in known for draft in changed)
        return Counter(created=created, updated=len(changed) - created, unchanged=len(drafts) - len(changed))


class _Known(NamedTuple):
    item: ServiceItem
    digest: str


def _is_same(known: _Known | None, draft: ItemDraft) -> bool:
    return known is not None and known.digest == draft.digest


async def _known(connection: BaseDBAsyncClient, task_codes: Sequence[str]) -> dict[str, _Known]:
    items = await ServiceItem.filter(task_code__in=task_codes).using_db(connection)
    versions = ItemVersion.filter(item_id__in=[item.id for item in items]).using_db(connection)
    digests = {
        (item_id, number): digest
        for item_id, number, digest in await versions.values_list("item_id", "number", "digest")
    }
    return {item.task_code: _Known(item, digests.get((item.id, item.version), "")) for item in items}


async def _write_versions(
    connection: BaseDBAsyncClient, drafts: Sequence[ItemDraft], known: Mapping[str, _Known], *, postgres: bool
) -> None:
    departments = await _departments(connection, drafts)
    items = await _raised_items(connection, drafts, known)
    at = now()
    rows = [_version(draft, items[draft.task_code], departments[draft.department], at) for draft in drafts]
    await _write_rows(connection, ItemVersion, rows, postgres=postgres)
    version_ids = await _version_ids(connection, items)
    for model, name in _NESTED:
        nested = [
            {"version_id": version_ids[draft.task_code], **row} for draft in drafts for row in getattr(draft, name)
        ]
        if nested:
            await _write_rows(connection, model, nested, postgres=postgres)


def _version(draft: ItemDraft, item: ServiceItem, department_id: int, at: datetime) -> dict[str, Any]:
    row = {"item_id": item.id, "number": item.version, "department_id": department_id, "digest": draft.digest}
    row |= {"created_at": at, **draft.columns}
    return row | {name: orjson.dumps(row[name]).decode() for name in _JSON}


async def _raised_items(
    connection: BaseDBAsyncClient, drafts: Sequence[ItemDraft], known: Mapping[str, _Known]
) -> dict[str, ServiceItem]:
    """The items of the drafts by code, each at the number of the version about to be written."""
    old = [_raised(known[draft.task_code].item, draft) for draft in drafts if draft.task_code in known]
    new = [
        ServiceItem(task_code=draft.task_code, task_state=draft.task_state)
        for draft in drafts
        if draft.task_code not in known
    ]
    if old:
        await ServiceItem.bulk_update(old, fields=["version", "task_state"], using_db=connection)
    if new:
        await ServiceItem.bulk_create(new, using_db=connection)
    codes = [item.task_code for item in new]
    created = await ServiceItem.filter(task_code__in=codes).using_db(connection) if codes else []
    return {item.task_code: item for item in (*old, *created)}


def _raised(item: ServiceItem, draft: ItemDraft) -> ServiceItem:
    item.version, item.task_state = item.version + 1, draft.task_state
    return item


async def _version_ids(connection: BaseDBAsyncClient, items: Mapping[str, ServiceItem]) -> dict[str, int]:
    ids = ItemVersion.filter(item_id__in=[item.id for item in items.values()]).using_db(connection)
    by_number = {(item_id, number): at for at, item_id, number in await ids.values_list("id", "item_id", "number")}
    return {code: by_number[item.id, item.version] for code, item in items.items()}


async def _write_rows(
    connection: BaseDBAsyncClient, model: type[Model], rows: Sequence[Mapping[str, Any]], *, postgres: bool
) -> None:
    """Rows that all have the same columns, written without making a model of each."""
    table, columns = model._meta.db_table, list(rows[0])
    if postgres:
        async with cast(Any, connection).acquire_connection() as raw:
            await raw.copy_records_to_table(table, records=[[*row.values()] for row in rows], columns=columns)
    else:
        await connection.execute_many(_insert(table, columns), [[*row.values()] for row in rows])


def _insert(table: str, columns: Sequence[str]) -> str:
    # Names of tables and columns are our own, never a list's.
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"  # noqa: S608


async def _departments(connection: BaseDBAsyncClient, drafts: Sequence[ItemDraft]) -> dict[str, int]:
    """The ids of the drafts' departments by name; new ones are made, what wasn't known of others is filled in."""
    told: dict[str, dict[str, Any]] = {}
    for draft in drafts:
        of = told.setdefault(draft.department, {"name_en": "", "code": ""})
        of["name_en"] = of["name_en"] or draft.department_en
        of["code"] = of["code"] or draft.columns["department_code"]
    found = {row.name: row for row in await Department.filter(name__in=list(told)).using_db(connection)}
    for name, more in told.items():
        if name not in found:
            found[name] = await Department.create(using_db=connection, name=name, **more)
        elif filled := {key: value for key, value in more.items() if value and not getattr(found[name], key)}:
            await Department.filter(id=found[name].id).using_db(connection).update(**filled)
    return {name: row.id for name, row in found.items()}
