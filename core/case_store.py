"""Cases in the database: their rows, what is derived of them, and their events."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.expressions import Q

from core.case_state import CaseState, Event, Rules
from core.centre import WorkingTime
from core.codes import Status
from core.database import reading
from core.errors import NotFound
from core.legal_clock import Limit, Unit
from core.local_time import now
from core.models import Case, CaseEvent, ItemVersion, ServiceItem
from core.naming import may_be
from core.transitions import ENDS

AT_A_TIME = 500
_DERIVED = tuple(f.name for f in fields(CaseState))
_EVENT = tuple(f.name for f in fields(Event))


@reading
async def read_case(number: str, *more: str) -> Case:
    """A case with its version, and what else of it is asked for. Raises NotFound."""
    sought = Case.get_or_none(number=number).select_related("version", *more)
    case = await sought if may_be(Case, number=number) else None
    if case is None:
        raise NotFound(f"there is no case {number}")
    return case


@reading
async def version_in_force(case: Case) -> ItemVersion:
    item = await ServiceItem.get(versions__id=case.version.id)
    return await ItemVersion.get(item_id=item.id, number=item.version)


@reading
async def read_events(case_id: int) -> list[CaseEvent]:
    return await CaseEvent.filter(case_id=case_id).order_by("seq")


@reading
async def next_running(which: Q, after_id: int) -> list[Case]:
    """The next cases of a kind that still have a due date."""
    running = Case.filter(which, id__gt=after_id).exclude(status__in=[*ENDS, Status.COMPLETED])
    return await running.order_by("id").limit(AT_A_TIME).select_related("version")


def event_of(row: CaseEvent) -> Event:
    """The event that a row keeps."""
    return Event(**{name: getattr(row, name) for name in _EVENT})


def state_of(case: Case) -> CaseState:
    """The derived part of a case's row."""
    return CaseState(**{name: getattr(case, name) for name in _DERIVED})


def state_columns(state: CaseState) -> dict[str, Any]:
    """The derived part as columns of a case's row."""
    return {**asdict(state), "told": dict(state.told), "clock": dict(state.clock)}


async def append_event(
    connection: BaseDBAsyncClient, case_id: int, state: CaseState, event: Event, status_from: str
) -> None:
    """Add the event that led to `state`; part of the change's transaction."""
    await CaseEvent.create(
        using_db=connection,
        case_id=case_id,
        seq=state.seq,
        recorded_at=now(),
        status_from=status_from,
        **{**asdict(event), "data": dict(event.data)},
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


def _limit(amount: int | None, unit: str) -> Limit | None:
    return Limit(amount, Unit(unit or Unit.WORKING_DAYS)) if amount is not None else None
