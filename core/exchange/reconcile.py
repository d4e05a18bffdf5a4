"""对账: a department's list of cases held against the database, and every difference named; nothing is changed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from core.codes import Status
from core.database import Database, reading
from core.exchange.batches import read_ahead
from core.exchange.case_rows import FUTURE, CaseDraft, read_case
from core.exchange.cells import BadCell
from core.exchange.columns import CASES
from core.exchange.known_cases import KnownCase, KnownCases
from core.exchange.rows import Row
from core.exchange.tables import open_table
from core.local_time import now
from core.models import Case

BATCH = 5_000
MOST_NAMED = 10_000
# What a case reports beside its status and times; the words of a reason are each side's own.
_COMPARED = ("result_code", "result_no")


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that the list and the database say differently of a case, by its 办件编号."""

    project_no: str
    what: str
    listed: str
    here: str


@dataclass(slots=True)
class Reconciliation:
    """How many cases agree, and what differs; `unlisted` are cases of the department that the list doesn't have."""

    agree: int = 0
    differences: list[Difference] = field(default_factory=list)
    unlisted: list[str] = field(default_factory=list)
    unread: list[tuple[int, str]] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        return not (self.differences or self.unlisted or self.unread)


async def reconcile(database: Database, path: Path, department: str = "") -> Reconciliation:
    """Compare a list with the database; with a department also what the list lacks of its cases.

    Raises BadRequest for a file that can't be read, Unavailable when the database goes away.
    """
    table = await asyncio.to_thread(open_table, path, CASES)
    found, known, latest = Reconciliation(), KnownCases(database), now() + FUTURE
    listed: set[str] = set()
    async for batch in read_ahead(iter(table), BATCH, lambda row: _drafted(row, latest)):
        drafts = [draft for _, draft in batch if isinstance(draft, CaseDraft)]
        found.unread += [(row, draft) for row, draft in batch if isinstance(draft, str)]
        cases = await known.cases(draft.project_no for draft in drafts)
        items = await known.items(draft.task_code for draft in drafts)
        for draft in drafts:
            listed.add(draft.project_no)
            item = items.get(draft.task_code)
            differences = list(_compared(draft, cases.get(draft.project_no), item.item_id if item else None))
            found.agree += not differences
            found.differences += differences[: max(0, MOST_NAMED - len(found.differences))]
    if department:
        found.unlisted = [number for number in await _of_department(department) if number not in listed]
    return found


def _drafted(row: Row, latest: datetime) -> tuple[int, CaseDraft | str]:
    if row.problem:
        return row.number, row.problem
    try:
        return row.number, read_case(row.cells, latest)
    except BadCell as error:
        return row.number, str(error)


def _compared(draft: CaseDraft, case: KnownCase | None, item_id: int | None) -> Iterator[Difference]:
    if case is None:
        yield Difference(draft.project_no, "case", "there", "not there")
        return
    if item_id != case.item_id:
        yield Difference(draft.project_no, "task_code", draft.task_code, "another item")
    if draft.status != case.row["status"]:
        yield Difference(draft.project_no, "status", draft.status, case.row["status"])
    for name, time in draft.times.items():
        here = case.time(name)
        if here is None or not _same(time, here):
            yield Difference(draft.project_no, name, _shown(time), _shown(here))
    told = case.told()
    for name in _COMPARED:
        if name in draft.reported and draft.reported[name] != told.get(name):
            yield Difference(draft.project_no, name, str(draft.reported[name]), str(told.get(name, "")))
    if draft.number and draft.number != case.number:
        yield Difference(draft.project_no, "number", draft.number, case.number)
    if draft.applicant_name != case.row["applicant_name"]:
        # Whose names they are is nobody's business who reads a report.
        yield Difference(draft.project_no, "applicant_name", "…", "…")


def _same(listed: datetime, here: datetime) -> bool:
    """A list that tells a day only agrees with any time of it."""
    is_day = not (listed.hour or listed.minute or listed.second)
    return listed.date() == here.date() if is_day else abs((listed - here).total_seconds()) < 60


def _shown(time: datetime | None) -> str:
    return time.isoformat(" ", "minutes")[:16] if time else "none"


@reading
async def _of_department(department: str) -> list[Any]:
    cases = Case.filter(department=department).exclude(status=Status.DRAFT).order_by("project_no")
    return list(await cases.values_list("project_no", flat=True))
