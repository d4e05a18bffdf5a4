"""Notices 公示公告: written by one, approved by another, shown between their days; never changed once approved."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from core.database import Database, reading, transaction
from core.errors import BadRequest, NotFound
from core.exchange.cells import BadCell
from core.exchange.notice_rows import read_notice
from core.local_time import local, now
from core.models import Department, Notice, ServiceItem
from core.naming import may_be
from core.notify.announcing import of_notice
from core.revisions import NOTICES, raise_revision
from core.staff.trail import note

MOST_LISTED = 200


@dataclass(frozen=True, slots=True)
class NoticeLine:
    """A notice as its editors see it."""

    key: str
    kind: str
    title: str
    text: str
    department: str
    task_code: str
    from_day: date
    until_day: date | None
    objection_contact: str
    written_by: str
    approved_by: str
    withdrawn_at: datetime | None

    @property
    def state(self) -> str:
        """draft, waiting for its day, shown, over, or withdrawn."""
        today = now().date()
        if self.withdrawn_at:
            return "withdrawn"
        if not self.approved_by:
            return "draft"
        if today < self.from_day:
            return "waiting"
        return "over" if self.until_day and today > self.until_day else "shown"


class Notices:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def write(self, told: Mapping[str, Any], by: str, key: str = "") -> str:
        """Keep a draft, a new one without a `key`; its key. Raises BadRequest, NotFound; an approved one stands."""
        made = key or f"notice-{secrets.token_hex(6)}"
        try:
            draft = read_notice({**told, "key": made, "approved_by": ""})
        except BadCell as error:
            raise BadRequest(str(error)) from error
        columns = {**draft.columns, "approved_by": "", "written_by": by}
        async with transaction() as connection:
            columns["department_id"] = await _id_of(Department, "name", draft.department, connection)
            columns["item_id"] = await _id_of(ServiceItem, "task_code", draft.task_code, connection)
            if not key:
                await Notice.create(using_db=connection, key=made, **columns)
            else:
                draft_row = Notice.filter(key=key, approved_by="", withdrawn_at=None).using_db(connection)
                if not may_be(Notice, key=key) or not await draft_row.update(**columns):
                    raise NotFound(f"there is no draft {key}")
            await note(connection, by, "notice written", made)
        return made

    async def approve(self, key: str, by: str, name: str) -> None:
        """Publish a draft, and tell whoever follows it. Raises BadRequest for who wrote it, NotFound for no draft."""
        async with transaction() as connection:
            draft = Notice.get_or_none(key=key, approved_by="", withdrawn_at=None, using_db=connection)
            row = await draft if may_be(Notice, key=key) else None
            if row is None:
                raise NotFound(f"there is no draft {key}")
            if row.written_by == by:
                raise BadRequest("a notice is approved by somebody else than its writer", key="own_notice")
            await Notice.filter(id=row.id).using_db(connection).update(approved_by=f"{name} ({by})")
            await note(connection, by, "notice approved", key, {"written_by": row.written_by})
            await of_notice(connection, row, by)
            await raise_revision(connection, NOTICES, postgres=self._database.is_postgres)

    async def withdraw(self, key: str, by: str, reason: str) -> None:
        """Take a notice away, with a reason. Raises BadRequest, NotFound."""
        if not reason.strip():
            raise BadRequest("withdrawing a notice needs a reason", key="no_reason")
        async with transaction() as connection:
            shown = Notice.filter(key=key, withdrawn_at=None).using_db(connection)
            if not may_be(Notice, key=key) or not await shown.update(withdrawn_at=now()):
                raise NotFound(f"there is no notice {key}")
            await note(connection, by, "notice withdrawn", key, {"reason": reason.strip()[:500]})
            await raise_revision(connection, NOTICES, postgres=self._database.is_postgres)

    @reading
    async def listed(self) -> list[NoticeLine]:
        """Drafts and published ones, the latest first."""
        rows = await Notice.all().order_by("-id").limit(MOST_LISTED).select_related("department", "item")
        return [_line(row) for row in rows]

    @reading
    async def one(self, key: str) -> NoticeLine:
        wanted = Notice.get_or_none(key=key).select_related("department", "item")
        row = await wanted if may_be(Notice, key=key) else None
        if row is None:
            raise NotFound(f"there is no notice {key}")
        return _line(row)


def _line(row: Notice) -> NoticeLine:
    return NoticeLine(
        row.key,
        row.kind,
        row.title,
        row.text,
        row.department.name if row.department else "",
        row.item.task_code if row.item else "",
        row.from_day,
        row.until_day,
        row.objection_contact,
        row.written_by,
        row.approved_by,
        local(row.withdrawn_at) if row.withdrawn_at else None,
    )


async def _id_of(model: Any, column: str, value: str, connection: Any) -> int | None:
    if not value:
        return None
    found = await model.get_or_none(**{column: value}, using_db=connection)
    if found is None:
        raise BadRequest(f"{value} is not known", key="not_known", what=value)
    return int(found.id)
