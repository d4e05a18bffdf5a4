"""Cases walked at random through their lives: the events alone must tell the state, and refusals leave no trace."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from random import Random
from typing import Any

import pytest

from core.case_state import Event, replayed
from core.case_store import rules_of, state_of
from core.cases import Cases
from core.centre import Centre
from core.codes import Status
from core.errors import BadRequest
from core.local_time import now
from core.models import Case, CaseEvent, ItemVersion
from core.transitions import OPENING, Role, next_statuses
from tests.core.case_steps import HEAD, SOON, SYSTEM, TOLD, actor, opened

CASES, STEPS = 4, 14
_EVENT = tuple(f.name for f in fields(Event))
DATA: tuple[Mapping[str, Any], ...] = ({}, {"missing": []}, {"until": "soon"}, {"decision": "refused"}, *TOLD.values())


async def stored(case: Case) -> tuple[Case, list[CaseEvent]]:
    return await Case.get(id=case.id).select_related("version"), await CaseEvent.filter(case_id=case.id).order_by("seq")


async def stirred(random: Random, cases: Cases, case: Case) -> None:
    """One attempt at a change, sensible three times in four."""
    number, sensible = case.number, random.random() < 0.75
    onward = sorted(next_statuses(Status(case.status), case.version.project_type)) or list(Status)
    to = random.choice(onward if sensible else list(Status))
    data = TOLD.get(to, {}) if sensible else random.choice(DATA)
    match random.randrange(8):
        case 0:
            await cases.extend(number, random.randrange(12), HEAD, reason=random.choice(("", "案情复杂")))
        case 1:
            renew = random.choice((cases.renew_pin, cases.revoke_token))
            await renew(number, HEAD, reason="回执遗失")
        case 2:
            await cases.amend(number, {random.choice(("mobile", "seq")): "13800005678"}, HEAD)
        case 3:
            await cases.sync(number, to, SYSTEM, now(), {"accepted_at": now().isoformat(), "promised_at": SOON})
        case _:
            await cases.move(number, to, actor(random.choice(list(Role))), reason="说明", data=data)


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_the_events_alone_tell_the_stored_state(
    cases: Cases, centre: Centre, version: ItemVersion, on_the_spot: ItemVersion, seed: int
) -> None:
    random = Random(seed)
    for _ in range(CASES):
        case = await opened(cases, random.choice((version, on_the_spot)), random.choice(sorted(OPENING)))
        for _ in range(STEPS):
            before, events = await stored(case)
            refused = False
            try:
                await stirred(random, cases, before)
            except BadRequest:
                refused = True
            case, after = await stored(case)
            assert [event.seq for event in after] == list(range(1, len(events) + (1 if refused else 2)))
            assert not refused or dict(case) == dict(before)
            rules = rules_of(case.version, await centre.working_time())
            assert replayed(map(told, after), rules) == state_of(case)


def told(event: CaseEvent) -> Event:
    return Event(**{name: getattr(event, name) for name in _EVENT})
