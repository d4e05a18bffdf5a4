"""Brings a list of cases in: new ones opened in bulk, known ones moved on or amended, all through `Cases`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from core.cases import Actor, Cases, NewCase
from core.codes import Status
from core.database import Database
from core.exchange.batches import rare_collections, read_ahead
from core.exchange.case_checks import Batch, Sound, changed_person, changed_standing
from core.exchange.case_rows import FUTURE, CaseDraft, read_case
from core.exchange.cells import BadCell, shown
from core.exchange.known_cases import KnownCase, KnownCases
from core.exchange.refusals import REFUSED, reason_of
from core.exchange.report import Progress, Report
from core.exchange.rows import Row, Table
from core.exchange.seen import SeenRows
from core.local_time import now
from core.models import AuditRecord

BATCH = 5_000


class Drafted(NamedTuple):
    """A row and the draft it gave, or why it gave none."""

    row: int
    draft: CaseDraft | None
    reason: str = ""


class CaseImport:
    """One import of cases, in the actor's name."""

    def __init__(self, database: Database, cases: Cases, actor: Actor) -> None:
        self._cases, self._actor = cases, actor
        self._known = KnownCases(database)
        self._seen = SeenRows()
        self._report = Report()
        self._latest = now() + FUTURE

    async def run(self, table: Table, subject: str, progress: Progress | None = None) -> Report:
        """Take all rows, new cases of a batch in one transaction. Raises Unavailable when the database goes away."""
        self._warn_of(table.unknown)
        finished = False
        try:
            with rare_collections():
                async for batch in read_ahead(iter(table), BATCH, self._drafted):
                    await self._take(batch)
                    if progress:
                        progress(table.position, table.total)
            finished = True
        finally:
            await self._audit(subject, finished)
        self._report.rejected.sort()
        return self._report

    def _warn_of(self, unknown: Sequence[str]) -> None:
        for heading in unknown:
            self._report.warnings[f"the column {shown(heading)} is not known and was left out"] += 1

    def _drafted(self, row: Row) -> Drafted:
        if row.problem:
            return Drafted(row.number, None, row.problem)
        try:
            return Drafted(row.number, read_case(row.cells, self._latest))
        except BadCell as error:
            return Drafted(row.number, None, str(error))

    async def _take(self, drafted: Sequence[Drafted]) -> None:
        drafts = [each.draft for each in drafted if each.draft]
        batch = Batch(
            await self._known.items(draft.task_code for draft in drafts),
            await self._known.cases(draft.project_no for draft in drafts),
            await self._known.numbers(draft.number for draft in drafts if draft.number),
            self._seen,
        )
        sound = [found for each in drafted if (found := self._sound(each, batch))]
        await self._open([each for each in sound if each.case is None], batch)
        for each in sound:
            if each.case:
                await self._bring_up(each, each.case)

    def _sound(self, each: Drafted, batch: Batch) -> Sound | None:
        problem = batch.problem(each.row, each.draft) if each.draft else each.reason
        if problem or each.draft is None:
            self._report.reject(each.row, problem)
            return None
        return Sound(each.row, each.draft, batch.cases.get(each.draft.project_no))

    async def _open(self, sound: Sequence[Sound], batch: Batch) -> None:
        """Open new cases; when the database won't have them all, by halves, so that the bad row is found alone."""
        if not sound:
            return
        new = [_new(each.draft, batch.items[each.draft.task_code].version_id) for each in sound]
        try:
            ids = await self._cases.open_many(new, self._actor)
        except REFUSED as error:
            await self._open_halves(sound, batch, error)
            return
        self._report.created += len(sound)
        for each, case_id in zip(sound, ids, strict=True):
            self._mark(each, case_id)

    async def _open_halves(self, sound: Sequence[Sound], batch: Batch, error: BaseException) -> None:
        reason = reason_of(error)
        if len(sound) == 1:
            self._report.reject(sound[0].row, reason)
            return
        middle = len(sound) // 2
        await self._open(sound[:middle], batch)
        await self._open(sound[middle:], batch)

    async def _bring_up(self, each: Sound, case: KnownCase) -> None:
        """Move a known case on to where its row says it is, and amend what the row knows better of its applicant."""
        standing, person = changed_standing(case, each.draft), changed_person(case, each.draft)
        try:
            if standing is not None:
                await self._cases.sync(case.number, each.draft.status, self._actor, now(), standing)
            if person:
                await self._cases.amend(case.number, person, self._actor)
        except REFUSED as error:
            self._report.reject(each.row, reason_of(error))
            return
        if standing is not None or person:
            self._report.updated += 1
        else:
            self._report.unchanged += 1
        self._mark(each, case.id)

    def _mark(self, each: Sound, case_id: int) -> None:
        self._seen.put(case_id, each.row)
        if each.draft.warnings:
            self._report.warnings.update(each.draft.warnings)

    async def _audit(self, subject: str, finished: bool) -> None:
        if not self._report.changed:
            return
        await AuditRecord.create(
            at=now(),
            actor=self._actor.name[:100],
            action="import cases",
            subject=subject[:100],
            detail=self._report.counts() | {"finished": finished},
        )


def _new(draft: CaseDraft, version_id: int) -> NewCase:
    return NewCase(
        version_id,
        draft.task_code,
        draft.applicant_name,
        draft.status,
        draft.number,
        draft.project_no,
        _begun(draft),
        draft.person,
        draft.reported,
        draft.reported.get("reason", ""),
    )


def _begun(draft: CaseDraft) -> datetime | None:
    """When the opening event was: the first time told, but a pause can't have begun before the case was accepted."""
    if draft.status == Status.SPECIAL:
        return draft.times["accepted_at"]
    return next(iter(draft.times.values()), None)
