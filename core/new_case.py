"""A case about to be opened, and who opens or changes one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from core import case_state
from core.case_state import Event
from core.codes import Status
from core.local_time import local
from core.transitions import Role


@dataclass(frozen=True, slots=True)
class Actor:
    """Who changes a case: the person's name, in what role, for which department, through which channel.

    `login` is that of a member of staff, empty for a program or a department's list.
    """

    name: str
    role: Role
    department: str = ""
    channel: str = "desk"
    login: str = ""


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
    person: Mapping[str, Any] = field(default_factory=dict)
    reported: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""


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
