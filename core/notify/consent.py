"""Who wants what: opting out and in again, which counts at once, and following cases, items and departments."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.expressions import Q

from core.database import reading, transaction
from core.errors import BadRequest
from core.local_time import local, now
from core.models import Message, MessageEvent, Notification, OptOut, Subscription
from core.notify.addresses import masked
from core.notify.states import REFUSABLE, WAITING, Kind, Purpose, State
from core.staff.trail import note

OPTED_OUT = "opted_out"
MOST_FOLLOWED = 50
ALL = "all"
_PAGE = 100
# An address on a kind of channel.
Way = tuple[str, str]


def about_case(case_id: int) -> str:
    return f"case:{case_id}"


def about_item(task_code: str) -> str:
    return f"item:{task_code}"


def about_department(name: str) -> str:
    return f"department:{name}"


def muting(case_id: int) -> str:
    """Under which the applicant is kept who wants no notices of a case; it is followed by nobody."""
    return f"mute:{case_id}"


@dataclass(frozen=True, slots=True)
class OptOutView:
    """An address, masked, that wants no messages: of a kind and for a purpose, or of any."""

    id: int
    address: str
    kind: str
    purpose: str
    at: datetime
    by: str


class Consent:
    """Every change is one transaction with the audit of it, and with what it stops."""

    async def opt_out(self, address: str, by: str, *, kind: str = "", purpose: str = "") -> None:
        """Send an address no more; what waits for it is stopped. What the law has told is not.

        Raises BadRequest for a channel or a purpose that one can't opt out of.
        """
        if kind and kind not in (Kind.TEXT, Kind.CHAT, Kind.VOICE, Kind.MAIL):
            raise BadRequest(f"there is no channel {kind}")
        if purpose and purpose not in REFUSABLE:
            raise BadRequest(f"nobody opts out of {purpose}")
        async with transaction() as connection:
            await self.refused(connection, address, by, kind=kind, purpose=purpose)

    async def refused(
        self, connection: BaseDBAsyncClient, address: str, by: str, *, kind: str = "", purpose: str = ""
    ) -> None:
        """The same as a part of somebody's transaction."""
        await OptOut.get_or_create(
            using_db=connection, address=address, kind=kind, purpose=purpose, defaults={"at": now(), "by": by}
        )
        await note(connection, by, "opted out", masked(address), {"kind": kind, "purpose": purpose})
        await stop_waiting(connection, _of(address, kind, purpose))

    async def opt_in(self, address: str, by: str, *, kind: str = "", purpose: str = "") -> bool:
        """Take every opting out of an address back, or that of one kind or purpose; whether there was any."""
        sought = Q(address=address)
        if kind:
            sought &= Q(kind__in=["", kind])
        if purpose:
            sought &= Q(purpose__in=["", purpose])
        async with transaction() as connection:
            there = await OptOut.filter(sought).using_db(connection).delete()
            await note(connection, by, "opted in", masked(address), {"kind": kind, "purpose": purpose})
        return bool(there)

    @reading
    async def is_out(self, address: str, kind: str, purpose: str = Purpose.SERVICE) -> bool:
        """Whether an address opted out of messages of this kind and purpose."""
        return bool(await opted_out([(address, kind)], purpose))

    @reading
    async def listed(self, address: str = "", before: int | None = None) -> list[OptOutView]:
        """The newest first, a page of them."""
        sought = Q(address=address) if address else Q()
        if before is not None:
            sought &= Q(id__lt=before)
        rows = await OptOut.filter(sought).order_by("-id").limit(_PAGE)
        return [OptOutView(r.id, masked(r.address), r.kind, r.purpose, local(r.at), r.by) for r in rows]

    async def opt_in_by_id(self, opt_out_id: int, by: str) -> None:
        """Take one opting out back, as somebody asked for at the desk."""
        async with transaction() as connection:
            row = await OptOut.get_or_none(id=opt_out_id, using_db=connection)
            if row is not None:
                await row.delete(using_db=connection)
                await note(connection, by, "opted in", masked(row.address), {"kind": row.kind, "purpose": row.purpose})

    async def follow(self, topic: str, place: str, address: str, language: str, by: str) -> None:
        """Tell an address of a topic from now on, once. Raises BadRequest for more topics than anybody follows."""
        async with transaction() as connection:
            mine = Subscription.filter(address=address, place=place).using_db(connection)
            if await mine.count() >= MOST_FOLLOWED and not await mine.filter(topic=topic).exists():
                raise BadRequest(f"at most {MOST_FOLLOWED} topics are followed", key="too_many_topics")
            await Subscription.get_or_create(
                using_db=connection,
                topic=topic,
                place=place,
                address=address,
                defaults={"language": language, "at": now(), "by": by},
            )
            await note(connection, by, "subscribed", topic, {"address": masked(address), "place": place})

    async def unfollow(self, topic: str, place: str, address: str, by: str) -> bool:
        async with transaction() as connection:
            mine = Subscription.filter(topic=topic, place=place, address=address).using_db(connection)
            there = bool(await mine.delete())
            if there:
                await note(connection, by, "unsubscribed", topic, {"address": masked(address), "place": place})
        return there

    async def mute(self, case_id: int, by: str) -> None:
        """No notices of one case to its applicant any more but what the law has told; what waits is stopped."""
        async with transaction() as connection:
            row = {"language": "", "at": now(), "by": by}
            await Subscription.get_or_create(
                using_db=connection, topic=muting(case_id), place="", address="", defaults=row
            )
            await note(connection, by, "unsubscribed", about_case(case_id), {"address": "the applicant's"})
            mine = Q(notification__case_id=case_id, notification__recipient=about_case(case_id))
            await stop_waiting(connection, mine & Q(purpose__in=list(REFUSABLE)))

    async def unmute(self, case_id: int, by: str) -> None:
        async with transaction() as connection:
            await Subscription.filter(topic=muting(case_id)).using_db(connection).delete()
            await note(connection, by, "subscribed", about_case(case_id), {"address": "the applicant's"})

    @reading
    async def follows(self, topic: str, place: str, address: str) -> bool:
        return await Subscription.exists(topic=topic, place=place, address=address)


async def followers(connection: BaseDBAsyncClient, topic: str) -> Sequence[Subscription]:
    return await Subscription.filter(topic=topic).using_db(connection).order_by("id")


async def opted_out(ways: Iterable[Way], purpose: str, connection: BaseDBAsyncClient | None = None) -> set[Way]:
    """Those of the ways that are refused for messages of this purpose; never for what the law has told."""
    ways = list(ways)
    if purpose not in REFUSABLE or not ways:
        return set()
    sought = OptOut.filter(address__in=list({address for address, _ in ways}), purpose__in=["", purpose])
    found = sought.using_db(connection) if connection else sought
    refused = set(await found.values_list("address", "kind"))
    return {(address, kind) for address, kind in ways if not refused.isdisjoint({(address, kind), (address, "")})}


def _of(address: str, kind: str, purpose: str) -> Q:
    sought = Q(address=address, purpose__in=[purpose] if purpose else list(REFUSABLE))
    return sought & Q(kind=kind) if kind else sought


async def stop_waiting(connection: BaseDBAsyncClient, which: Q) -> None:
    """End messages that haven't left and that nobody wants any more, and have their ladders look at once."""
    at = now()
    rows = await Message.filter(which, state__in=list(WAITING)).using_db(connection).only("id", "notification_id")
    if not rows:
        return
    ids = [row.id for row in rows]
    await (
        Message.filter(id__in=ids, state__in=list(WAITING))
        .using_db(connection)
        .update(state=State.FAILED, reason=OPTED_OUT, settled_at=at)
    )
    await MessageEvent.bulk_create(
        [MessageEvent(message_id=i, at=at, source="consent", state=State.FAILED, word=OPTED_OUT) for i in ids],
        using_db=connection,
    )
    open_ones = Notification.filter(id__in=[row.notification_id for row in rows], state="open")  # type: ignore[attr-defined]
    await open_ones.using_db(connection).update(look_at=at)
