"""What the database knows of the rows of a batch, each kind of it in one question."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from core.database import Database
from core.exchange.asked import among
from core.local_time import local, moment

_ITEMS = """
SELECT s.task_code, s.id AS item_id, v.id AS version_id
FROM service_item s JOIN item_version v ON v.item_id = s.id AND v.number = s.version
JOIN {asked} ON s.task_code = asked.value
"""
_CASES = """
SELECT c.*, v.item_id FROM {asked}
JOIN approval_case c ON c.project_no = asked.value JOIN item_version v ON v.id = c.version_id
"""
_NUMBERS = "SELECT c.number, c.project_no FROM {asked} JOIN approval_case c ON c.number = asked.value"


class KnownItem(NamedTuple):
    """An item and its version in force."""

    item_id: int
    version_id: int


class KnownCase(NamedTuple):
    """A case as it stands."""

    id: int
    number: str
    item_id: int
    row: Mapping[str, Any]

    def time(self, name: str) -> datetime | None:
        found = self.row[name]
        return moment(found) if isinstance(found, str) else found and local(found)

    def told(self, name: str = "told") -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.row[name])
        return found


class KnownCases:
    """Asks for items, cases and query numbers by what a list calls them."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._items: dict[str, KnownItem] = {}

    async def items(self, task_codes: Iterable[str]) -> Mapping[str, KnownItem]:
        """The items of these codes that there are, and others asked for before."""
        if asked := sorted(set(task_codes) - self._items.keys()):
            for row in await self._among(_ITEMS, asked):
                self._items[row["task_code"]] = KnownItem(row["item_id"], row["version_id"])
        return self._items

    async def cases(self, project_nos: Iterable[str]) -> Mapping[str, KnownCase]:
        rows = await self._among(_CASES, list(project_nos))
        return {row["project_no"]: KnownCase(row["id"], row["number"], row["item_id"], row) for row in rows}

    async def numbers(self, numbers: Iterable[str]) -> Mapping[str, str]:
        """The 办件编号 that these query numbers belong to."""
        asked = list(numbers)
        rows = await self._among(_NUMBERS, asked) if asked else ()
        return {row["number"]: row["project_no"] for row in rows}

    async def _among(self, sql: str, asked: list[str]) -> Iterable[Any]:
        return await self._database.rows(*among(sql, asked, postgres=self._database.is_postgres))
