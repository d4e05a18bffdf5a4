"""What was sent, to be looked at and proven: messages by filters, and the whole trail of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from tortoise.expressions import Q
from tortoise.functions import Count

from core.database import reading
from core.dialogue.segments import segments
from core.errors import NotFound
from core.local_time import day_start, local
from core.models import Case, Message, MessageEvent, Notification
from core.naming import may_be
from core.notify.addresses import contact, masked
from core.notify.states import WAITING, Kind

PAGE = 50
_SHOWN = frozenset(
    {"item", "stage", "department", "due", "missing", "amend_until", "paused_by", "paused_until", "result"}
)


@dataclass(frozen=True, slots=True)
class MessageFilter:
    """What is looked for; empty parts match all. `until` is the last day, `department` the looker's own."""

    number: str = ""
    address: str = ""
    kind: str = ""
    event: str = ""
    state: str = ""
    since: date | None = None
    until: date | None = None
    dead: bool = False
    department: str = ""


@dataclass(frozen=True, slots=True)
class MessageView:
    """One sending, the address masked."""

    id: int
    case: str
    event: str
    purpose: str
    place: str
    kind: str
    address: str
    state: str
    reason: str
    detail: str
    attempts: int
    at: datetime
    due_at: datetime
    is_dead: bool
    ladder: str


@dataclass(frozen=True, slots=True)
class Heard:
    """One entry of what was heard of a message."""

    at: datetime
    source: str
    state: str
    word: str
    provider_id: str


@dataclass(frozen=True, slots=True)
class Sending:
    """One message of the trail with everything that was heard of it."""

    id: int
    place: str
    kind: str
    address: str
    text: str
    template: str
    template_version: int
    segments: int
    state: str
    reason: str
    attempts: int
    at: datetime
    due_at: datetime
    sent_at: datetime | None
    settled_at: datetime | None
    provider_id: str
    heard_by: str
    heard: tuple[Heard, ...]


@dataclass(frozen=True, slots=True)
class Evidence:
    """送达证明: what a person was told of one matter, by which ways, and what proves it."""

    notification: int
    source: str
    event: str
    purpose: str
    urgent: bool
    case: str
    language: str
    state: str
    at: datetime
    closed_at: datetime | None
    route: tuple[tuple[str, str], ...]
    step: int
    sendings: tuple[Sending, ...] = field(default=())

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


class MessageRecords:
    @reading
    async def found(self, which: MessageFilter, before: int | None = None, most: int = PAGE) -> list[MessageView]:
        """The newest first, those before a message for a next page."""
        sought = _sought(which)
        if before is not None:
            sought &= Q(id__lt=before)
        rows = Message.filter(sought).order_by("-id").limit(most).select_related("notification", "notification__case")
        return [_view(row) for row in await rows]

    @reading
    async def latest_facts(self, event: str, sample: Mapping[str, Any]) -> dict[str, Any]:
        """The values of the latest notice of an event, to try words with; those of `sample` where it has none.

        What leads to the case itself is the sample's: who words notices need not see whose they are.
        """
        latest = await Notification.filter(kind=event).exclude(facts={}).order_by("-id").first()
        real = latest.facts if latest else {}
        return {name: (real.get(name) or value) if name in _SHOWN else value for name, value in sample.items()}

    @reading
    async def case_id(self, number: str, department: str = "") -> int:
        """The case of a query number. Raises NotFound, for another department's too."""
        case = await Case.get_or_none(number=number) if may_be(Case, number=number) else None
        if case is None or (department and case.department != department):
            raise NotFound(f"there is no case {number}")
        return int(case.id)

    @reading
    async def dead(self) -> int:
        """How many dead letters wait for somebody to look."""
        return await Message.filter(is_dead=True).count()

    @reading
    async def waiting(self) -> dict[str, int]:
        """How many messages wait to be sent, by their channels' places."""
        waiting = Message.filter(state__in=list(WAITING)).group_by("place").annotate(count=Count("id"))
        return {row["place"]: row["count"] for row in await waiting.values("place", "count")}

    @reading
    async def evidence(self, message_id: int, department: str = "") -> Evidence:
        """The whole trail of what a message belongs to. Raises NotFound, for another department's too."""
        message = await Message.get_or_none(id=message_id)
        if message is None:
            raise NotFound(f"there is no message {message_id}")
        told = await Notification.get(id=message.notification_id).select_related("case")  # type: ignore[attr-defined]
        if department and (told.case is None or told.case.department != department):
            raise NotFound(f"there is no message {message_id} of {department}")
        messages = await Message.filter(notification_id=told.id).order_by("id")
        heard: dict[int, list[Heard]] = {}
        for event in await MessageEvent.filter(message_id__in=[one.id for one in messages]).order_by("id"):
            said = Heard(local(event.at), event.source, event.state, event.word, event.provider_id)
            heard.setdefault(event.message_id, []).append(said)  # type: ignore[attr-defined]
        return Evidence(
            told.id,
            told.source,
            told.kind,
            told.purpose,
            told.urgent,
            told.case.number if told.case else "",
            told.language,
            told.state,
            local(told.at),
            local(told.closed_at) if told.closed_at else None,
            tuple((place, masked(address)) for place, address in told.route),
            told.step,
            tuple(_sending(one, heard.get(one.id, [])) for one in messages),
        )


def _sought(which: MessageFilter) -> Q:
    sought = Q()
    exact = {
        "notification__case__number": which.number,
        "notification__case__department": which.department,
        "address": contact(which.address) or which.address,
        "kind": which.kind,
        "state": which.state,
        "notification__kind": which.event,
    }
    for name, value in exact.items():
        if value:
            sought &= Q(**{name: value})
    if which.since:
        sought &= Q(at__gte=day_start(which.since))
    if which.until:
        sought &= Q(at__lt=day_start(which.until + timedelta(days=1)))
    return sought & Q(is_dead=True) if which.dead else sought


def _view(row: Message) -> MessageView:
    told = row.notification
    return MessageView(
        row.id,
        told.case.number if told.case else "",
        told.kind,
        row.purpose,
        row.place,
        row.kind,
        masked(row.address),
        row.state,
        row.reason,
        row.detail,
        row.attempts,
        local(row.at),
        local(row.due_at),
        row.is_dead,
        told.state,
    )


def _sending(row: Message, heard: Sequence[Heard]) -> Sending:
    return Sending(
        row.id,
        row.place,
        row.kind,
        masked(row.address),
        row.text,
        row.template,
        row.template_version,
        segments(row.text) if row.kind == Kind.TEXT and row.text else 0,
        row.state,
        row.reason,
        row.attempts,
        local(row.at),
        local(row.due_at),
        local(row.sent_at) if row.sent_at else None,
        local(row.settled_at) if row.settled_at else None,
        row.provider_id,
        row.heard_by,
        tuple(heard),
    )
