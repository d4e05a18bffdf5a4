"""What a change of a case must bring before it is written: the right, the reasons, and words fit to be told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from core.case_state import MOVED
from core.codes import Decision, ResultCode, SpecialProcedure, Status
from core.errors import BadRequest, NotFound
from core.local_time import local, now
from core.models import Case, CaseEvent
from core.new_case import Actor
from core.transitions import IN_HAND, NEEDS_REASON, RIGHTS, Role, next_statuses

AMENDABLE = frozenset(
    {
        *("applicant_name", "applicant_type", "id_type", "id_number", "mobile", "agent", "legal_representative"),
        *("department", "project_name", "region_code", "invest_no"),
    }
)
UNDO_WITHIN = timedelta(days=1)
_DAYS = ("until", "amend_until")


def check_move(status: Status, project_type: str, to: Status, role: Role) -> None:
    """Raises BadRequest for a change that the table doesn't know, or not for this role."""
    allowed = next_statuses(status, project_type)
    if to not in allowed:
        onward = ", ".join(sorted(allowed)) or "nothing more"
        raise BadRequest(f"a case that is {status} can't become {to}; it may become: {onward}", key="not_now")
    check_right(role, to)


def check_named(case: Case, actor: Actor) -> None:
    """A member of staff changes cases of the own department only, a handler those that are the own.

    Raises NotFound for another department's case, BadRequest for a colleague's.
    """
    check_department(case, actor)
    if actor.login and actor.role == Role.HANDLER and case.status in IN_HAND and case.handler != actor.login:
        whose = f"{case.handler} is accountable for it" if case.handler else "take it first"
        raise BadRequest(
            f"case {case.number} can be changed by who is accountable for it: {whose}",
            key="take_first" if not case.handler else "taken_by",
            **({"who": case.handler} if case.handler else {}),
        )


def check_department(case: Case, actor: Actor) -> None:
    """Raises NotFound for the case of a department that isn't the one a member of staff is bound to."""
    if actor.login and actor.department and case.department != actor.department:
        raise NotFound(f"there is no case {case.number} in {actor.department}")


def check_undo(case: Case, last: CaseEvent, actor: Actor, reason: str) -> None:
    """Raises BadRequest when the last event of a case can't be taken back, or not by this person."""
    if last.kind != MOVED:
        raise BadRequest("only the last step of a case can be taken back, while nothing came after it", key="undo_last")
    if now() - local(last.recorded_at) > UNDO_WITHIN:
        raise BadRequest("a step can be taken back within a day", key="undo_day")
    if actor.role != Role.HEAD and last.actor != actor.name:
        raise BadRequest(f"only {last.actor} or the head takes this step back", key="undo_whose", who=last.actor)
    if actor.role not in RIGHTS[Status(case.status)]:
        raise BadRequest(f"a {actor.role} may not take this step back: {named(RIGHTS[Status(case.status)])}")
    if not reason.strip():
        raise BadRequest("taking a step back needs a reason", key="no_reason")


def check_right(role: Role, to: Status) -> None:
    if role not in RIGHTS[to]:
        raise BadRequest(f"a {role} may not make a case {to}: {named(RIGHTS[to])}", key="not_yours")


def check_told(to: Status, reason: str, data: Mapping[str, Any], at: datetime | None) -> None:
    """Raises BadRequest when what a status tells is missing, or can't be told."""
    decision = data.get("decision")
    if to == Status.DECIDED and decision not in set(Decision):
        raise BadRequest("a decision is granted or refused", key="no_decision")
    if (to in NEEDS_REASON or decision == Decision.REFUSED) and not reason.strip():
        raise BadRequest(f"{to} needs a reason", key="no_reason")
    if to == Status.CORRECTION and not data.get("missing"):
        raise BadRequest("a correction needs the complete list of what is missing", key="no_list")
    if to == Status.CORRECTION and not data.get("amend_until"):
        raise BadRequest("a correction needs its last day", key="no_last_day")
    if to == Status.SPECIAL and not data.get("procedure"):
        raise BadRequest(
            f"a stopped clock needs its special procedure: {', '.join(SpecialProcedure)}", key="no_procedure"
        )
    if to == Status.COMPLETED and data.get("result_code") not in set(ResultCode):
        raise BadRequest("a finished case needs a result code, 0 to 6", key="no_result")
    check_time(at)
    _check_sound(data, local(at or now()).date())


def check_time(at: datetime | None) -> None:
    if at is not None and at > now():
        raise BadRequest("a change can't lie in the future")


def check_person(person: Iterable[str]) -> None:
    if unknown := sorted(set(person) - AMENDABLE):
        raise BadRequest(f"{', '.join(unknown)} can't be amended")


def named(roles: frozenset[Role]) -> str:
    return " or ".join(sorted(roles)) + " may"


def _check_sound(data: Mapping[str, Any], today: date) -> None:
    """What is told to citizens is read again at each look-up: it must be sound before it is written."""
    missing = data.get("missing", ())
    if not isinstance(missing, list | tuple) or not all(isinstance(name, str) and name.strip() for name in missing):
        raise BadRequest("what is missing is a list of names")
    if (procedure := data.get("procedure")) and procedure not in set(SpecialProcedure):
        raise BadRequest(f"{procedure} is no procedure that stops the clock: {', '.join(SpecialProcedure)}")
    for name in _DAYS:
        if data.get(name) and _day(data[name]) < today:
            raise BadRequest(f"{name}: {data[name]} is over already", key="day_over", day=data[name])


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except (TypeError, ValueError):
        raise BadRequest(f"{text} is no day: write it as 2026-11-23", key="no_day") from None
