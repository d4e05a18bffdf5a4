"""What the public board tells of a day: cases taken in and finished, masked, with the figures, notices and promises."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from core.codes import TaskState
from core.database import Database, reading
from core.legal_clock import Limit, Unit
from core.local_time import day_end, day_start, local
from core.masking import masked_name
from core.models import Case, ItemVersion

MOST_CASES, MOST_PROMISES = 60, 40
TAIL = 4
_SHOWN = (
    *("number", "applicant_name", "applicant_type"),
    *("version__name", "version__name_en", "version__department__name", "version__department__name_en"),
)
_STATE = """
SELECT (SELECT MAX(id) FROM case_event) AS event,
       (SELECT value FROM revision WHERE name = 'catalogue') AS catalogue,
       (SELECT value FROM revision WHERE name = 'notices') AS notices
"""


@dataclass(frozen=True, slots=True)
class BoardCase:
    """A case of the day: `tail` are the last digits of its number, by which its owner knows it."""

    tail: str
    applicant: str
    item: str
    item_en: str
    department: str
    department_en: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Promise:
    """An item and the limit that the centre promises, with the one the law sets."""

    item: str
    item_en: str
    department: str
    promised: Limit
    statutory: Limit | None


@dataclass(frozen=True, slots=True)
class Day:
    """One day's cases, newest first, and how many there were in all."""

    day: date
    accepted: tuple[BoardCase, ...]
    finished: tuple[BoardCase, ...]
    accepted_total: int
    finished_total: int


class Board:
    """Reads what may be shown to everybody."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def state(self) -> str:
        """A text that changes when there is anything new to show; one quick look."""
        row = (await self._database.rows(_STATE, ()))[0]
        return f"{row['event']}-{row['catalogue']}-{row['notices']}"

    async def day(self, day: date, department: str = "", words: str = "", most: int = MOST_CASES) -> Day:
        """The cases of a day, of one department or all; `words` are sought in the items' names."""
        accepted, accepted_total = await _cases("accepted_at", day, department, words, most)
        finished, finished_total = await _cases("completed_at", day, department, words, most)
        return Day(day, accepted, finished, accepted_total, finished_total)

    @reading
    async def promises(self, department: str = "") -> tuple[Promise, ...]:
        """Items with a promised limit, as many as a board can show in a while."""
        of = {"department__name": department} if department else {}
        versions = (
            await ItemVersion.filter(promise_days__gt=0, **of)
            .exclude(item__task_state=TaskState.CANCELLED)
            .select_related("item", "department")
            .order_by("id")
            .limit(MOST_PROMISES * 2)
        )
        in_force = [version for version in versions if version.number == version.item.version]
        return tuple(map(_promise, in_force[:MOST_PROMISES]))


@reading
async def _cases(column: str, day: date, department: str, words: str, most: int) -> tuple[tuple[BoardCase, ...], int]:
    wanted: dict[str, Any] = {f"{column}__gte": day_start(day), f"{column}__lte": day_end(day)}
    if department:
        wanted["version__department__name"] = department
    if words:
        wanted["version__name__icontains"] = words
    found = Case.filter(**wanted)
    # Boards are drawn anew at every step of any case: the columns alone, since making models of all costs far more.
    rows = await found.order_by(f"-{column}", "-id").limit(most).values_list(column, *_SHOWN)
    return tuple(map(_case, rows)), await found.count()


def _case(row: tuple[Any, ...]) -> BoardCase:
    at, number, applicant, applicant_type, item, item_en, department, department_en = row
    shown = masked_name(applicant, applicant_type)
    return BoardCase(number[-TAIL:], shown, item, item_en, department, department_en, local(at))


def _promise(version: ItemVersion) -> Promise:
    assert version.promise_days is not None  # noqa: S101  (asked for)
    promised = Limit(version.promise_days, Unit(version.promise_unit or Unit.WORKING_DAYS))
    statutory = version.anticipate_days and Limit(
        version.anticipate_days, Unit(version.anticipate_unit or Unit.WORKING_DAYS)
    )
    return Promise(version.name, version.name_en, version.department.name, promised, statutory or None)
