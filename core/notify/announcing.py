"""Announcements to everybody who follows an item, a department or the centre: counted first, paused at will."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.expressions import Q

from core.database import Database, reading, transaction
from core.errors import BadRequest, Conflict, NotFound
from core.local_time import day_start, local, now
from core.models import Announcement, Department, Notice, Notification, ServiceItem, Subscription
from core.naming import may_be
from core.notify.addresses import is_mail
from core.notify.consent import ALL, Way, about_department, about_item, opted_out
from core.notify.outbox import Matter, Outbox
from core.notify.recipients import Recipient
from core.notify.states import Kind, Purpose
from core.notify.templates import Templates
from core.notify.words import MOST_CHARS
from core.staff.trail import note

DRAFT, RUNNING, PAUSED, DONE = "draft", "running", "paused", "done"
AT_ONCE = 100
MOST_OF_NOTICE = 120
_COUNT_AT_ONCE = 1000
# Looked at every second: a tenth of what it costs to read announcements with what they are about.
_ANY_RUNNING = "SELECT 1 AS one FROM announcement WHERE state = $1 AND released_at <= $2 LIMIT 1"


@dataclass(frozen=True, slots=True)
class AnnouncementView:
    """An announcement, whom it is for (an item, a department or, both empty, all), and how far it has come."""

    id: int
    title: str
    text_zh: str
    text_en: str
    task_code: str
    department: str
    urgent: bool
    state: str
    written_by: str
    released_by: str
    at: datetime
    done_at: datetime | None
    written: int
    told: int
    failed: int


@dataclass(frozen=True, slots=True)
class DryRun:
    """What an announcement would send: to how many people, in how many messages and, as texts, segments."""

    recipients: int
    messages: int
    segments: int
    refused: int


class Announcements:
    """Written by one person, released by another."""

    def __init__(self, outbox: Outbox, templates: Templates) -> None:
        self._outbox, self._templates = outbox, templates

    async def write(self, told: Mapping[str, str], by: str) -> int:
        """Keep a draft: `title`, `text_zh`, `text_en`, `task_code`, `department`, `urgent`. Raises BadRequest."""
        title, text = told.get("title", "").strip(), told.get("text_zh", "").strip()
        texts = (text, told.get("text_en", "").strip())
        if not title or not text or any(len(one) > MOST_CHARS for one in texts) or len(title) > 100:
            raise BadRequest("an announcement has a title and a text", key="announcement", most=MOST_CHARS)
        item, department = await _scope(told.get("task_code", "").strip(), told.get("department", "").strip())
        async with transaction() as connection:
            row = await Announcement.create(
                using_db=connection,
                title=title,
                text_zh=text,
                text_en=texts[1],
                item_id=item,
                department_id=department,
                urgent=bool(told.get("urgent")),
                written_by=by,
                at=now(),
            )
            await note(connection, by, "announcement written", str(row.id), {"title": title})
        return row.id

    async def dry_run(self, announcement_id: int) -> DryRun:
        """Count, and send nothing. Raises NotFound."""
        row = await _read(announcement_id)
        people: set[str] = set()
        messages = segments = refused = last = 0
        await self._outbox.ready()
        while following := await _following(row, last, _COUNT_AT_ONCE):
            last = following[-1].id
            ladder = self._outbox.ladder
            reached = [(one, ladder[one.place].kind) for one in following if one.place in ladder]
            out = await _out((one.address, kind) for one, kind in reached)
            for one, kind in reached:
                name = f"{one.place}:{one.address}"
                if name in people:
                    continue
                people.add(name)
                if (one.address, kind) in out:
                    refused += 1
                    continue
                worded = await self._templates.word(
                    "announcement", kind, Purpose.ANNOUNCEMENT, one.language, _facts(row)
                )
                messages += 1
                segments += worded.segments if kind == Kind.TEXT else 0
        return DryRun(len(people), messages, segments, refused)

    async def change(self, announcement_id: int, what: str, by: str) -> None:
        """`release`, `pause` or `resume` it. Raises NotFound, Conflict, and BadRequest for one's own draft."""
        row = await _read(announcement_id)
        if what == "release" and row.written_by == by:
            raise BadRequest("somebody else releases what one wrote", key="own_announcement")
        steps = {"release": (DRAFT, RUNNING), "pause": (RUNNING, PAUSED), "resume": (PAUSED, RUNNING)}
        if what not in steps:
            raise BadRequest("an announcement is released, paused or resumed")
        before, after = steps[what]
        async with transaction() as connection:
            mine = Announcement.filter(id=announcement_id, state=before).using_db(connection)
            more = {"released_by": by, "released_at": now()} if what == "release" else {}
            if not await mine.update(state=after, **more):
                raise Conflict(f"announcement {announcement_id} is {row.state}")
            await note(connection, by, f"announcement {what}d", str(announcement_id))
        self._outbox.bell.ring()

    @reading
    async def listed(self, most: int = 50) -> list[AnnouncementView]:
        """The newest first, with how many were written, told and given up."""
        rows = await Announcement.all().order_by("-id").limit(most).select_related("item", "department")
        counted = [await _progress(row.id) for row in rows]
        return [_view(row, *counts) for row, counts in zip(rows, counted, strict=True)]


class Announcer:
    """Writes the messages of running announcements, a batch at a time: stopped anywhere, it goes on from there."""

    def __init__(self, database: Database, outbox: Outbox) -> None:
        self._database, self._outbox = database, outbox

    async def advance(self) -> int:
        """Write the next batch of each; how many subscriptions were gone through. Raises Unavailable."""
        done, at = 0, now()
        for row in await _running(at) if await self._database.rows(_ANY_RUNNING, (RUNNING, at)) else ():
            done += await self._advance(row)
        return done

    async def _advance(self, row: Announcement) -> int:
        # A notice that was withdrawn, or is over before anybody was told of it, is told to nobody.
        gone = row.notice is not None and (row.notice.withdrawn_at is not None or _is_over(row.notice))
        following = [] if gone else await _following(row, row.cursor, AT_ONCE)
        cursor = following[-1].id if following else row.cursor
        await self._outbox.ready()
        async with transaction() as connection:
            # Of several workers one goes on; and a pause counts from the next batch on.
            here = Announcement.filter(id=row.id, cursor=row.cursor, state=RUNNING).using_db(connection)
            over = {} if following else {"state": DONE, "done_at": now()}
            if not await here.update(cursor=cursor, **over):
                return 0
            told = Matter(
                f"announcement:{row.id}",
                "announcement",
                Purpose.ANNOUNCEMENT,
                _facts(row),
                announcement_id=row.id,
                urgent=row.urgent,
            )
            await self._outbox.write(connection, told, [self._recipient(one) for one in following])
        return len(following)

    def _recipient(self, one: Subscription) -> Recipient:
        if is_mail(one.address):
            return self._outbox.recipients.by_mail(one.place, one.address, one.language)
        number = one.address if one.address.startswith("+") else ""
        chats = {} if number else {one.place: one.address}
        return Recipient(f"{one.place}:{one.address}", number, chats, one.language)


async def of_notice(connection: BaseDBAsyncClient, notice: Notice, by: str) -> None:
    """A notice that is approved is told to who follows its item or department: part of the approval's transaction.

    One that begins later is announced on its first day. What is longer than a message is told by its title.
    """
    at = now()
    text = notice.text if len(notice.text) <= MOST_OF_NOTICE else f"{notice.text[: MOST_OF_NOTICE - 1]}…"
    await Announcement.get_or_create(
        using_db=connection,
        notice_id=notice.id,
        defaults={
            "title": notice.title[:100],
            "text_zh": f"{notice.title}：{text}",
            "item_id": notice.item_id,  # type: ignore[attr-defined]
            "department_id": notice.department_id,  # type: ignore[attr-defined]
            "state": RUNNING,
            "written_by": notice.written_by[:32],
            "released_by": by[:32],
            "at": at,
            "released_at": max(at, day_start(notice.from_day)),
        },
    )


def _is_over(notice: Notice) -> bool:
    return notice.until_day is not None and notice.until_day < now().date()


def _facts(row: Announcement) -> dict[str, Any]:
    return {"text": {"zh": row.text_zh, "en": row.text_en or row.text_zh}}


@reading
async def _scope(task_code: str, department: str) -> tuple[int | None, int | None]:
    known = may_be(ServiceItem, task_code=task_code) and may_be(Department, name=department)
    item = await ServiceItem.get_or_none(task_code=task_code) if known and task_code else None
    of = await Department.filter(name=department).first() if known and department else None
    if (task_code and item is None) or (department and of is None):
        raise BadRequest("there is no such item or department", key="no_such_scope")
    return item.id if item else None, of.id if of and not item else None


@reading
async def _read(announcement_id: int) -> Announcement:
    row = await Announcement.get_or_none(id=announcement_id).select_related("item", "department")
    if row is None:
        raise NotFound(f"there is no announcement {announcement_id}")
    return row


@reading
async def _out(ways: Iterable[Way]) -> set[Way]:
    return await opted_out(ways, Purpose.ANNOUNCEMENT)


@reading
async def _running(at: datetime) -> list[Announcement]:
    begun = Announcement.filter(state=RUNNING, released_at__lte=at)
    return await begun.order_by("id").select_related("item", "department", "notice")


@reading
async def _following(row: Announcement, after: int, most: int) -> Sequence[Subscription]:
    sought = Q(topic=ALL)
    if row.item is not None:
        sought |= Q(topic=about_item(row.item.task_code))
        if row.department is not None:
            sought |= Q(topic=about_department(row.department.name))
    elif row.department is not None:
        sought |= Q(topic=about_department(row.department.name))
    else:
        sought |= Q(topic__startswith="item:") | Q(topic__startswith="department:")
    return await Subscription.filter(sought, id__gt=after).order_by("id").limit(most)


@reading
async def _progress(announcement_id: int) -> tuple[int, int, int]:
    of = Notification.filter(announcement_id=announcement_id)
    told = await of.filter(state="told").count()
    failed = await of.filter(state__in=["failed", "stopped"]).count()
    return await of.count(), told, failed


def _view(row: Announcement, written: int, told: int, failed: int) -> AnnouncementView:
    return AnnouncementView(
        row.id,
        row.title,
        row.text_zh,
        row.text_en,
        row.item.task_code if row.item else "",
        row.department.name if row.department else "",
        row.urgent,
        row.state,
        row.written_by,
        row.released_by,
        local(row.at),
        local(row.done_at) if row.done_at else None,
        written,
        told,
        failed,
    )
