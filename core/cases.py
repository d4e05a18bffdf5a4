"""The only place that changes a case: each change asks the table and the right, and is one event in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.expressions import Q

from core import case_state
from core.again import again
from core.case_bulk import BulkOpening
from core.case_state import CaseState, Event, Rules, derived, replayed
from core.case_store import (
    append_event,
    event_of,
    next_running,
    read_case,
    read_events,
    rules_of,
    state_columns,
    state_of,
    version_in_force,
)
from core.centre import Centre
from core.change_checks import (
    check_department,
    check_move,
    check_named,
    check_person,
    check_right,
    check_time,
    check_told,
    check_undo,
    named,
)
from core.codes import Decision, Status
from core.database import Database, transaction
from core.errors import BadRequest, Conflict
from core.legal_clock import PERMIT_EXTENSION
from core.local_time import day_start, local, now
from core.models import Case, CaseEvent, ItemVersion
from core.new_case import Actor, NewCase, opening
from core.notify.outbox import Outbox
from core.serials import Serials, serial_of
from core.transitions import BEFORE_DECIDED, ENDS, IN_HAND, MAY_EXTEND, OPENING, Role, reachable

PROJECT_NO_CHARS = 50


class Cases:
    """Opens and changes cases. Every refusal is told: BadRequest what is not allowed, Conflict who was first."""

    def __init__(self, database: Database, centre: Centre, outbox: Outbox | None = None) -> None:
        self._centre, self._outbox = centre, outbox
        self._serials = Serials(postgres=database.is_postgres)
        self._bulk = BulkOpening(self._serials, postgres=database.is_postgres)

    @again
    async def open(self, new: NewCase, actor: Actor) -> Case:
        """Take a case in at a counter or from a citizen. Raises BadRequest for a status no case begins with."""
        if new.status not in OPENING:
            raise BadRequest(f"a case does not begin as {new.status}")
        check_right(actor.role, new.status)
        check_time(new.at)
        # Read before the transaction: within one, SQLite would have the first reading wait for its end.
        await self._centre.working_time()
        await self._ready()
        async with transaction() as connection:
            return await self._write_opened(connection, new, actor)

    async def _write_opened(self, connection: BaseDBAsyncClient, new: NewCase, actor: Actor) -> Case:
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
            **state_columns(state),
        )
        await case.save(using_db=connection)
        await append_event(connection, case.id, state, event, "")
        await self._tell(connection, case.id, event, CaseState(), state)
        return case

    async def open_many(self, new: Sequence[NewCase], actor: Actor) -> list[int]:
        """Open cases, wherever they stand, all or none, fast; their ids in order. Each brings its `project_no`.

        Nobody is notified: a list that is taken over tells of what was told elsewhere.
        """
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
        check_named(case, actor)
        check_move(Status(case.status), rules.project_type, to, actor.role)
        check_told(to, reason, data or {}, at)
        if to == Status.ACCEPTED:
            return await self._accept(case, self._event(case_state.MOVED, actor, reason, data, at, status_to=to))
        event = self._event(case_state.MOVED, actor, reason, data, at, status_to=to)
        return await self._change(case, rules, event)

    async def _accept(self, case: Case, event: Event) -> Case:
        """From now on the version of the item counts that is in force at acceptance, whatever is published later."""
        version = await version_in_force(case)
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
        check_named(case, actor)
        if actor.role not in MAY_EXTEND:
            raise BadRequest(f"a {actor.role} may not extend a limit: {named(MAY_EXTEND)}")
        if case.extended:
            raise BadRequest("the limit was extended once already", key="extended_once")
        if not reason.strip() or not 1 <= workdays <= PERMIT_EXTENSION:
            raise BadRequest(
                f"an extension needs a reason and 1 to {PERMIT_EXTENSION} working days",
                key="extension",
                most=PERMIT_EXTENSION,
            )
        if case.accepted_at is None or Status(case.status) not in BEFORE_DECIDED:
            raise BadRequest("only a case that is accepted and not decided has a limit to extend", key="no_limit")
        event = self._event(case_state.EXTENDED, actor, reason, {"workdays": workdays}, None)
        return await self._change(case, rules, event)

    async def take(self, number: str, handler: str, actor: Actor, *, reason: str = "") -> Case:
        """Make a person, by login, accountable for a case: oneself, or a colleague it is handed over to.

        Raises BadRequest for one that nobody handles any more, and when a handler hands over a colleague's.
        """
        case, rules = await self._read(number, None)
        check_department(case, actor)
        if case.status in {*ENDS, Status.COMPLETED}:
            raise BadRequest("this case is finished: nobody handles it any more", key="finished")
        if actor.role not in (Role.HANDLER, Role.HEAD):
            raise BadRequest(f"a {actor.role} does not handle cases", key="not_yours")
        if case.handler and actor.role != Role.HEAD and case.handler != actor.login:
            raise BadRequest(
                f"{case.handler} has taken this case: only they or the head hand it over",
                key="taken_by",
                who=case.handler,
            )
        event = self._event(case_state.TAKEN, actor, reason, {"handler": handler, "from": case.handler}, None)
        return await self._change(case, rules, event, handler=handler)

    async def give_opinion(self, number: str, decision: str, actor: Actor, *, reason: str) -> Case:
        """审查意见: what the handler proposes to the head, granted or refused, and why."""
        case, rules = await self._read(number, None)
        check_named(case, actor)
        if case.status not in IN_HAND - {Status.DECIDED} or actor.role not in (Role.HANDLER, Role.HEAD):
            raise BadRequest(
                "an opinion is given by the department, while the case is under review", key="opinion_when"
            )
        if decision not in set(Decision) or not reason.strip():
            raise BadRequest("an opinion proposes granted or refused, and says why", key="opinion")
        event = self._event(case_state.OPINION, actor, reason, {"decision": decision}, None)
        return await self._change(case, rules, event)

    async def make_ready(self, number: str, collect: str, actor: Actor) -> Case:
        """Tell how and where the finished result is collected."""
        case, rules = await self._read(number, None)
        check_named(case, actor)
        check_right(actor.role, Status.DELIVERED)
        if case.status != Status.COMPLETED or not collect.strip():
            raise BadRequest("only a finished case has a result to collect, and how must be told", key="ready")
        return await self._change(case, rules, self._event(case_state.READY, actor, "", {"collect": collect}, None))

    async def undo(self, number: str, actor: Actor, *, reason: str, expected_seq: int | None = None) -> Case:
        """Take the last move back, as a new event: within a day, by who made it or the head, with a reason."""
        case, rules = await self._read(number, expected_seq)
        check_named(case, actor)
        events = await read_events(case.id)
        check_undo(case, events[-1], actor, reason)
        before = replayed(map(event_of, events[:-1]), rules)
        data = {"undoes": events[-1].seq, "state": case_state.as_json(before)}
        event = self._event(case_state.UNDONE, actor, reason, data, None, status_to=Status(before.status))
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
        check_named(case, actor)
        event = self._event(case_state.AMENDED, actor, "", {"fields": sorted(person)}, None)
        return await self._change(case, rules, event, **person)

    async def reschedule(self, actor: Actor) -> int:
        """Compute due dates again that hang on a calendar published since; how many cases moved."""
        years = (await self._centre.working_time()).calendar.published
        # A statutory day may be provisional where the promised one is not, and isn't marked.
        unsure = Q(due_provisional=True) | Q(statutory_due_at__gte=day_start(date(max(years, default=1), 1, 1)))
        moved = 0
        last_id = 0
        while cases := await next_running(unsure, last_id):
            last_id = cases[-1].id
            for case in cases:
                moved += await self._rescheduled(case, actor)
        return moved

    async def history(self, number: str) -> list[CaseEvent]:
        case, _ = await self._read(number, None)
        return await read_events(case.id)

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
        check_named(case, actor)
        return await self._change(case, rules, self._event(kind, actor, reason, {}, None))

    async def _read(self, number: str, expected_seq: int | None) -> tuple[Case, Rules]:
        case = await read_case(number)
        if expected_seq is not None and case.seq != expected_seq:
            raise Conflict(f"case {number} was changed meanwhile; it is {case.status} now")
        return case, rules_of(case.version, await self._centre.working_time())

    @again
    async def _change(self, case: Case, rules: Rules, event: Event, **columns: Any) -> Case:
        before = state_of(case)
        state = derived(before, event, rules)
        changed = {**columns, **state_columns(state), "updated_at": now()}
        await self._ready()
        async with transaction() as connection:
            # The first statement takes the row, so that of two changes at once the second finds the number gone.
            taken = await Case.filter(id=case.id, seq=case.seq).using_db(connection).update(**changed)
            if not taken:
                raise Conflict(f"case {case.number} was changed by somebody else at the same moment; look again")
            await append_event(connection, case.id, state, event, case.status)
            await self._tell(connection, case.id, event, before, state)
        return case.update_from_dict(changed)

    async def _ready(self) -> None:
        if self._outbox is not None:
            await self._outbox.ready()

    async def _tell(
        self, connection: BaseDBAsyncClient, case_id: int, event: Event, before: CaseState, after: CaseState
    ) -> None:
        if self._outbox is not None:
            await self._outbox.case_changed(connection, case_id, event, before, after)

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
        if new.number:
            await self._serials.keep(connection, [new.number])
        if new.number and new.project_no:
            return new.number, new.project_no
        day = local(at).date()
        made = next((await self._serials.numbers(connection, {day: 1}))[day])
        return new.number or made, new.project_no or _project_no(new, day, made)


def _dues(state: CaseState) -> tuple[datetime | None, bool, datetime | None]:
    return state.due_at, state.due_provisional, state.statutory_due_at


def _project_no(new: NewCase, day: date, number: str) -> str:
    tail = f"{day:%Y%m%d}{serial_of(number)}"
    return new.task_code.replace("-", "")[: PROJECT_NO_CHARS - len(tail)] + tail


__all__: Sequence[str] = ("Actor", "Cases", "NewCase", "Role")
