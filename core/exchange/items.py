"""Brings a list of items into the catalogue: a new version where something changed, nothing where it didn't."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient

from core.exchange.columns import ITEMS
from core.exchange.imports import ListImport
from core.exchange.item_rows import ItemDraft, read_item
from core.exchange.item_versions import InForce, ItemVersions
from core.models import Department
from core.revisions import CATALOGUE, raise_revision


class ItemImport(ListImport[ItemDraft]):
    what, columns, key = "items", ITEMS, "task_code"

    def read(self, cells: Mapping[str, Any]) -> ItemDraft:
        return read_item(cells)

    async def write(self, connection: BaseDBAsyncClient, drafts: Sequence[ItemDraft]) -> Counter[str]:
        known = await ItemVersions(self._database).held([draft.task_code for draft in drafts])
        return await self.bring(connection, drafts, known)

    async def bring(
        self, connection: BaseDBAsyncClient, drafts: Sequence[ItemDraft], known: Mapping[str, InForce]
    ) -> Counter[str]:
        """The same for who holds the items already; one that is not `known` must be new still."""
        changed = [
            draft for draft in drafts if draft.task_code not in known or known[draft.task_code].digest != draft.digest
        ]
        if changed:
            await ItemVersions(self._database).write(changed, known, await _departments(connection, changed))
            await raise_revision(connection, CATALOGUE, postgres=self._database.is_postgres)
        created = sum(draft.task_code not in known for draft in changed)
        return Counter(created=created, updated=len(changed) - created, unchanged=len(drafts) - len(changed))


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
