"""The catalogue as citizens see it: lists and the search index, kept ready in every process."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.codes import TaskState
from core.database import Database
from core.revisions import CATALOGUE, Kept
from core.search import Entry, Synonyms, build_index, is_clear
from core.views import DepartmentSummary, Found, ItemSummary

if TYPE_CHECKING:
    from core.search.index import ItemIndex

MOST_OFFERED = 5
_LISTED = """
SELECT i.task_code, v.name, v.name_en, v.parent_name, v.task_type, v.topic, d.name AS department,
       d.name_en AS department_en
FROM service_item i JOIN item_version v ON v.item_id = i.id AND v.number = i.version
JOIN department d ON d.id = v.department_id WHERE i.task_state <> $1 ORDER BY v.id
"""


@dataclass(frozen=True)
class Listed:
    """One copy of the listed items."""

    items: Mapping[str, ItemSummary]
    departments: tuple[DepartmentSummary, ...]
    index: ItemIndex


class Catalogue:
    """Listed items: by words, by department, by code."""

    def __init__(self, database: Database, synonyms: Synonyms | None = None) -> None:
        self._database, self._synonyms = database, synonyms
        self._kept = Kept(database, CATALOGUE, self._read)

    async def find(self, words: str, limit: int = MOST_OFFERED) -> Found:
        """Items that everyday words may mean, best first, `limit` at most; none when nothing is plausible."""
        listed = await self._kept.get()
        hits = await asyncio.to_thread(listed.index.find, words, limit)
        return Found(tuple(listed.items[hit.code] for hit in hits), is_clear(hits))

    async def departments(self) -> tuple[DepartmentSummary, ...]:
        """All departments that have a listed item, with how many."""
        return (await self._kept.get()).departments

    async def items_of(
        self, department: str, offset: int, limit: int, topic: str = ""
    ) -> tuple[tuple[ItemSummary, ...], int]:
        """A part of a department's items, and how many there are in all."""
        items = (await self._kept.get()).items.values()
        of = [item for item in items if item.department == department and (not topic or item.topic == topic)]
        return tuple(of[offset : offset + limit]), len(of)

    async def refresh(self) -> None:
        await self._kept.refresh()

    async def warm_up(self) -> None:
        """Build the index before anybody asks."""
        await self._kept.get()

    async def close(self) -> None:
        await self._kept.close()

    async def _read(self) -> Listed:
        rows = await self._database.rows(_LISTED, (TaskState.CANCELLED,))
        items = {row["task_code"]: ItemSummary(**dict(row)) for row in rows}
        index = await asyncio.to_thread(build_index, _entries(tuple(items.values())), self._synonyms)
        return Listed(items, _departments(items.values()), index)


def _entries(items: Sequence[ItemSummary]) -> list[Entry]:
    return [Entry(i.task_code, i.name, i.parent_name, i.department, i.name_en, i.topic) for i in items]


def _departments(items: Iterable[ItemSummary]) -> tuple[DepartmentSummary, ...]:
    counts = Counter((item.department, item.department_en) for item in items)
    return tuple(DepartmentSummary(name, name_en, n) for (name, name_en), n in counts.most_common())
