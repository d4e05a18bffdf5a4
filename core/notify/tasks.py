"""Tasks for the desk: whom no channel reached, somebody of the centre tells, and notes how it went."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.database import reading, transaction
from core.errors import BadRequest, Conflict, NotFound
from core.language import Language
from core.local_time import local, now
from core.models import DeskTask, Notification
from core.notify.outbox import FAILED
from core.notify.queue import Queue
from core.notify.states import Kind
from core.notify.words import filled
from core.staff.trail import note

REACHED, NOT_REACHED, SPARED = "reached", "not_reached", "spared"
_PAGE = 100


@dataclass(frozen=True, slots=True)
class TaskView:
    """What a person is to be told, of which case; `words` are those of the notice."""

    id: int
    case: str
    item: str
    event: str
    words: str
    department: str
    at: datetime
    done_at: datetime | None
    done_by: str
    outcome: str
    remark: str


class DeskTasks:
    def __init__(self, queue: Queue) -> None:
        self._queue = queue

    @reading
    async def listed(self, language: Language, department: str = "", *, done: bool = False) -> list[TaskView]:
        """Open ones, the oldest first, or those done of late; of one department or of all."""
        sought = DeskTask.filter(done_at__isnull=not done)
        if department:
            sought = sought.filter(department=department)
        rows = sought.order_by("-done_at" if done else "id").limit(_PAGE)
        related = rows.select_related("notification", "notification__case", "notification__case__version")
        return [_view(row, language) for row in await related]

    @reading
    async def waiting(self, department: str = "") -> int:
        sought = DeskTask.filter(done_at=None)
        return await (sought.filter(department=department) if department else sought).count()

    async def done(self, task_id: int, outcome: str, remark: str, by: str, department: str = "") -> None:
        """Note how it went: the person was `reached`, or `not_reached` with a remark why.

        Raises NotFound, Conflict for one that is done, BadRequest without a remark where one is needed.
        """
        if outcome not in (REACHED, NOT_REACHED) or (outcome == NOT_REACHED and not remark.strip()):
            raise BadRequest("how it went is to be said, and why nobody was reached", key="task_outcome")
        async with transaction() as connection:
            row = await DeskTask.get_or_none(id=task_id, using_db=connection)
            if row is None or (department and row.department != department):
                raise NotFound(f"there is no task {task_id}")
            at = now()
            open_one = DeskTask.filter(id=task_id, done_at=None).using_db(connection)
            if not await open_one.update(done_at=at, done_by=by, outcome=outcome, remark=remark.strip()[:300]):
                raise Conflict(f"task {task_id} is done already")
            told = row.notification_id  # type: ignore[attr-defined]
            if outcome == REACHED:
                await self._queue.close(connection, [told], at)
            else:
                failed = Notification.filter(id=told, state="open").using_db(connection)
                await failed.update(state=FAILED, closed_at=at, look_at=None)
            await note(connection, by, f"task {outcome}", str(task_id))


def _view(row: DeskTask, language: Language) -> TaskView:
    told = row.notification
    words = filled(language.text(f"notify.{told.kind}"), told.facts, Kind.CHAT, language) if told.facts else ""
    return TaskView(
        row.id,
        told.case.number if told.case else "",
        told.case.version.name if told.case else "",
        told.kind,
        words,
        row.department,
        local(row.at),
        local(row.done_at) if row.done_at else None,
        row.done_by,
        row.outcome,
        row.remark,
    )
