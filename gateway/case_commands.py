"""Commands on one case: `haoban case show NUMBER`, `haoban case move NUMBER STATUS`, `haoban case reissue NUMBER`."""

from __future__ import annotations

import getpass
from typing import Any

import click

from core.cases import Actor
from core.codes import Decision, ResultCode, Status
from core.errors import BadRequest
from core.local_time import local
from core.models import Case, CaseEvent
from core.numbers import grouped, is_query_number, plain_digits
from core.ratings import BEST, WORST, RatingView
from core.transitions import Role, next_statuses
from gateway.command import command, with_house
from gateway.house import House
from gateway.settings import Settings

_ROLES = [role.value for role in Role if role != Role.SYSTEM]


@click.group("case")
def case_() -> None:
    """Show one case, bring it to another status, or make its receipt anew."""


@case_.command()
@click.argument("number")
@command
async def show(settings: Settings, number: str) -> None:
    """Where a case stands, its history, and how the citizen rated it."""

    async def work(house: House) -> None:
        history = await house.cases.history(_number(number))
        case = await Case.get(id=history[0].case_id).select_related("version")  # type: ignore[attr-defined]
        _print_case(case)
        for event in history:
            _print_event(event)
        if rating := await house.ratings.of(case.id):
            _print_rating(rating)

    await with_house(settings, work)


@case_.command()
@click.argument("number")
@click.argument("status", type=click.Choice([status.value for status in Status]))
@click.option(
    "--role",
    type=click.Choice(_ROLES),
    default=Role.HANDLER.value,
    help="In what capacity; each status asks for some.",
)
@click.option(
    "--by", default=getpass.getuser, help="Who changes the case; the name of the account unless told otherwise."
)
@click.option("--reason", default="", help="Needed for a return, a refusal, a special procedure and a termination.")
@click.option("--missing", multiple=True, help="A material that is missing; once for each: the list must be complete.")
@click.option(
    "--until", default="", metavar="DAY", help="Last day of a correction, needed there; expected end of a pause."
)
@click.option("--procedure", default="", help="The special procedure, needed to stop the clock: 听证, 检测 …")
@click.option("--decision", type=click.Choice([decision.value for decision in Decision]), help="准予 or 不予.")
@click.option("--result", type=click.Choice([code.value for code in ResultCode]), help="办结结果, 0 to 6.")
@click.option("--result-no", default="", help="Number of the certificate or document.")
@click.option("--collect", default="", help="How to collect the result.")
@command
async def move(settings: Settings, number: str, status: str, role: str, by: str, **told: Any) -> None:
    """Bring a case to another status, with what that status tells."""
    to = Status(status)

    async def work(house: House) -> None:
        actor = Actor(by, Role(role), channel="command line")
        case = await house.cases.move(_number(number), to, actor, reason=told["reason"], data=_data(to, told))
        due = f", due {local(case.due_at):%Y-%m-%d}" if case.due_at else ""
        click.echo(f"{grouped(case.number)} is {case.status} now{due}")

    await with_house(settings, work)


@case_.command()
@click.argument("number")
@click.option("--reason", required=True, help="Why, such as a receipt that was lost.")
@click.option(
    "--by", default=getpass.getuser, help="Who changes the case; the name of the account unless told otherwise."
)
@command
async def reissue(settings: Settings, number: str, reason: str, by: str) -> None:
    """Make PIN and QR code of a case worth nothing, and tell the new PIN: for a receipt in strange hands."""

    async def work(house: House) -> None:
        actor = Actor(by, Role.CLERK, channel="command line")
        await house.cases.revoke_token(_number(number), actor, reason=reason)
        case = await house.cases.renew_pin(_number(number), actor, reason=reason)
        click.echo(f"{grouped(case.number)} has the PIN {house.keys.pin(case.number, case.pin_version)} now")

    await with_house(settings, work)


def _data(to: Status, told: dict[str, Any]) -> dict[str, Any]:
    until = "amend_until" if to in (Status.CORRECTION, Status.PRE_RETURNED) else "until"
    facts = {
        "missing": list(told["missing"]),
        until: told["until"],
        "procedure": told["procedure"],
        "decision": told["decision"],
        "result_code": told["result"],
        "result_no": told["result_no"],
        "collect": told["collect"],
    }
    return {name: value for name, value in facts.items() if value}


def _number(typed: str) -> str:
    number = plain_digits(typed)
    if not is_query_number(number):
        raise BadRequest(f"{typed} is no query number: the check digit is wrong")
    return number


def _print_case(case: Case) -> None:
    onward = sorted(next_statuses(Status(case.status), case.version.project_type))
    click.echo(f"{grouped(case.number)}  {case.status}  {case.version.name} (version {case.version.number})")
    click.echo(f"project_no  {case.project_no}")
    if case.due_at:
        provisional = " (provisional)" if case.due_provisional else ""
        click.echo(f"due         {local(case.due_at):%Y-%m-%d %H:%M}{provisional}")
    click.echo(f"may become  {', '.join(onward) or 'nothing more'}")


def _print_event(event: CaseEvent) -> None:
    what = f"{event.status_from or '·'} → {event.status_to}" if event.status_to else event.kind
    reason = f"  ({event.reason})" if event.reason else ""
    click.echo(f"{event.seq:>4}  {local(event.at):%Y-%m-%d %H:%M}  {what:<28} {event.actor} · {event.channel}{reason}")


def _print_rating(rating: RatingView) -> None:
    words = f"  {rating.words}" if rating.words else ""
    click.echo(
        f"rated {rating.score} of {BEST} (best) to {WORST}  {local(rating.at):%Y-%m-%d %H:%M}  {rating.channel}{words}"
    )


COMMANDS = (case_,)
