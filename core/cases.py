"""The only place that changes a case: each change asks the table and the right, and is one event in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import date, datetime
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.expressions import Q

from core import case_state
from core.case_bulk import BulkOpening
from core.case_state import CaseState, Event, Rules, derived
from core.centre import Centre, WorkingTime
from core.change_checks import check_move, check_person, check_right, check_time, check_told, named
from core.codes import Status
from core.database import Database, reading, transaction
from core.errors import BadRequest, Conflict, NotFound
from core.legal_clock import PERMIT_EXTENSION, Limit, Unit
from core.local_time import day_start, local, now
from core.models import Case, CaseEvent, ItemVersion, ServiceItem
from core.numbers import SERIALS_A_DAY, query_number
from core.transitions import BEFORE_DECIDED, ENDS, MAY_EXTEND, OPENING, Role, reachable

PROJECT_NO_CHARS = 50
_SERIAL = (
    "INSERT INTO case_serial (day, last_serial) VALUES ($1, $2) ON CONFLICT (day) "
    "DO UPDATE SET last_serial = case_serial.last_serial + $2 RETURNING last_serial"
)
AT_A_TIME = 500
_DERIVED = tuple(f.name for f in fields(CaseState))


@dataclass(frozen=True, slots=True)
class Actor:
    """Who changes a case: the person's name, in what role, for which department, through which channel."""

    name: str
    role: Role
    department: str = ""
    channel: str = "desk"


@dataclass(frozen=True, slots=True)
class NewCase:
    """A case to be opened. `number` and `project_no` are made when absent; `times` and `result` come with lists."""

    version_id: int
    task_code: str
    applicant_name: str
    status: Status = Status.RECEIVED
    number: str = ""
    project_no: str = ""
    at: datetime | None = None
    person: Mapping[str, str] = field(default_factory=dict)
    reported: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""


class Cases:
    """Opens and changes cases. Every refusal is told: BadRequest what is not allowed, Conflict who was first."""

    def __init__(self, database: Database, centre: Centre) -> None:
        self._database, self._centre = database, centre
        self._bulk = BulkOpening(postgres=database.is_postgres)

    async def open(self, new: NewCase, actor: Actor) -> Case:
        """Take a case in at a counter or from a citizen. Raises BadRequest for a status no case begins with."""
        if new.status not in OPENING:
            raise BadRequest(f"a case does not begin as {new.status}")
        check_right(actor.role, new.status)
        check_time(new.at)
        # Read before the transaction: within one, SQLite would have the first reading wait for its end.
        await self._centre.working_time()
        async with transaction() as connection:
            return await self.write_opened(connection, new, actor)

    async def write_opened(self, connection: BaseDBAsyncClient, new: NewCase, actor: Actor) -> Case:
        """Open a case inside a transaction; `new` may stand anywhere, as a department's list reports it."""
        version = await ItemVersion.get(id=new.version_id, using_db=connection)
        rules = rules_of(version, await self._centre.working_time())
        at = new.at or now()
        number, project_no = await self._numbered(connection, new, at)
        event = opening(new, at, actor)
        state = derived(CaseState(), event, rules)
        case = Case(
            number=number,
            project_no=project_no,
            version_id=new.version_id,
            applicant_name=new.applicant_name,
            channel=actor.channel,
            updated_at=now(),
            **{"department": actor.department, "project_name": version.name[:500], **new.person},
            **_columns(state),
        )
        await case.save(using_db=connection)
        await _append(connection, case.id, state, event, "")
        return case

    async def open_many(self, new: Sequence[NewCase], actor: Actor) -> list[int]:
        """Open cases as `write_opened` does, all or none, fast; their ids in order. Each brings its `project_no`."""
        working_time = await self._centre.working_time()
        opened = [(each, opening(each, each.at or now(), actor)) for each in new]
        async with transaction() as connection:
            return await self._bulk.open(connection, opened, working_time, lambda of: rules_of(of, working_time))

    async def move(
        self,
        number: str,
        to: Status,
        actor: Actor,
        *,
        reason: str = "",
        data: Mapping[str, Any] | None = None,
        at: datetime | None = None,
        expected_seq: int | None = None,
    ) -> Case:
        """Bring a case to another status.

        `data` holds what the status tells: `missing` (list of names) and `amend_until` (ISO date) for a correction,
        `procedure` and `until` (ISO date) for a special procedure, `decision`, `result_code`, `result_name`,
        `result_no`, `collect`. `expected_seq` is the number of the last event the actor has seen.
        Raises NotFound, BadRequest when the change or the person is not allowed, Conflict when somebody was first.
        """
        case, rules = await self._read(number, expected_seq)
        check_move(Status(case.status), rules.project_type, to, actor.role)
        check_told(to, reason, data or {}, at)
        if to == Status.ACCEPTED:
            return await self._accept(case, self._event(case_state.MOVED, actor, reason, data, at, status_to=to))
        event = self._event(case_state.MOVED, actor, reason, data, at, status_to=to)
        return await self._change(case, rules, event)

    async def _accept(self, case: Case, event: Event) -> Case:
        """From now on the version of the item counts that is in force at acceptance, whatever is published later."""
        version = await _version_in_force(case)
        rules = rules_of(version, await self._centre.working_time())
        accepted = await self._change(case, rules, event, version_id=version.id)
        accepted.version = version
        return accepted

    async def sync(self, number: str, to: Status, actor: Actor, at: datetime, data: Mapping[str, Any]) -> Case:
        """Take over what a department's list reports: onward only, along changes the table allows."""
        case, rules = await self._read(number, None)
        if to != case.status and to not in reachable(Status(case.status), rules.project_type):
            raise BadRequest(f"a case that is {case.status} can't become {to}")
        return await self._change(case, rules, self._event(case_state.SYNCED, actor, "", data, at, status_to=to))

    async def extend(self, number: str, workdays: int, actor: Actor, *, reason: str) -> Case:
        """延期: once, by at most 10 working days, by the head, with a reason (行政许可法 article 42)."""
        case, rules = await self._read(number, None)
        if actor.role not in MAY_EXTEND:
            raise BadRequest(f"a {actor.role} may not extend a limit: {named(MAY_EXTEND)}")
        if case.extended:
            raise BadRequest("the limit was extended once already")
        if not reason.strip() or not 1 <= workdays <= PERMIT_EXTENSION:
            raise BadRequest(f"an extension needs a reason and 1 to {PERMIT_EXTENSION} working days")
        if case.accepted_at is None or Status(case.status) not in BEFORE_DECIDED:
            raise BadRequest("only a case that is accepted and not decided has a limit to extend")
        event = self._event(case_state.EXTENDED, actor, reason, {"workdays": workdays}, None)
        return await self._change(case, rules, event)

    async def renew_pin(self, number: str, actor: Actor, *, reason: str) -> Case:
        """Make the case's PIN another one; the old one is worth nothing from now on."""
        return await self._mark(number, case_state.PIN_RENEWED, actor, reason)

    async def revoke_token(self, number: str, actor: Actor, *, reason: str) -> Case:
        """Make the QR codes printed so far worth nothing; the next receipt has a new one."""
        return await self._mark(number, case_state.TOKEN_REVOKED, actor, reason)

    async def amend(self, number: str, person: Mapping[str, str], actor: Actor) -> Case:
        """Correct what is known of the applicant; the event names the fields, not the values."""
        check_person(person)
        case, rules = await self._read(number, None)
        event = self._event(case_state.AMENDED, actor, "", {"fields": sorted(person)}, None)
        return await self._change(case, rules, event, **person)

    async def reschedule(self, actor: Actor) -> int:
        """Compute due dates again that hang on a calendar published since; how many cases moved."""
        years = (await self._centre.working_time()).calendar.published
        # A statutory day may be provisional where the promised one is not, and isn't marked.
        unsure = Q(due_provisional=True) | Q(statutory_due_at__gte=day_start(date(max(years, default=1), 1, 1)))
        moved = 0
        last_id = 0
        while cases := await _running(unsure, last_id):
            last_id = cases[-1].id
            for case in cases:
                moved += await self._rescheduled(case, actor)
        return moved

    async def history(self, number: str) -> list[CaseEvent]:
        case, _ = await self._read(number, None)
        return await _events(case.id)

    async def _rescheduled(self, case: Case, actor: Actor) -> bool:
        event = self._event(case_state.RESCHEDULED, actor, "", {}, None)
        rules = rules_of(case.version, await self._centre.working_time())
        if _dues(derived(state_of(case), event, rules)) == _dues(state_of(case)):
            return False
        try:
            await self._change(case, rules, event)
        except Conflict:
            case, _ = await self._read(case.number, None)
            return case.accepted_at is not None and await self._rescheduled(case, actor)
        return True

    async def _mark(self, number: str, kind: str, actor: Actor, reason: str) -> Case:
        if not reason.strip():
            raise BadRequest("a reason is needed")
        case, rules = await self._read(number, None)
        return await self._change(case, rules, self._event(kind, actor, reason, {}, None))

    async def _read(self, number: str, expected_seq: int | None) -> tuple[Case, Rules]:
        case = await _case(number)
        if expected_seq is not None and case.seq != expected_seq:
            raise Conflict(f"case {number} was changed meanwhile; it is {case.status} now")
        return case, rules_of(case.version, await self._centre.working_time())

    async def _change(self, case: Case, rules: Rules, event: Event, **columns: Any) -> Case:
        state = derived(state_of(case), event, rules)
        changed = {**columns, **_columns(state), "updated_at": now()}
        async with transaction() as connection:
            # The first statement takes the row, so that of two changes at once the second finds the number gone.
            taken = await Case.filter(id=case.id, seq=case.seq).using_db(connection).update(**changed)
            if not taken:
                raise Conflict(f"case {case.number} was changed by somebody else at the same moment; look again")
            await _append(connection, case.id, state, event, case.status)
        return case.update_from_dict(changed)

    def _event(
        self,
        kind: str,
        actor: Actor,
        reason: str,
        data: Mapping[str, Any] | None,
        at: datetime | None,
        *,
        status_to: str = "",
    ) -> Event:
        return Event(
            kind,
            local(at) if at else now(),
            actor.name,
            status_to,
            department=actor.department,
            channel=actor.channel,
            reason=reason.strip(),
            data=data or {},
        )

    async def _numbered(self, connection: BaseDBAsyncClient, new: NewCase, at: datetime) -> tuple[str, str]:
        if new.number and new.project_no:
            return new.number, new.project_no
        serial = await self.take_serials(connection, at, 1)
        return new.number or query_number(local(at).date(), serial), new.project_no or _project_no(new, at, serial)

    async def take_serials(self, connection: BaseDBAsyncClient, at: datetime, count: int) -> int:
        """Take `count` serials of the day; the first of them. Raises BadRequest when the day has no more."""
        sql = _SERIAL if self._database.is_postgres else _SERIAL.replace("$", "?")
        found = await connection.execute_query_dict(sql, [f"{local(at):%y%m%d}", count])
        last = int(found[0]["last_serial"])
        if last > SERIALS_A_DAY:
            raise BadRequest(f"{local(at):%Y-%m-%d} has no query number left")
        return last - count + 1


@reading
async def _case(number: str) -> Case:
    case = await Case.get_or_none(number=number).select_related("version")
    if case is None:
        raise NotFound(f"there is no case {number}")
    return case


@reading
async def _version_in_force(case: Case) -> ItemVersion:
    item = await ServiceItem.get(versions__id=case.version.id)
    return await ItemVersion.get(item_id=item.id, number=item.version)


@reading
async def _events(case_id: int) -> list[CaseEvent]:
    return await CaseEvent.filter(case_id=case_id).order_by("seq")


@reading
async def _running(which: Q, after_id: int) -> list[Case]:
    """The next cases of a kind that still have a due date."""
    running = Case.filter(which, id__gt=after_id).exclude(status__in=[*ENDS, Status.COMPLETED])
    return await running.order_by("id").limit(AT_A_TIME).select_related("version")


def opening(new: NewCase, at: datetime, actor: Actor) -> Event:
    """The first event of a case."""
    return Event(
        case_state.OPENED,
        local(at),
        actor.name,
        new.status,
        department=actor.department,
        channel=actor.channel,
        reason=new.reason,
        data=new.reported,
    )


def rules_of(version: ItemVersion, working_time: WorkingTime) -> Rules:
    """What a case's clock needs to know of the item version it was accepted under."""
    return Rules(
        version.task_type,
        version.project_type,
        _limit(version.promise_days, version.promise_unit),
        _limit(version.anticipate_days, version.anticipate_unit),
        working_time.calendar,
        working_time.office_hours,
    )


def state_of(case: Case) -> CaseState:
    """The derived part of a case's row."""
    return CaseState(**{name: getattr(case, name) for name in _DERIVED})


def _dues(state: CaseState) -> tuple[datetime | None, bool, datetime | None]:
    return state.due_at, state.due_provisional, state.statutory_due_at


def _columns(state: CaseState) -> dict[str, Any]:
    return {**asdict(state), "told": dict(state.told), "clock": dict(state.clock)}


def _limit(amount: int | None, unit: str) -> Limit | None:
    return Limit(amount, Unit(unit or Unit.WORKING_DAYS)) if amount is not None else None


async def _append(
    connection: BaseDBAsyncClient, case_id: int, state: CaseState, event: Event, status_from: str
) -> None:
    await CaseEvent.create(
        using_db=connection,
        case_id=case_id,
        seq=state.seq,
        recorded_at=now(),
        status_from=status_from,
        **{**asdict(event), "data": dict(event.data)},
    )


def _project_no(new: NewCase, at: datetime, serial: int) -> str:
    tail = f"{local(at):%Y%m%d}{serial:05d}"
    return new.task_code.replace("-", "")[: PROJECT_NO_CHARS - len(tail)] + tail


__all__: Sequence[str] = ("Actor", "Cases", "NewCase", "Role", "opening", "rules_of", "state_of")
