"""What waits for whom, soonest first: read page by page from partial indexes, however many cases there are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

import orjson

from core.calendar import WorkCalendar
from core.centre import Centre
from core.codes import Status
from core.database import Database
from core.legal_clock import CORRECTION_NOTICE
from core.local_time import day_end, kept_if_any, moment, now
from core.staff.views import Member

PAGE = 30
MOST_FOUND = 50
_WAITING = "c.status IN ('submitted', 'pre_passed', 'pre_returned', 'received', 'correction')"
_RUNNING = "c.status IN ('accepted', 'reviewing', 'special', 'transferred', 'decided')"
_DONE = "c.status IN ('completed')"
_ROW = """
SELECT c.id, c.number, c.project_no, c.status, c.applicant_name, c.applicant_type, c.department, c.handler,
       c.applied_at, c.due_at, c.due_provisional, c.completed_at, c.told, v.name AS item
FROM approval_case c JOIN item_version v ON v.id = c.version_id
"""


class Tab(StrEnum):
    """待受理, 办理中, 待送达, and what one has taken oneself."""

    WAITING = "waiting"
    RUNNING = "running"
    MINE = "mine"
    DONE = "done"


# Which cases, by which moment they are ordered, and whether the latest comes first.
_TABS: Mapping[Tab, tuple[str, str, bool]] = {
    Tab.WAITING: (_WAITING, "applied_at", False),
    Tab.RUNNING: (_RUNNING, "due_at", False),
    Tab.MINE: (f"c.handler <> '' AND {_RUNNING}", "due_at", False),
    Tab.DONE: (_DONE, "completed_at", True),
}


class Colour(StrEnum):
    """How a case's clock stands. Source: the centre's rules on warnings 红黄牌."""

    NONE = "none"
    GREEN = "green"
    SOON = "soon"
    LATE = "late"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Line:
    """A case in a list; `act_by` is when the next step is due at the latest, None where no limit runs."""

    id: int
    number: str
    project_no: str
    status: Status
    item: str
    applicant: str
    department: str
    handler: str
    applied_at: datetime | None
    act_by: datetime | None
    provisional: bool
    days_left: int | None
    colour: Colour


@dataclass(frozen=True, slots=True)
class Page:
    """Some lines, and after which to go on, empty at the end."""

    lines: tuple[Line, ...]
    next: str


class Worklist:
    """Lists for a member of staff, who sees the cases of the own department, or of all when bound to none."""

    def __init__(self, database: Database, centre: Centre) -> None:
        self._database, self._centre = database, centre

    async def page(self, member: Member, tab: Tab, after: str = "", most: int = PAGE) -> Page:
        """A page of a tab; `after` is what the page before told as its next. Raises Unavailable."""
        where, column, latest_first = _TABS[tab]
        rows: list[Any] = []
        dateless, at, last_id = _place(after)
        if not dateless:
            rows += await self._rows(member, tab, where, column, latest_first, (at, last_id), most + 1)
        if len(rows) <= most:
            last_id = last_id if dateless else 0
            rows += await self._dateless(member, tab, where, column, last_id, most + 1 - len(rows))
        lines = await self._lines(rows[:most])
        return Page(lines, _after(rows[most - 1], column) if len(rows) > most else "")

    async def all(self, member: Member, tab: Tab, most: int) -> list[Line]:
        """The whole of a tab, `most` lines of it at most."""
        found: list[Line] = []
        after = ""
        while len(found) < most:
            page = await self.page(member, tab, after, min(500, most - len(found)))
            found += page.lines
            after = page.next
            if not after:
                break
        return found

    async def _rows(
        self,
        member: Member,
        tab: Tab,
        where: str,
        column: str,
        latest_first: bool,
        after: tuple[datetime | None, int],
        most: int,
    ) -> list[Any]:
        sign, order = ("<", "DESC") if latest_first else (">", "ASC")
        whose, values = self._whose(member, tab)
        at, last_id = after
        onward = ""
        if at:
            onward = f"AND (c.{column}, c.id) {sign} (${len(values) + 1}, ${len(values) + 2})"
            values += [at, last_id]
        sql = f"""{_ROW} WHERE {where} {whose} AND c.{column} IS NOT NULL {onward}
        ORDER BY c.{column} {order}, c.id {order} LIMIT ${len(values) + 1}"""
        return list(await self._database.rows(sql, [*values, most]))

    async def _dateless(self, member: Member, tab: Tab, where: str, column: str, last_id: int, most: int) -> list[Any]:
        """Those without a limit come after all others."""
        whose, values = self._whose(member, tab)
        n = len(values)
        sql = f"""{_ROW} WHERE {where} {whose} AND c.{column} IS NULL AND c.id > ${n + 1}
        ORDER BY c.id LIMIT ${n + 2}"""
        return list(await self._database.rows(sql, [*values, last_id, most]))

    def _whose(self, member: Member, tab: Tab) -> tuple[str, list[Any]]:
        if tab is Tab.MINE:
            return "AND c.handler = $1", [member.login]
        return ("AND c.department = $1", [member.department]) if member.department else ("", [])

    async def find(self, member: Member, sought: str) -> tuple[Line, ...]:
        """Cases by query number, project number, ID number, telephone or applicant's whole name, newest first."""
        sought = sought.strip()
        whose = "AND c.department = $2" if member.department else ""
        values = [sought, member.department] if member.department else [sought]
        # One index each: an OR over five columns would have some databases look through all.
        parts = (
            "c.number = $1",
            "c.project_no = $1",
            "c.id_number = $1 AND c.id_number <> ''",
            "c.mobile = $1 AND c.mobile <> ''",
            "c.applicant_name = $1",
        )
        found: dict[int, Any] = {}
        for part in parts:
            sql = f"{_ROW} WHERE {part} AND c.status <> 'draft' {whose} ORDER BY c.id DESC LIMIT {MOST_FOUND}"
            found |= {row["id"]: row for row in await self._database.rows(sql, values)}
        newest = [found[id_] for id_ in sorted(found, reverse=True)][:MOST_FOUND]
        return await self._lines(newest)

    async def _lines(self, rows: list[Any]) -> tuple[Line, ...]:
        calendar = (await self._centre.working_time()).calendar
        at = now()
        return tuple(_line(row, calendar, at) for row in rows)


def _line(row: Any, calendar: WorkCalendar, at: datetime) -> Line:
    status = Status(row["status"])
    due_at, applied_at = kept_if_any(row["due_at"]), kept_if_any(row["applied_at"])
    act_by = act_by_of(status, due_at, applied_at, orjson.loads(row["told"]), calendar)
    return Line(
        id=row["id"],
        number=row["number"],
        project_no=row["project_no"],
        status=status,
        item=row["item"],
        applicant=row["applicant_name"],
        department=row["department"],
        handler=row["handler"],
        applied_at=applied_at,
        act_by=act_by,
        provisional=bool(row["due_provisional"]),
        days_left=calendar.workdays_between(at.date(), act_by.date()) if act_by else None,
        colour=colour_of(status, act_by, at, calendar),
    )


def act_by_of(
    status: Status,
    due_at: datetime | None,
    applied_at: datetime | None,
    told: Mapping[str, Any],
    calendar: WorkCalendar,
) -> datetime | None:
    """By when somebody must act: the one complete list within five working days, the correction by its last day, a
    decision by the due day.
    """
    if status in (Status.SUBMITTED, Status.RECEIVED) and applied_at:
        return day_end(calendar.add_workdays(applied_at.date(), CORRECTION_NOTICE))
    if status in (Status.CORRECTION, Status.PRE_RETURNED):
        return moment(told["amend_until"]) if told.get("amend_until") else None
    running = (Status.ACCEPTED, Status.REVIEWING, Status.SPECIAL, Status.TRANSFERRED, Status.DECIDED)
    return due_at if status in running else None


def colour_of(status: Status, act_by: datetime | None, at: datetime, calendar: WorkCalendar) -> Colour:
    """Red once it is late, amber on the last working day before, grey while the clock is stopped."""
    if status == Status.SPECIAL:
        return Colour.STOPPED
    if act_by is None:
        return Colour.NONE
    if at > act_by:
        return Colour.LATE
    near = act_by - at < timedelta(days=1) or calendar.workdays_between(at.date(), act_by.date()) <= 1
    return Colour.SOON if near else Colour.GREEN


def _place(after: str) -> tuple[bool, datetime | None, int]:
    """Where a page begins, from its text: whether among those without a date, the moment, and the id."""
    key, _, last = after.rpartition("_")
    try:
        at = None if key == "none" else moment(key)
        if at:
            at.astimezone(UTC)  # as a database reads it: there are days here that are none there
        return at is None, at, int(last[:18])
    except (ValueError, OverflowError):
        return False, None, 0


def _after(row: Any, column: str) -> str:
    at = kept_if_any(row[column])
    return f"{at.isoformat() if at else 'none'}_{row['id']}"
