"""Lists of items, cases and notices that departments send come in here, each row checked and none silently lost."""

from __future__ import annotations

import asyncio
from pathlib import Path

from core.cases import Actor, Cases
from core.database import Database
from core.exchange.cases import CaseImport
from core.exchange.columns import CASES, ITEMS, NOTICES
from core.exchange.items import ItemImport
from core.exchange.notices import NoticeImport
from core.exchange.report import Progress, Rejection, Report
from core.exchange.tables import open_table

__all__ = ["Progress", "Rejection", "Report", "import_cases", "import_items", "import_notices"]


async def import_items(database: Database, path: Path, actor: Actor, progress: Progress | None = None) -> Report:
    """Bring a CSV, XLSX or JSON file of items into the catalogue; importing it again changes nothing.

    A bad row is in the report and stops no other. Raises BadRequest, with nothing written, for a file that can't be
    read or lacks a required column, and Unavailable when the database goes away.
    """
    table = await asyncio.to_thread(open_table, path, ITEMS)
    return await ItemImport(database, actor.name).run(table, path.name, progress)


async def import_cases(
    database: Database, cases: Cases, path: Path, actor: Actor, progress: Progress | None = None
) -> Report:
    """Bring a file of cases in: new ones are opened, known ones moved on or amended; errors as in `import_items`."""
    table = await asyncio.to_thread(open_table, path, CASES)
    return await CaseImport(database, cases, actor).run(table, path.name, progress)


async def import_notices(database: Database, path: Path, actor: Actor, progress: Progress | None = None) -> Report:
    """Bring a file of notices in; they are shown between their days once approved. Errors as in `import_items`."""
    table = await asyncio.to_thread(open_table, path, NOTICES)
    return await NoticeImport(database, actor.name).run(table, path.name, progress)
