"""Versions of items, written as rows: to make a model of each, and of its parts, would take longer than to read it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, cast

import orjson
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.fields import JSONField
from tortoise.models import Model

from core.exchange.asked import among
from core.exchange.item_rows import ItemDraft
from core.local_time import now
from core.models import Fee, ItemVersion, LegalBasis, Material, Question, ServiceItem

_NESTED: tuple[tuple[type[Model], str], ...] = (
    (Material, "materials"),
    (Fee, "fees"),
    (Question, "questions"),
    (LegalBasis, "laws"),
)
_JSON = tuple(name for name, field in ItemVersion._meta.fields_map.items() if isinstance(field, JSONField))
_IN_FORCE = """
SELECT i.task_code, i.id, i.version, v.id AS version_id, v.digest
FROM {asked} JOIN service_item i ON i.task_code = asked.value
LEFT JOIN item_version v ON v.item_id = i.id AND v.number = i.version
"""
_RAISE = "UPDATE service_item SET version = $1, task_state = $2 WHERE id = $3"


class InForce(NamedTuple):
    """An item, the number of its version in force, and that version; None while it is still to be written."""

    id: int
    version: int
    version_id: int | None
    digest: str | None


class ItemVersions:
    """What a transaction reads and writes of them."""

    def __init__(self, connection: BaseDBAsyncClient, *, postgres: bool) -> None:
        self._connection, self._postgres = connection, postgres

    async def in_force(self, task_codes: Sequence[str]) -> dict[str, InForce]:
        """Those of the codes that there are."""
        rows = await self._connection.execute_query_dict(*among(_IN_FORCE, task_codes, postgres=self._postgres))
        return {row["task_code"]: InForce(row["id"], row["version"], row["version_id"], row["digest"]) for row in rows}

    async def write(
        self, drafts: Sequence[ItemDraft], known: Mapping[str, InForce], departments: Mapping[str, int]
    ) -> None:
        """Make each draft the version in force of its item, the first one where the item is not `known`;
        `departments` are the ids of the drafts' departments by name.
        """
        await self._raise_items(drafts, known)
        codes, at = [draft.task_code for draft in drafts], now()
        items = await self.in_force(codes)
        await self._put(
            ItemVersion, [_row(draft, items[draft.task_code], departments[draft.department], at) for draft in drafts]
        )
        written = await self.in_force(codes)
        for model, name in _NESTED:
            await self._put(
                model,
                [
                    {"version_id": written[draft.task_code].version_id, **row}
                    for draft in drafts
                    for row in getattr(draft, name)
                ],
            )

    async def _raise_items(self, drafts: Sequence[ItemDraft], known: Mapping[str, InForce]) -> None:
        """Have each item at the number of the version about to be written."""
        old = [
            [item.version + 1, draft.task_state, item.id] for draft in drafts if (item := known.get(draft.task_code))
        ]
        if old:
            await self._connection.execute_many(_RAISE if self._postgres else _RAISE.replace("$", "?"), old)
        new = [draft for draft in drafts if draft.task_code not in known]
        rows = [{"task_code": draft.task_code, "version": 1, "task_state": draft.task_state} for draft in new]
        await self._put(ServiceItem, rows)

    async def _put(self, model: type[Model], rows: Sequence[Mapping[str, Any]]) -> None:
        """Rows that all have the same columns."""
        if not rows:
            return
        table, columns = model._meta.db_table, list(rows[0])
        values = [[*row.values()] for row in rows]
        if self._postgres:
            async with cast(Any, self._connection).acquire_connection() as raw:
                await raw.copy_records_to_table(table, records=values, columns=columns)
        else:
            # Names of tables and columns are our own, never a list's.
            places = ", ".join("?" * len(columns))
            sql = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})"  # noqa: S608
            await self._connection.execute_many(sql, values)


def _row(draft: ItemDraft, item: InForce, department_id: int, at: datetime) -> dict[str, Any]:
    row = {"item_id": item.id, "number": item.version, "department_id": department_id, "digest": draft.digest}
    row |= {"created_at": at, **draft.columns}
    return row | {name: orjson.dumps(row[name]).decode() for name in _JSON}
