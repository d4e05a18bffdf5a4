"""Brings a list of notices 公示公告 in: what changed is written anew, and every board and page told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient

from core.errors import BadRequest
from core.exchange.cells import shown
from core.exchange.columns import NOTICES
from core.exchange.imports import ListImport
from core.exchange.notice_rows import NoticeDraft, read_notice
from core.models import Department, Notice, ServiceItem
from core.revisions import NOTICES as REVISION
from core.revisions import raise_revision


class NoticeImport(ListImport[NoticeDraft]):
    what, columns, key = "notices", NOTICES, "key"

    def read(self, cells: Mapping[str, Any]) -> NoticeDraft:
        return read_notice(cells)

    async def write(self, connection: BaseDBAsyncClient, drafts: Sequence[NoticeDraft]) -> Counter[str]:
        keys = [draft.key for draft in drafts]
        known = {row.key: row for row in await Notice.filter(key__in=keys).using_db(connection)}
        departments = await _departments(connection, {draft.department for draft in drafts if draft.department})
        items = await _items(connection, {draft.task_code for draft in drafts if draft.task_code})
        counts: Counter[str] = Counter()
        for draft in drafts:
            columns = {
                **draft.columns,
                "department_id": departments.get(draft.department),
                "item_id": _item_id(items, draft.task_code),
            }
            counts[await _written(connection, known.get(draft.key), draft.key, columns)] += 1
        if counts["created"] or counts["updated"]:
            await raise_revision(connection, REVISION, postgres=self._database.is_postgres)
        return counts


async def _written(connection: BaseDBAsyncClient, row: Notice | None, key: str, columns: Mapping[str, Any]) -> str:
    if row is None:
        await Notice.create(using_db=connection, key=key, **columns)
        return "created"
    if all(getattr(row, name) == value for name, value in columns.items()):
        return "unchanged"
    await row.update_from_dict(dict(columns)).save(using_db=connection)
    return "updated"


async def _departments(connection: BaseDBAsyncClient, names: Collection[str]) -> dict[str, int]:
    """The ids by name; who publishes without having an item of its own, as the centre may, is made."""
    if not names:
        return {}
    found = dict(await Department.filter(name__in=list(names)).using_db(connection).values_list("name", "id"))
    for name in sorted(set(names) - set(found)):
        found[name] = (await Department.create(using_db=connection, name=name)).id
    return found


async def _items(connection: BaseDBAsyncClient, task_codes: Collection[str]) -> dict[str, int]:
    if not task_codes:
        return {}
    found = ServiceItem.filter(task_code__in=list(task_codes)).using_db(connection)
    return dict(await found.values_list("task_code", "id"))


def _item_id(items: Mapping[str, int], task_code: str) -> int | None:
    if task_code and task_code not in items:
        raise BadRequest(f"the item {shown(task_code)} is not known")
    return items.get(task_code)
