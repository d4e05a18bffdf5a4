"""Versions of items, written as rows: to make a model of each, and of its parts, would take longer than to read it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import orjson
from tortoise.fields import JSONField
from tortoise.models import Model

from core.database import Database
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
_HOLD = """
SELECT i.id FROM {asked} JOIN service_item i ON i.task_code = asked.value ORDER BY i.id FOR NO KEY UPDATE OF i
"""
_RAISE = "UPDATE service_item SET version = $1, task_state = $2 WHERE id = $3"


class InForce(NamedTuple):
    """An item, the number of its version in force, and that version: its id and its digest are None between raising
    the number and writing the version.
    """

    id: int
    version: int
    version_id: int | None
    digest: str | None


class ItemVersions:
    """Reads and writes versions of items within the running transaction of a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def held(self, task_codes: Sequence[str]) -> dict[str, InForce]:
        """Those of the codes that there are. Who would change them too waits until the transaction ends: on SQLite
        everybody does anyhow, on PostgreSQL all take them in one order, lest two wait for each other.
        """
        if self._database.is_postgres:
            await self._among(_HOLD, task_codes)
        return await self._in_force(task_codes)

    async def _in_force(self, task_codes: Sequence[str]) -> dict[str, InForce]:
        rows = await self._among(_IN_FORCE, task_codes)
        return {row["task_code"]: InForce(row["id"], row["version"], row["version_id"], row["digest"]) for row in rows}

    async def write(
        self, drafts: Sequence[ItemDraft], known: Mapping[str, InForce], departments: Mapping[str, int]
    ) -> None:
        """Make each draft the version in force of its item, the first one where the item is not `known`, as `held`
        told; each is of another item. `departments` are the ids of the drafts' departments by name.
        """
        await self._raise_items(drafts, known)
        codes, at = [draft.task_code for draft in drafts], now()
        items = await self._in_force(codes)
        await self._put(
            ItemVersion, [_row(draft, items[draft.task_code], departments[draft.department], at) for draft in drafts]
        )
        written = await self._in_force(codes)
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
            sql = _RAISE if self._database.is_postgres else _RAISE.replace("$", "?")
            await self._database.client.execute_many(sql, old)
        new = sorted((draft.task_code, draft.task_state) for draft in drafts if draft.task_code not in known)
        await self._put(ServiceItem, [{"task_code": code, "version": 1, "task_state": state} for code, state in new])

    async def _put(self, model: type[Model], rows: Sequence[Mapping[str, Any]]) -> None:
        """Rows that all have the same columns."""
        if rows:
            await self._database.append(model._meta.db_table, list(rows[0]), [[*row.values()] for row in rows])

    async def _among(self, sql: str, task_codes: Sequence[str]) -> list[dict[str, Any]]:
        asked = among(sql, task_codes, postgres=self._database.is_postgres)
        return await self._database.client.execute_query_dict(*asked)


def _row(draft: ItemDraft, item: InForce, department_id: int, at: datetime) -> dict[str, Any]:
    row = {"item_id": item.id, "number": item.version, "department_id": department_id, "digest": draft.digest}
    row |= {"created_at": at, **draft.columns}
    return row | {name: orjson.dumps(row[name]).decode() for name in _JSON}
