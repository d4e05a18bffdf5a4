"""The audit trail of staff: every action that is no case event, and every look at personal data; append-only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.expressions import Q

from core.database import reading, transaction
from core.local_time import day_start, local, now
from core.lost import away_told
from core.models import AuditRecord

_ACTOR, _ACTION, _SUBJECT = 100, 50, 100
PAGE = 50


@dataclass(frozen=True, slots=True)
class TrailEntry:
    """Who did what to which thing, when, and from where."""

    id: int
    at: datetime
    actor: str
    action: str
    subject: str
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class TrailFilter:
    """What is looked for; empty parts match all. `until` is the last day."""

    actor: str = ""
    action: str = ""
    subject: str = ""
    since: date | None = None
    until: date | None = None


async def note(
    connection: BaseDBAsyncClient | None, actor: str, action: str, subject: str, detail: Mapping[str, Any] | None = None
) -> None:
    """Record an action in its own transaction's connection, so that neither is without the other; None for what is
    no action but a look.
    """
    await AuditRecord.create(
        using_db=connection,
        at=now(),
        actor=actor[:_ACTOR],
        action=action[:_ACTION],
        subject=subject[:_SUBJECT],
        detail=dict(detail or {}),
    )


class Trail:
    """Notes looks, and finds what was noted."""

    async def looked(self, actor: str, subject: str, what: str, origin: str) -> None:
        """Record that somebody saw personal data, before it is shown. Raises Unavailable."""
        with away_told():  # one statement is all or nothing by itself
            await note(None, actor, f"looked at {what}", subject, {"from": origin})

    async def exported(self, actor: str, what: str, rows: int, asked: Mapping[str, str], origin: str) -> None:
        """Record that a list was taken along. Raises Unavailable."""
        async with transaction() as connection:
            await note(connection, actor, "exported", what, {"rows": rows, "filter": dict(asked), "from": origin})

    @reading
    async def found(self, which: TrailFilter, before_id: int | None = None, most: int = PAGE) -> list[TrailEntry]:
        """The newest entries first, `most` at most, those before an entry for a next page."""
        sought = _sought(which)
        if before_id is not None:
            sought &= Q(id__lt=before_id)
        rows = await AuditRecord.filter(sought).order_by("-id").limit(most)
        return [TrailEntry(r.id, local(r.at), r.actor, r.action, r.subject, r.detail) for r in rows]


def _sought(which: TrailFilter) -> Q:
    sought = Q()
    if which.actor:
        sought &= Q(actor=which.actor)
    if which.action:
        sought &= Q(action__contains=which.action)
    if which.subject:
        sought &= Q(subject=which.subject)
    if which.since:
        sought &= Q(at__gte=day_start(which.since))
    if which.until:
        sought &= Q(at__lt=day_start(date.fromordinal(which.until.toordinal() + 1)))
    return sought
