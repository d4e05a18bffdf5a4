"""The table of allowed changes is that of the domain, for every pair of statuses and every kind of item."""

from __future__ import annotations

from itertools import product

import pytest

from core.codes import ProjectType, Status
from core.transitions import ENDS, OPENING, RIGHTS, Role, next_statuses, reachable

# Written down once more from the field's table, arrow by arrow.
TABLE = """
draft: submitted
submitted: pre_returned pre_passed
pre_returned: submitted
pre_passed: received
received: correction not_accepted accepted
correction: received completed
accepted: reviewing
reviewing: special decided transferred
special: reviewing
transferred: reviewing
decided: completed
completed: delivered
"""
ARROWS = {
    (Status(source), Status(to))
    for source, targets in (line.split(": ") for line in TABLE.split("\n") if line)
    for to in targets.split()
}
BEFORE_DECIDED = (
    *(Status.DRAFT, Status.SUBMITTED, Status.PRE_RETURNED, Status.PRE_PASSED, Status.RECEIVED, Status.CORRECTION),
    *(Status.ACCEPTED, Status.REVIEWING, Status.SPECIAL, Status.TRANSFERRED),
)


@pytest.mark.parametrize("project_type", [*ProjectType, ""])
def test_every_allowed_change_and_no_other(project_type: str) -> None:
    expected = ARROWS | set(product(BEFORE_DECIDED, (Status.WITHDRAWN, Status.TERMINATED)))
    if project_type == ProjectType.ON_THE_SPOT:
        expected |= {(Status.ACCEPTED, Status.DECIDED)}
    assert {pair for pair in product(Status, Status) if pair[1] in next_statuses(pair[0], project_type)} == expected


def test_the_ends_lead_nowhere_and_nothing_else_does() -> None:
    assert {status for status in Status if not next_statuses(status, ProjectType.PROMISED)} == ENDS


def test_a_case_begins_as_a_draft_online_or_at_a_counter() -> None:
    assert {Status.DRAFT, Status.SUBMITTED, Status.RECEIVED} == OPENING


def test_every_status_can_be_reached_from_a_beginning() -> None:
    assert OPENING.union(*(reachable(status, ProjectType.PROMISED) for status in OPENING)) == set(Status)


def test_what_can_be_reached_follows_the_arrows() -> None:
    assert reachable(Status.DECIDED, ProjectType.PROMISED) == {Status.COMPLETED, Status.DELIVERED}
    assert Status.SUBMITTED in reachable(Status.SUBMITTED, ProjectType.PROMISED)


def test_every_status_has_somebody_who_may_bring_a_case_there_and_never_the_system() -> None:
    assert set(RIGHTS) == set(Status)
    assert all(roles and Role.SYSTEM not in roles for roles in RIGHTS.values())


def test_only_a_supervisor_terminates_and_only_a_head_decides() -> None:
    assert RIGHTS[Status.TERMINATED] == {Role.SUPERVISOR}
    assert RIGHTS[Status.DECIDED] == {Role.HEAD}
