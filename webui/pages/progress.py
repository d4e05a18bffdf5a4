"""Where a case stands, as a page: the same for who showed number and PIN and for who scanned the receipt."""

from __future__ import annotations

from aiohttp import web

from core.codes import Decision, Stage, Status
from core.views import CaseStatus
from webui.page import NO_STORE, render
from webui.pages.rating import SCORES

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


def case_page(request: web.Request, status: CaseStatus, *, pin: str | None = None) -> web.Response:
    """The progress page. With the PIN, which only who typed it has, it can lead on to the receipt."""
    return render(
        request,
        "progress.html",
        cache=NO_STORE,
        address=None if request.method in ("GET", "HEAD") else "/cases",
        case=status,
        pin=pin,
        resent={"number": status.number, "pin": pin} if pin else None,
        steps=steps(status),
        tone=_tone(status),
        stage_key=stage_key(status),
        scores=SCORES,
        means_key=f"web.case.means.{_meaning(status)}",
    )


def is_paused(status: CaseStatus) -> bool:
    """Whether a special procedure 特别程序 stops the clock."""
    return status.status is Status.SPECIAL


def stage_key(status: CaseStatus) -> str:
    """The key of the stage's name; a stopped clock is told with it."""
    return "stage.paused" if is_paused(status) else f"stage.{status.stage}"


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
