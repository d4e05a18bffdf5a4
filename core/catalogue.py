"""The catalogue as citizens see it: lists and the search index, kept ready in every process."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from core.codes import TaskState
from core.database import Database, reading
from core.models import SynonymRow
from core.revisions import CATALOGUE, Kept
from core.search import Entry, Synonyms, build_index, initial, is_clear
from core.views import Found, ItemSummary, Shelf

if TYPE_CHECKING:
    from core.search.index import ItemIndex

ShelfKind = Literal["department", "topic", "letter"]
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
    shelves: Mapping[ShelfKind, Mapping[str, list[ItemSummary]]]
    index: ItemIndex


class Catalogue:
    """Listed items: by words, by department, by topic, by the letter they begin with.

    `own` are files of synonyms of the centre's own, whose mistakes the settings have told already. They are read, with
    the shipped ones, when somebody first asks: most commands ask for no item.
    """

    def __init__(self, database: Database, own: Sequence[Path] = ()) -> None:
        self._database, self._own = database, own
        self._synonyms: Synonyms | None = None
        self._kept = Kept(database, CATALOGUE, self._read)

    async def find(self, words: str, limit: int = MOST_OFFERED) -> Found:
        """Items that everyday words may mean, best first, `limit` at most; none when nothing is plausible."""
        listed = await self._kept.get()
        hits = await asyncio.to_thread(listed.index.find, words, limit)
        return Found(tuple(listed.items[hit.code] for hit in hits), is_clear(hits))

    async def shelves(self, kind: ShelfKind) -> tuple[Shelf, ...]:
        """All that have a listed item, with how many: departments and topics the largest first, letters in order."""
        shelves = (await self._kept.get()).shelves[kind]
        found = [Shelf(name, _english(kind, items), len(items)) for name, items in shelves.items()]
        return tuple(sorted(found, key=lambda one: one.name if kind == "letter" else -one.items))

    async def shelf(self, kind: ShelfKind, name: str, offset: int, limit: int) -> tuple[tuple[ItemSummary, ...], int]:
        """A part of the items on a shelf, and how many there are in all."""
        items = (await self._kept.get()).shelves[kind].get(name, [])
        return tuple(items[offset : offset + limit]), len(items)

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
        if self._synonyms is None:
            self._synonyms = await asyncio.to_thread(Synonyms.load, *self._own)
        synonyms = self._synonyms.with_rows(await own_synonyms())
        index = await asyncio.to_thread(build_index, _entries(tuple(items.values())), synonyms)
        return Listed(items, await asyncio.to_thread(_shelved, items.values()), index)


@reading
async def own_synonyms() -> list[tuple[str, str]]:
    """The centre's own words, as its editors enter them: what is said, and what it means, with commas between."""
    return [(row.say, row.means) for row in await SynonymRow.all().order_by("id")]


def _entries(items: Sequence[ItemSummary]) -> list[Entry]:
    return [Entry(i.task_code, i.name, i.parent_name, i.department, i.name_en, i.topic) for i in items]


def _shelved(items: Iterable[ItemSummary]) -> dict[ShelfKind, dict[str, list[ItemSummary]]]:
    shelves: dict[ShelfKind, dict[str, list[ItemSummary]]] = {"department": {}, "topic": {}, "letter": {}}
    for item in items:
        shelves["department"].setdefault(item.department, []).append(item)
        shelves["letter"].setdefault(initial(item.name), []).append(item)
        if item.topic:
            shelves["topic"].setdefault(item.topic, []).append(item)
    return shelves


def _english(kind: ShelfKind, items: Sequence[ItemSummary]) -> str:
    return items[0].department_en if kind == "department" else ""
