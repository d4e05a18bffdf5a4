"""The outbox: what a case event has to tell is written with it, in its own transaction, or neither is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient

from core import lookup
from core.case_state import CaseState, Event
from core.centre import Centre
from core.codes import Status
from core.database import after_commit, transaction
from core.keys import Keys
from core.local_time import now
from core.models import DeskTask, Message, Notification
from core.notify.bell import Bell
from core.notify.consent import about_case, followers, muting, opted_out
from core.notify.matters import NEWS_FOR, WITH_REASON, matter, purpose, purpose_of
from core.notify.quiet import Quiet
from core.notify.recipients import Recipient, Recipients
from core.notify.routes import DESK, Ladder, Step
from core.notify.states import REFUSABLE, WAITING, Kind, Purpose, State
from core.notify.templates import Templates
from core.notify.words import facts_of
from core.views import CaseStatus

MAX_AGE = timedelta(hours=48)
RATING_AFTER = timedelta(hours=2)
OPEN, TOLD, FAILED, STOPPED = "open", "told", "failed", "stopped"


@dataclass(frozen=True, slots=True)
class Matter:
    """What somebody is told: `source` names it for good, `facts` fill its words."""

    source: str
    kind: str
    purpose: Purpose
    facts: Mapping[str, Any]
    case_id: int | None = None
    announcement_id: int | None = None
    department: str = ""
    urgent: bool = False
    not_before: datetime | None = None


class Outbox:
    """Writes messages; sends none. `public_url` and `phone` stand in notices.

    One that `spares_applicants` writes nothing to their telephones: those of a demonstration are made up, and may be
    somebody's.
    """

    def __init__(
        self,
        ladder: Ladder,
        templates: Templates,
        centre: Centre,
        keys: Keys,
        bell: Bell,
        *,
        quiet: Quiet,
        public_url: str,
        phone: str,
        max_age: timedelta = MAX_AGE,
        operators: Sequence[str] = (),
    ) -> None:
        self.ladder, self.quiet, self.max_age, self.bell = ladder, quiet, max_age, bell
        self._templates, self._centre, self._keys = templates, centre, keys
        self.recipients = Recipients(keys)
        self.phone = phone
        self.spares_applicants = False
        self._public_url, self._operators = public_url, tuple(operators)

    def spares(self, told: Notification, kind: Kind) -> bool:
        """Whether a matter is to be kept from the telephone that stands in its case, on this way."""
        is_to_applicant = told.recipient.startswith("case:") or told.kind == "diverted"
        return self.spares_applicants and kind in (Kind.TEXT, Kind.VOICE) and is_to_applicant

    async def ready(self) -> None:
        """Read what writing needs, before the transaction begins."""
        if self.ladder:
            await self._templates.ready()
            await self._centre.working_time()

    async def case_changed(
        self, connection: BaseDBAsyncClient, case_id: int, event: Event, before: CaseState, after: CaseState
    ) -> None:
        """Write what one event has to tell: part of its transaction. Nothing where no channel is switched on.

        Of a step that is taken back before anything of it has left, nobody hears.
        """
        kind = matter(event, before, after) if self.ladder else ""
        if not kind or now() - event.at > NEWS_FOR or after.status == Status.DRAFT:
            return
        if kind == "put_right" and await _taken_back(connection, f"case:{case_id}:{event.data['undoes']}"):
            return
        status = await self._status(connection, case_id)
        facts = facts_of(status, f"{self._public_url}/q/{status.token}", self.phone)
        if kind in WITH_REASON:
            facts["reason"] = event.reason
        source = f"case:{case_id}:{after.seq}"
        told = Matter(source, kind, purpose_of(event, kind), facts, case_id, department=status.department)
        spared = self.spares_applicants
        recipients = await self.recipients.of_case(connection, case_id, by_telephone=not spared)
        await self.write(connection, told, recipients)
        if kind == "delivered" and status.can_be_rated:
            await self._invite_rating(connection, told, facts, recipients)

    async def _invite_rating(
        self, connection: BaseDBAsyncClient, told: Matter, facts: Mapping[str, Any], recipients: Sequence[Recipient]
    ) -> None:
        """评价邀请: once a case, some time after it is over."""
        source, after = f"case:{told.case_id}:rating", now() + RATING_AFTER
        invited = Matter(source, "rating", purpose("rating"), facts, told.case_id, not_before=after)
        await self.write(connection, invited, recipients)

    async def write(self, connection: BaseDBAsyncClient, told: Matter, recipients: Sequence[Recipient]) -> int:
        """Write one matter for its recipients, each with their first message; for how many it hadn't been already.

        Part of a change that others wait for: it asks the database as often for a hundred as for one.
        """
        people: dict[str, Recipient] = {}
        routes: dict[str, tuple[Step, ...]] = {}
        for one in recipients:
            if one.name not in people and (route := self._route(told, one)):
                people[one.name], routes[one.name] = one, route
        routes = await self._wanted(connection, told, routes)
        of_it = Notification.filter(source=told.source, recipient__in=list(routes)).using_db(connection)
        written = {str(name) for name in await of_it.values_list("recipient", flat=True)} if routes else set()
        at = now()
        rows = [_notification(told, people[name], route, at) for name, route in routes.items() if name not in written]
        if not rows:
            return 0
        messages = [await self._message_of_step(row, at, told.not_before) for row in rows]
        await Notification.bulk_create(rows, using_db=connection)
        ids = dict(await of_it.values_list("recipient", "id"))
        for row, message in zip(rows, messages, strict=True):
            if message is not None:
                message.notification_id = ids[row.recipient]
        await Message.bulk_create([message for message in messages if message is not None], using_db=connection)
        for row, message in zip(rows, messages, strict=True):
            if message is None:
                await _to_the_desk(connection, ids[row.recipient], at, told.department)
        after_commit(self.bell.ring)
        return len(rows)

    async def step(
        self, connection: BaseDBAsyncClient, notification: Notification, number: int, at: datetime, department: str
    ) -> None:
        """Take a step of the ladder: a message on its channel, or a task for the desk."""
        notification.step = number
        message = await self._message_of_step(notification, at)
        if message is None:
            await _to_the_desk(connection, notification.id, at, department)
        else:
            message.notification_id = notification.id
            await message.save(using_db=connection)
        await notification.save(using_db=connection, update_fields=["step", "look_at"])

    async def _message_of_step(
        self, told: Notification, at: datetime, not_before: datetime | None = None
    ) -> Message | None:
        """The message of the step on which a notification stands, not written and not tied to it yet; None at the desk.

        Sets `look_at`, when the ladder looks next.
        """
        place, address = told.route[told.step]
        if place == DESK:
            told.look_at = None
            return None
        means = self.ladder[place]
        worded = await self._templates.word(told.kind, means.kind, told.purpose, told.language, told.facts)
        due = await self.due(max(at, not_before or at), urgent=told.urgent)
        told.look_at = due + means.wait
        return Message(
            place=place,
            kind=means.kind,
            address=address,
            language=told.language,
            purpose=told.purpose,
            urgent=told.urgent,
            text=worded.text,
            template=worded.template,
            template_version=worded.version,
            state=State.DEFERRED if due > at else State.QUEUED,
            at=at,
            due_at=due,
            expires_at=due + self.max_age,
        )

    async def due(self, at: datetime, *, urgent: bool) -> datetime:
        """When a message may leave that is ready at a moment: at once when urgent, else not in the quiet hours."""
        if urgent:
            return at
        return self.quiet.until(at, (await self._centre.working_time()).calendar) or at

    async def alert(self, what: str, key: str) -> None:
        """Tell the operators, once an hour about one thing. Raises Unavailable."""
        at = now()
        told = Matter(f"alert:{key}:{at:%Y%m%d%H}", "alert", purpose("alert"), {"text": what}, urgent=True)
        await self.ready()
        async with transaction() as connection:
            await self.write(connection, told, [Recipient(number, number) for number in self._operators])

    async def _status(self, connection: BaseDBAsyncClient, case_id: int) -> CaseStatus:
        """The case as the query layer tells it, in the state that this transaction leaves it in."""
        is_sqlite = connection.capabilities.dialect == "sqlite"
        sql = lookup.BY_ID.one.replace("$", "?") if is_sqlite else lookup.BY_ID.one
        [row] = await connection.execute_query_dict(sql, [case_id])
        return lookup.case_status(row, now(), self._keys.token(row["id"], row["token_version"]))

    async def _wanted(
        self, connection: BaseDBAsyncClient, told: Matter, routes: Mapping[str, tuple[Step, ...]]
    ) -> dict[str, tuple[Step, ...]]:
        """Of the routes, by the names of people, the steps that they didn't opt out of; who has none is left out."""
        applicant = about_case(told.case_id) if told.case_id is not None else ""
        if applicant in routes and told.purpose in REFUSABLE and await followers(connection, muting(told.case_id or 0)):
            routes = {name: route for name, route in routes.items() if name != applicant}
        ways = [(step.address, self._kind(step)) for route in routes.values() for step in route if step.place != DESK]
        out = await opted_out(ways, told.purpose, connection)
        kept = {
            name: tuple(step for step in route if (step.address, self._kind(step)) not in out)
            for name, route in routes.items()
        }
        return {name: route for name, route in kept.items() if route}

    def _route(self, told: Matter, recipient: Recipient) -> tuple[Step, ...]:
        """The steps to a recipient. Only what the law has told the applicant becomes a task for the desk."""
        applicant = told.case_id is not None and recipient.name == about_case(told.case_id)
        desk = told.purpose == Purpose.STATUTORY and applicant
        route = self.ladder.route(recipient.number, recipient.chats, desk=desk, mails=recipient.mails)
        if told.purpose in (Purpose.RATING, Purpose.ANNOUNCEMENT, Purpose.ANSWER):  # nobody is called for these
            return tuple(step for step in route if self._kind(step) != Kind.VOICE)
        return route

    def _kind(self, step: Step) -> Kind:
        return self.ladder[step.place].kind if step.place != DESK else Kind.DESK


def _notification(told: Matter, recipient: Recipient, route: Sequence[Step], at: datetime) -> Notification:
    return Notification(
        source=told.source,
        recipient=recipient.name,
        kind=told.kind,
        purpose=told.purpose,
        urgent=told.urgent,
        case_id=told.case_id,
        announcement_id=told.announcement_id,
        language=recipient.language,
        facts=dict(told.facts),
        route=[[step.place, step.address] for step in route],
        state=OPEN,
        at=at,
    )


async def _to_the_desk(connection: BaseDBAsyncClient, notification_id: int, at: datetime, department: str) -> None:
    await DeskTask.get_or_create(
        using_db=connection, notification_id=notification_id, defaults={"at": at, "department": department}
    )


async def _taken_back(connection: BaseDBAsyncClient, source: str) -> bool:
    """Stop what an event had to tell; whether none of it had left."""
    at = now()
    told = await Notification.filter(source=source).using_db(connection).values_list("id", flat=True)
    messages = Message.filter(notification_id__in=list(told)).using_db(connection)
    await messages.filter(state__in=list(WAITING)).update(state=State.EXPIRED, reason="undone", settled_at=at)
    open_ones = Notification.filter(id__in=list(told), state=OPEN).using_db(connection)
    await open_ones.update(state=STOPPED, closed_at=at, look_at=None)
    tasks = DeskTask.filter(notification_id__in=list(told), done_at=None).using_db(connection)
    await tasks.update(done_at=at, outcome="spared")
    told_at_desk = DeskTask.filter(notification_id__in=list(told), outcome="reached").using_db(connection)
    return not await messages.exclude(reason="undone").exists() and not await told_at_desk.exists()
