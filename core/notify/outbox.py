"""The outbox: what a case event has to tell is written with it, in its own transaction, or neither is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient

from core import lookup
from core.case_state import CaseState, Event
from core.centre import Centre
from core.codes import Status
from core.database import transaction
from core.keys import Keys
from core.language import DEFAULT
from core.local_time import now
from core.models import Case, DeskTask, Message, Notification
from core.notify.addresses import is_mail, telephone
from core.notify.bell import Bell
from core.notify.consent import about_case, followers, muting, opted_out
from core.notify.matters import NEWS_FOR, WITH_REASON, matter, purpose, purpose_of
from core.notify.quiet import Quiet
from core.notify.routes import DESK, Ladder, Step
from core.notify.states import REFUSABLE, WAITING, Kind, Purpose, State
from core.notify.templates import Templates
from core.notify.words import facts_of
from core.views import CaseStatus

MAX_AGE = timedelta(hours=48)
RATING_AFTER = timedelta(hours=2)
OPEN, TOLD, FAILED, STOPPED = "open", "told", "failed", "stopped"


@dataclass(frozen=True, slots=True)
class Recipient:
    """A person: a name for them that stays the same, a telephone number, chats and mails by the places of their
    channels, and the language they read."""

    name: str
    number: str = ""
    chats: Mapping[str, str] = field(default_factory=dict)
    language: str = DEFAULT
    mails: Mapping[str, str] = field(default_factory=dict)


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
        recipients = await self._recipients(connection, case_id)
        for one in recipients:
            await self.write(connection, told, one)
        if kind == "delivered" and status.can_be_rated:
            await self._invite_rating(connection, told, facts, recipients)

    async def _invite_rating(
        self, connection: BaseDBAsyncClient, told: Matter, facts: Mapping[str, Any], recipients: Iterable[Recipient]
    ) -> None:
        """评价邀请: once a case, some time after it is over."""
        source, after = f"case:{told.case_id}:rating", now() + RATING_AFTER
        invited = Matter(source, "rating", purpose("rating"), facts, told.case_id, not_before=after)
        for one in recipients:
            await self.write(connection, invited, one)

    async def write(self, connection: BaseDBAsyncClient, told: Matter, recipient: Recipient) -> bool:
        """Write one matter for one recipient with its first message; whether it hadn't been already."""
        route = await self._route(connection, told, recipient)
        if not route or await self._is_written(connection, told.source, recipient.name):
            return False
        at = now()
        notification = await Notification.create(
            using_db=connection,
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
        await self.step(connection, notification, 0, at, told.not_before, department=told.department)
        self.bell.ring()
        return True

    async def step(
        self,
        connection: BaseDBAsyncClient,
        notification: Notification,
        number: int,
        at: datetime,
        not_before: datetime | None = None,
        department: str = "",
    ) -> None:
        """Take a step of the ladder: a message on its channel, or a task for the desk."""
        place, address = notification.route[number]
        notification.step = number
        if place == DESK:
            await DeskTask.get_or_create(
                using_db=connection,
                notification_id=notification.id,
                defaults={"at": at, "department": department},
            )
            notification.look_at = None
        else:
            message = await self._message(connection, notification, place, address, at, not_before)
            notification.look_at = message.due_at + self.ladder[place].wait
        await notification.save(using_db=connection, update_fields=["step", "look_at"])

    async def _message(
        self,
        connection: BaseDBAsyncClient,
        told: Notification,
        place: str,
        address: str,
        at: datetime,
        not_before: datetime | None,
    ) -> Message:
        kind = self.ladder[place].kind
        worded = await self._templates.word(told.kind, kind, told.purpose, told.language, told.facts)
        due = await self.due(max(at, not_before or at), urgent=told.urgent)
        return await Message.create(
            using_db=connection,
            notification_id=told.id,
            place=place,
            kind=kind,
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
            for number in self._operators:
                await self.write(connection, told, Recipient(number, number))

    async def _is_written(self, connection: BaseDBAsyncClient, source: str, recipient: str) -> bool:
        return await Notification.filter(source=source, recipient=recipient).using_db(connection).exists()

    async def _status(self, connection: BaseDBAsyncClient, case_id: int) -> CaseStatus:
        """The case as the query layer tells it, in the state that this transaction leaves it in."""
        is_sqlite = connection.capabilities.dialect == "sqlite"
        sql = lookup.BY_ID.one.replace("$", "?") if is_sqlite else lookup.BY_ID.one
        [row] = await connection.execute_query_dict(sql, [case_id])
        return lookup.case_status(row, self._keys, now())

    async def _recipients(self, connection: BaseDBAsyncClient, case_id: int) -> list[Recipient]:
        """The applicant, with the chats that follow the case in front of the telephone."""
        case = await Case.get(id=case_id, using_db=connection).only("id", "mobile")
        following = await followers(connection, about_case(case_id))
        chatting = [one for one in following if not one.address.startswith("+") and not is_mail(one.address)]
        chats = {one.place: one.address for one in chatting}
        number = "" if self.spares_applicants else telephone(case.mobile)
        applicant = Recipient(f"case:{case_id}", number, chats, chatting[-1].language if chatting else DEFAULT)
        # Of several chats on one channel each is told; one of them has the telephone behind it.
        others = [
            Recipient(f"{one.place}:{one.address}", "", {one.place: one.address}, one.language)
            for one in chatting
            if chats[one.place] != one.address
        ]
        others += [
            Recipient(f"phone:{one.address}", one.address, {}, one.language)
            for one in following
            if one.address.startswith("+") and one.address != number
        ]
        others += [self.by_mail(one.place, one.address, one.language) for one in following if is_mail(one.address)]
        return [applicant, *others]

    def by_mail(self, place: str, address: str, language: str) -> Recipient:
        """Who is told by mail: named by a digest, for an address may be longer than a name."""
        return Recipient(f"mail:{self._keys.sender(address)}", "", {}, language, {place: address})

    async def _route(self, connection: BaseDBAsyncClient, told: Matter, recipient: Recipient) -> tuple[Step, ...]:
        """The steps that a recipient didn't opt out of. Only what the law has told becomes a task for the desk."""
        applicant = told.case_id is not None and recipient.name == about_case(told.case_id)
        if applicant and told.purpose in REFUSABLE and await followers(connection, muting(told.case_id or 0)):
            return ()
        desk = told.purpose == Purpose.STATUTORY and applicant
        route = self.ladder.route(recipient.number, recipient.chats, desk=desk, mails=recipient.mails)
        if told.purpose in (Purpose.RATING, Purpose.ANNOUNCEMENT, Purpose.ANSWER):  # nobody is called for these
            route = tuple(step for step in route if self.ladder[step.place].kind != Kind.VOICE)
        kept = []
        for step in route:
            kind = self.ladder[step.place].kind if step.place != DESK else Kind.DESK
            if not await opted_out([step.address], kind, told.purpose, connection):
                kept.append(step)
        return tuple(kept)


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
