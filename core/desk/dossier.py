"""A case as staff see it: unmasked as far as the work needs it, and never without a note that it was looked at."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.calendar import WorkCalendar
from core.case_store import read_case, read_events
from core.centre import Centre
from core.change_checks import check_named, check_undo
from core.codes import Status
from core.database import Database, reading
from core.desk.files import CaseFiles, FileView
from core.desk.materials import MaterialLine, read_materials
from core.desk.worklist import Colour, act_by_of, colour_of
from core.errors import BadRequest, NotFound
from core.keys import Keys
from core.local_time import local, now
from core.masking import masked_id
from core.models import Case, CaseEvent
from core.staff.trail import Trail
from core.staff.views import Member
from core.transitions import ENDS, RIGHTS, Role, next_statuses

_WHOSE = "SELECT status, department FROM approval_case WHERE number = $1"


@dataclass(frozen=True, slots=True)
class EventLine:
    """One thing that happened to a case."""

    seq: int
    kind: str
    status_to: str
    at: datetime
    actor: str
    channel: str
    reason: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Dossier:
    """A case with all that belongs to it. `moves` are those that the table allows this person now.

    The ID number is masked; `Dossiers.id_number` tells it whole, and notes so.
    """

    id: int
    number: str
    project_no: str
    status: Status
    seq: int
    item: str
    task_code: str
    version_id: int
    item_version: int
    project_type: str
    department: str
    handler: str
    applicant_name: str
    applicant_type: str
    id_type: str
    id_masked: str
    mobile: str
    agent: Mapping[str, str]
    legal_representative: str
    channel: str
    invest_no: str
    applied_at: datetime | None
    accepted_at: datetime | None
    decided_at: datetime | None
    completed_at: datetime | None
    due_at: datetime | None
    due_provisional: bool
    statutory_due_at: datetime | None
    extended: bool
    told: Mapping[str, Any]
    act_by: datetime | None
    colour: Colour
    moves: tuple[Status, ...]
    may_take: bool
    may_undo: bool
    events: tuple[EventLine, ...]
    materials: tuple[MaterialLine, ...]
    files: tuple[FileView, ...]

    @property
    def opinion(self) -> EventLine | None:
        """The latest opinion of a handler."""
        return next((event for event in reversed(self.events) if event.kind == "opinion"), None)


class Dossiers:
    def __init__(self, database: Database, centre: Centre, files: CaseFiles, trail: Trail, keys: Keys) -> None:
        self._database, self._centre, self._files = database, centre, files
        self._trail, self._keys = trail, keys

    async def open(self, number: str, member: Member, origin: str) -> Dossier:
        """A case of the person's department, the look noted first. Raises NotFound."""
        case = await self._case(number, member)
        await self._trail.looked(member.login, case.number, "a case", origin)
        events = await read_events(case.id)
        calendar = (await self._centre.working_time()).calendar
        return _dossier(
            case, events, await read_materials(case.id), await self._files.of(case.id), member, calendar, now()
        )

    async def check(self, number: str, member: Member) -> None:
        """Raises NotFound for a case that `open` does not open for this person. Asked before each change."""
        for row in await self._database.rows(_WHOSE, (number,)):
            _check_theirs(number, row["status"], row["department"], member)
            return
        raise NotFound(f"there is no case {number}")

    async def id_number(self, number: str, member: Member, origin: str) -> str:
        """The applicant's whole ID number, the look noted first. Raises NotFound."""
        case = await self._case(number, member)
        await self._trail.looked(member.login, case.number, "an ID number", origin)
        return case.id_number

    async def pin(self, number: str, member: Member) -> str:
        """The PIN that a receipt of the case bears. Raises NotFound."""
        case = await self._case(number, member)
        return self._keys.pin(case.number, case.pin_version)

    async def token(self, number: str, member: Member) -> str:
        """The token in the QR code of the case's receipt. Raises NotFound."""
        case = await self._case(number, member)
        return self._keys.token(case.id, case.token_version)

    @reading
    async def _case(self, number: str, member: Member) -> Case:
        case = await read_case(number, "version__item")
        _check_theirs(number, case.status, case.department, member)
        return case


def _check_theirs(number: str, status: str, department: str, member: Member) -> None:
    if status == Status.DRAFT:
        raise NotFound(f"there is no case {number}")
    if member.department and department != member.department:
        raise NotFound(f"there is no case {number} in {member.department}")


def _dossier(
    case: Case,
    events: list[CaseEvent],
    materials: tuple[MaterialLine, ...],
    files: tuple[FileView, ...],
    member: Member,
    calendar: WorkCalendar,
    at: datetime,
) -> Dossier:
    status = Status(case.status)
    act_by = act_by_of(status, _moment(case.due_at), _moment(case.applied_at), case.told, calendar)
    return Dossier(
        id=case.id,
        number=case.number,
        project_no=case.project_no,
        status=status,
        seq=case.seq,
        item=case.version.name,
        task_code=case.version.item.task_code,
        version_id=case.version.id,
        item_version=case.version.number,
        project_type=case.version.project_type,
        department=case.department,
        handler=case.handler,
        applicant_name=case.applicant_name,
        applicant_type=case.applicant_type,
        id_type=case.id_type,
        id_masked=masked_id(case.id_number),
        mobile=case.mobile,
        agent=case.agent,
        legal_representative=case.legal_representative,
        channel=case.channel,
        invest_no=case.invest_no,
        applied_at=_moment(case.applied_at),
        accepted_at=_moment(case.accepted_at),
        decided_at=_moment(case.decided_at),
        completed_at=_moment(case.completed_at),
        due_at=_moment(case.due_at),
        due_provisional=case.due_provisional,
        statutory_due_at=_moment(case.statutory_due_at),
        extended=case.extended,
        told=case.told,
        act_by=act_by,
        colour=colour_of(status, act_by, at, calendar),
        moves=_moves(case, member),
        may_take=_may_take(case, member),
        may_undo=_may_undo(case, events, member),
        events=tuple(_event(event) for event in events),
        materials=materials,
        files=files,
    )


def _moves(case: Case, member: Member) -> tuple[Status, ...]:
    """Where this person may bring the case, in the order of the road."""
    if member.post.role is None or not _passes(check_named, case, member.actor):
        return ()
    onward = next_statuses(Status(case.status), case.version.project_type)
    return tuple(status for status in Status if status in onward and member.post.role in RIGHTS[status])


def _may_take(case: Case, member: Member) -> bool:
    role = member.post.role
    if case.status in {*ENDS, Status.COMPLETED} or role not in (Role.HANDLER, Role.HEAD):
        return False
    return not case.handler or role == Role.HEAD or case.handler == member.login


def _may_undo(case: Case, events: list[CaseEvent], member: Member) -> bool:
    if member.post.role is None or not _passes(check_named, case, member.actor):
        return False
    return _passes(check_undo, case, events[-1], member.actor, "asked only")


def _passes(check: Callable[..., None], *what: object) -> bool:
    try:
        check(*what)
    except (BadRequest, NotFound):
        return False
    return True


def _event(row: CaseEvent) -> EventLine:
    return EventLine(row.seq, row.kind, row.status_to, local(row.at), row.actor, row.channel, row.reason, row.data)


def _moment(value: datetime | None) -> datetime | None:
    return local(value) if value else None
