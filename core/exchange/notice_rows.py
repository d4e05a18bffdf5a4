"""Reads one row of a list of notices into a checked draft. Source: the notice of the domain reference."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from core.codes import NoticeKind
from core.exchange.cells import BadCell, code_list, moment
from core.exchange.columns import NOTICES
from core.exchange.fields import Fields, one_of, optional, read_fields, required, required_code

KINDS = code_list(f"{NoticeKind.PUBLICITY.value} 公示|{NoticeKind.ANNOUNCEMENT.value} 公告 通知")
NOT_APPROVED = "nobody has approved the notice: it is kept and not shown"


@dataclass(frozen=True, slots=True)
class NoticeDraft:
    """A notice as a list tells it: `columns` are those of Notice, the department and the item by name and code."""

    key: str
    department: str
    task_code: str
    columns: Mapping[str, Any]

    @property
    def warnings(self) -> tuple[str, ...]:
        return () if self.columns["approved_by"] else (NOT_APPROVED,)


def read_notice(cells: Mapping[str, Any]) -> NoticeDraft:
    """The draft of a row. Raises BadCell with the column and the reason."""
    columns = read_fields(cells, _NOTICE, NOTICES)
    head = read_fields(cells, _HEAD, NOTICES)
    _check(columns)
    return NoticeDraft(**head, columns=columns)


def _check(columns: Mapping[str, Any]) -> None:
    from_day, until_day = columns["from_day"], columns["until_day"]
    if until_day and until_day < from_day:
        raise BadCell(f"{NOTICES.label('until_day')} is before {NOTICES.label('from_day')}")
    if columns["kind"] == NoticeKind.PUBLICITY and not (until_day and columns["objection_contact"]):
        needed = " and ".join(map(NOTICES.label, ("until_day", "objection_contact")))
        raise BadCell(f"a 公示 needs {needed}, so that whoever objects knows until when and where")


def _kind(value: Any) -> str:
    if found := one_of(KINDS)(value):
        return found
    raise BadCell("is empty")


def _day(value: Any) -> date:
    if (found := moment(value)) is None:
        raise BadCell("is empty")
    return found.date()


def _day_or_none(value: Any) -> date | None:
    found = moment(value)
    return found.date() if found else None


_HEAD: Fields = {"key": required_code(64), "department": optional(100), "task_code": optional(64)}
_NOTICE: Fields = {
    "kind": _kind,
    "title": required(300),
    "text": required(),
    "from_day": _day,
    "until_day": _day_or_none,
    "objection_contact": optional(300),
    "approved_by": optional(100),
}
