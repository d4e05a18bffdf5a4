"""Which change of a case is allowed, and to whom: the table of domain rules, and nothing else."""

from __future__ import annotations

from enum import StrEnum
from functools import cache

from core.codes import ProjectType, Status

S = Status


class Role(StrEnum):
    """In what capacity a person acts on a case."""

    CLERK = "clerk"
    HANDLER = "handler"
    HEAD = "head"
    SUPERVISOR = "supervisor"
    SYSTEM = "system"


_NEXT: dict[Status, frozenset[Status]] = {
    S.DRAFT: frozenset({S.SUBMITTED}),
    S.SUBMITTED: frozenset({S.PRE_RETURNED, S.PRE_PASSED}),
    S.PRE_RETURNED: frozenset({S.SUBMITTED}),
    S.PRE_PASSED: frozenset({S.RECEIVED}),
    S.RECEIVED: frozenset({S.CORRECTION, S.NOT_ACCEPTED, S.ACCEPTED}),
    S.CORRECTION: frozenset({S.RECEIVED, S.COMPLETED}),
    S.ACCEPTED: frozenset({S.REVIEWING}),
    S.REVIEWING: frozenset({S.SPECIAL, S.DECIDED, S.TRANSFERRED}),
    S.SPECIAL: frozenset({S.REVIEWING}),
    S.TRANSFERRED: frozenset({S.REVIEWING}),
    S.DECIDED: frozenset({S.COMPLETED}),
    S.COMPLETED: frozenset({S.DELIVERED}),
}
BEFORE_DECIDED = frozenset(
    {
        S.DRAFT,
        S.SUBMITTED,
        S.PRE_RETURNED,
        S.PRE_PASSED,
        S.RECEIVED,
        S.CORRECTION,
        S.ACCEPTED,
        S.REVIEWING,
        S.SPECIAL,
        S.TRANSFERRED,
    }
)
IN_HAND = frozenset({S.ACCEPTED, S.REVIEWING, S.SPECIAL, S.TRANSFERRED, S.DECIDED})
"""Accepted and not finished: somebody is accountable for the case."""
ENDS = frozenset({S.NOT_ACCEPTED, S.DELIVERED, S.WITHDRAWN, S.TERMINATED})
OPENING = frozenset({S.DRAFT, S.SUBMITTED, S.RECEIVED})
NEEDS_REASON = frozenset({S.PRE_RETURNED, S.NOT_ACCEPTED, S.SPECIAL, S.TERMINATED})

_COUNTER = frozenset({Role.CLERK, Role.HANDLER, Role.HEAD})
_DEPARTMENT = frozenset({Role.HANDLER, Role.HEAD})
RIGHTS: dict[Status, frozenset[Role]] = {
    S.DRAFT: _COUNTER,
    S.SUBMITTED: _COUNTER,
    S.PRE_RETURNED: _COUNTER,
    S.PRE_PASSED: _COUNTER,
    S.RECEIVED: _COUNTER,
    S.CORRECTION: _COUNTER,
    S.NOT_ACCEPTED: _COUNTER,
    S.ACCEPTED: _COUNTER,
    S.REVIEWING: _DEPARTMENT,
    S.SPECIAL: _DEPARTMENT,
    S.TRANSFERRED: _DEPARTMENT,
    S.DECIDED: frozenset({Role.HEAD}),
    S.COMPLETED: _DEPARTMENT,
    S.DELIVERED: _COUNTER,
    S.WITHDRAWN: _COUNTER,
    S.TERMINATED: frozenset({Role.SUPERVISOR}),
}
MAY_EXTEND = frozenset({Role.HEAD})


def next_statuses(status: Status, project_type: str) -> frozenset[Status]:
    """Where a case may go from `status`; an on-the-spot item may be decided as soon as it is accepted."""
    onward = _NEXT.get(status, frozenset())
    if status == S.ACCEPTED and project_type == ProjectType.ON_THE_SPOT:
        onward |= {S.DECIDED}
    if status in BEFORE_DECIDED:
        onward |= {S.WITHDRAWN, S.TERMINATED}
    return onward


@cache
def reachable(status: Status, project_type: str) -> frozenset[Status]:
    """Every status that allowed changes can lead to from `status`, itself left out unless a way leads back."""
    found: set[Status] = set()
    edge = set(next_statuses(status, project_type))
    while edge:
        found |= edge
        edge = {further for s in edge for further in next_statuses(s, project_type)} - found
    return frozenset(found)
