"""The way of every list whose rows are written whole: a batch a transaction, a bad row alone, the audit at the end."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Generic, NamedTuple, Protocol, TypeVar

from tortoise.backends.base.client import BaseDBAsyncClient

from core.database import Database, transaction
from core.exchange.batches import rare_collections, read_ahead
from core.exchange.cells import BadCell
from core.exchange.columns import Columns
from core.exchange.refusals import REFUSED, reason_of
from core.exchange.report import Progress, Report
from core.exchange.rows import Row, Table
from core.local_time import now
from core.models import AuditRecord

BATCH = 500


class Draft(Protocol):
    """What a row says, checked as far as that goes without the database."""

    @property
    def key(self) -> str: ...

    @property
    def warnings(self) -> Sequence[str]: ...


AnyDraft = TypeVar("AnyDraft", bound=Draft)


class Drafted(NamedTuple, Generic[AnyDraft]):
    """A row and the draft it gave, or why it gave none."""

    row: int
    draft: AnyDraft | None
    reason: str = ""


class ListImport(ABC, Generic[AnyDraft]):
    """One import of a list. `actor_name` is who the audit names."""

    what: ClassVar[str]
    columns: ClassVar[Columns]
    key: ClassVar[str]

    def __init__(self, database: Database, actor_name: str) -> None:
        self._database, self._actor_name = database, actor_name
        self._row_of: dict[str, int] = {}
        self._report = Report()

    @abstractmethod
    def read(self, cells: Mapping[str, Any]) -> AnyDraft:
        """The draft of a row. Raises BadCell."""

    @abstractmethod
    async def write(self, connection: BaseDBAsyncClient, drafts: Sequence[AnyDraft]) -> Counter[str]:
        """Bring drafts in; how many were `created`, `updated` and `unchanged`. Raises BadRequest for a draft that the
        database speaks against.
        """

    async def run(self, table: Table, subject: str, progress: Progress | None = None) -> Report:
        """Take all rows, a batch a transaction. Raises Unavailable when the database goes away meanwhile."""
        finished = False
        try:
            with rare_collections():
                async for batch in read_ahead(iter(table), BATCH, self._drafted):
                    await self._take(self._sound(batch))
                    if progress:
                        progress(table.position, table.total)
            finished = True
        finally:
            await self._audit(subject, finished)
        self._report.rejected.sort()
        return self._report

    def _drafted(self, row: Row) -> Drafted[AnyDraft]:
        if row.problem:
            return Drafted(row.number, None, row.problem)
        try:
            return Drafted(row.number, self.read(row.cells))
        except BadCell as error:
            return Drafted(row.number, None, str(error))

    def _sound(self, batch: Sequence[Drafted[AnyDraft]]) -> list[Drafted[AnyDraft]]:
        return [each for each in batch if self._is_sound(each)]

    def _is_sound(self, each: Drafted[AnyDraft]) -> bool:
        if each.draft is None:
            self._report.reject(each.row, each.reason)
            return False
        first = self._row_of.setdefault(each.draft.key, each.row)
        if first != each.row:
            self._report.reject(each.row, f"{self.columns.label(self.key)} is the same as in row {first}")
            return False
        return True

    async def _take(self, batch: Sequence[Drafted[AnyDraft]]) -> None:
        """Write a batch; when the database won't have it, its halves, so that the bad row is found alone."""
        if not batch:
            return
        try:
            async with transaction() as connection:
                counts = await self.write(connection, [each.draft for each in batch if each.draft])
        except REFUSED as error:
            reason = reason_of(error)
            if len(batch) == 1:
                self._report.reject(batch[0].row, reason)
                return
            middle = len(batch) // 2
            await self._take(batch[:middle])
            await self._take(batch[middle:])
        else:
            self._count(batch, counts)

    def _count(self, batch: Sequence[Drafted[AnyDraft]], counts: Counter[str]) -> None:
        self._report.created += counts["created"]
        self._report.updated += counts["updated"]
        self._report.unchanged += counts["unchanged"]
        for each in batch:
            self._report.warnings.update(each.draft.warnings if each.draft else ())

    async def _audit(self, subject: str, finished: bool) -> None:
        if not self._report.changed:
            return
        async with transaction() as connection:
            await AuditRecord.create(
                using_db=connection,
                at=now(),
                actor=self._actor_name[:100],
                action=f"import {self.what}",
                subject=subject[:100],
                detail=self._report.counts() | {"finished": finished},
            )
