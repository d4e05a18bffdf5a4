"""How a case is shown: its tone, its stage in words, and the steps of its road; alike on every surface."""

from __future__ import annotations

from dataclasses import dataclass

from core.codes import Decision, Stage, Status
from core.dialogue.facts import stage_key
from core.views import CaseStatus

STEPS = ("received", "accepted", "reviewing", "decided", "finished")
# How many steps are done, and whether one is under way; stages that left the road show no steps.
_REACHED = {
    Stage.CHECKING: 0,
    Stage.AMEND: 0,
    Stage.RECEIVED: 1,
    Stage.ACCEPTED: 2,
    Stage.REVIEWING: 3,
    Stage.DECIDED: 4,
    Stage.FINISHED: 6,
    Stage.DELIVERED: 6,
}
TONES = {
    Stage.AMEND: "warning",
    Stage.NOT_ACCEPTED: "stopped",
    Stage.ENDED: "stopped",
    Stage.FINISHED: "done",
    Stage.DELIVERED: "done",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """The tone of colour, the keys of the stage's name and of what it means, and the steps with where each is."""

    tone: str
    stage_key: str
    means_key: str
    steps: list[tuple[str, str]]


def shown(status: CaseStatus) -> Shown:
    return Shown(_tone(status), stage_key(status), f"web.case.means.{_meaning(status)}", steps(status))


def is_paused(status: CaseStatus) -> bool:
    """Whether a special procedure 特别程序 stops the clock."""
    return status.status is Status.SPECIAL


def _meaning(status: CaseStatus) -> str:
    """What to say of the stage; papers that passed the check are no longer being checked."""
    return "bring" if status.bring_originals else stage_key(status).removeprefix("stage.")


def steps(status: CaseStatus) -> list[tuple[str, str]]:
    """Each step of the road with `done`, `current` or `ahead`; none for a case that left it."""
    if status.stage not in _REACHED:
        return []
    reached = 1 if status.status is Status.CORRECTION else _REACHED[status.stage]
    return [(step, _state(place, reached)) for place, step in enumerate(STEPS, 1)]


def _state(place: int, reached: int) -> str:
    if place < reached:
        return "done"
    return "current" if place == reached else "ahead"


def _tone(status: CaseStatus) -> str:
    if is_paused(status) or status.bring_originals:
        return "warning"
    if status.decision is Decision.REFUSED:
        return "stopped"
    return TONES.get(status.stage, "going")
