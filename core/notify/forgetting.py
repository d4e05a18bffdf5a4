"""What of messages is forgotten: words after a while, everything of a person who is erased, and what waits for the
numbers that a demonstration made up. Proofs stay.
"""

from __future__ import annotations

from datetime import datetime

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.expressions import Q

from core.database import reading, transaction
from core.local_time import now
from core.models import DeskTask, Message, Notification, Subscription
from core.notify.consent import about_case, muting
from core.notify.states import WAITING, Kind, State

MOST_AT_ONCE = 500


async def redact(before: datetime) -> int:
    """Blank the words of messages from before a moment, and what they were filled with; states and receipts stay."""
    done = 0
    while rows := await _worded(before):
        async with transaction() as connection:
            await Message.filter(id__in=[row.id for row in rows]).using_db(connection).update(text="")
            ids = [row.notification_id for row in rows]  # type: ignore[attr-defined]
            await Notification.filter(id__in=ids).using_db(connection).update(facts={})
        done += len(rows)
    return done


@reading
async def _worded(before: datetime) -> list[Message]:
    old = Message.filter(at__lt=before).exclude(text="")
    return await old.order_by("at").limit(MOST_AT_ONCE).only("id", "notification_id")


async def forget_messages(connection: BaseDBAsyncClient, case_id: int) -> None:
    """Take words and addresses out of all that was sent about a case, who followed it, and what the desk remarked.

    States and receipts stay.
    """
    told = await Notification.filter(case_id=case_id).using_db(connection).values_list("id", flat=True)
    waiting = Message.filter(notification_id__in=list(told), state__in=list(WAITING)).using_db(connection)
    await waiting.update(state=State.EXPIRED, reason="undone", settled_at=now())
    sent = Message.filter(notification_id__in=list(told)).using_db(connection)
    await sent.update(text="", address="", is_dead=False)
    await Notification.filter(id__in=list(told)).using_db(connection).update(facts={}, route=[], look_at=None)
    # Who followed the case is named by telephone or chat; the applicant is named by the case.
    for follower in (
        await Notification.filter(id__in=list(told)).using_db(connection).exclude(recipient=about_case(case_id))
    ):
        follower.recipient = f"forgotten:{follower.id}"
        await follower.save(using_db=connection, update_fields=["recipient"])
    await DeskTask.filter(notification_id__in=list(told)).using_db(connection).update(remark="")
    for topic in (about_case(case_id), muting(case_id)):
        await Subscription.filter(topic=topic).using_db(connection).delete()


async def stop_applicants_messages() -> int:
    """Send nothing any more of what waits for applicants' telephones; how many there were. Raises Unavailable."""
    applicants = Q(notification__recipient__startswith="case:") | Q(notification__kind="diverted")
    async with transaction() as connection:
        stopped = 0
        while True:
            waiting = Message.filter(applicants, state__in=list(WAITING), kind__in=[Kind.TEXT, Kind.VOICE])
            ids = await waiting.limit(MOST_AT_ONCE).using_db(connection).values_list("id", flat=True)
            if not ids:
                return stopped
            these = Message.filter(id__in=list(ids)).using_db(connection)
            stopped += await these.update(state=State.EXPIRED, reason="undone", settled_at=now())
