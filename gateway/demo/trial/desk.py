"""The small desk of `/try`: it opens a case for whoever tries, and takes its next steps as the departments would."""

from __future__ import annotations

import time
from collections.abc import Sequence

from core.codes import Status
from core.database import transaction
from core.errors import BadRequest, NotFound
from core.local_time import now
from core.models import Case
from core.new_case import NewCase
from core.notify.forgetting import forget_messages
from core.notify.matters import TOLD
from core.transitions import next_statuses
from gateway.demo.cases import DemoItem, actor_for, facts_of_step
from gateway.demo.load import demo_items
from gateway.demo.trial.visit import Visit
from gateway.house import House

_ITEM = "DEMOSC002"  # 食品经营许可: weeks of work, several materials, a decision and a certificate
_APPLICANT = "王小明"
# What a case usually goes through comes first.
_USUAL = (
    Status.ACCEPTED,
    Status.REVIEWING,
    Status.DECIDED,
    Status.COMPLETED,
    Status.DELIVERED,
    Status.CORRECTION,
    Status.SPECIAL,
)


class TrialDesk:
    """Its cases are real ones of the demonstration's database, changed as all others are."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._item: DemoItem | None = None

    async def open(self, visit: Visit, story: int) -> None:
        """Take in a case of the visitor, whose telephone is told of it from now on."""
        item = await self._of_the_trial()
        begun = time.perf_counter()
        new = NewCase(
            item.version_id,
            item.task_code,
            _APPLICANT,
            Status.RECEIVED,
            person={"mobile": visit.number.removeprefix("+86")},
        )
        case = await self._house.cases.open(new, actor_for(Status.RECEIVED, item))
        visit.stories.hop(story, "desk", Status.RECEIVED, begun)
        await self._show(visit, case)

    async def move(self, visit: Visit, to: str, story: int) -> None:
        """Take a step. Raises BadRequest for one that can't be taken now."""
        step, item = Status(to), await self._of_the_trial()
        calendar = (await self._house.centre.working_time()).calendar
        reason, facts = facts_of_step(step, item, 0, now(), calendar)
        begun = time.perf_counter()
        case = await self._house.cases.move(
            visit.case["number"], step, actor_for(step, item), reason=reason, data=facts
        )
        visit.stories.hop(story, "desk", step, begun)
        await self._show(visit, case)

    def may_move(self, visit: Visit, to: str) -> None:
        """Raises BadRequest for a step that can't be taken now."""
        if to not in visit.case.get("steps", ()):
            raise BadRequest("this step can't be taken now")

    async def forget(self, number: str) -> None:
        """Who has gone has no telephone any more: the number was made up, and may be somebody's."""
        actor = actor_for(Status.RECEIVED, await self._of_the_trial())
        for case in await Case.filter(mobile=number.removeprefix("+86"), channel="demo"):
            async with transaction() as connection:
                await forget_messages(connection, case.id)
            await self._house.cases.amend(case.number, {"mobile": ""}, actor)

    async def _show(self, visit: Visit, case: Case) -> None:
        """Tell the page how the case stands and what can be done with it."""
        item, keys = await self._of_the_trial(), self._house.keys
        visit.shows(
            number=case.number,
            pin=keys.pin(case.number, case.pin_version),
            token=keys.token(case.id, case.token_version),
            item=item.name,
            item_en=item.name_en,
            status=case.status,
            is_told=case.status in TOLD,
            steps=list(_steps(case, item)),
        )

    async def _of_the_trial(self) -> DemoItem:
        if self._item is None:
            self._item = next((one for one in await demo_items() if one.task_code == _ITEM), None)
        if self._item is None:
            raise NotFound(f"the demonstration has no item {_ITEM}")
        return self._item


def _steps(case: Case, item: DemoItem) -> Sequence[Status]:
    possible = next_statuses(Status(case.status), item.project_type)
    return [step for step in _USUAL if step in possible]
