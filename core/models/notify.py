"""What citizens are told unasked: each matter for each recipient, each sending of it, and every word that came back."""

from __future__ import annotations

from typing import Any

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from core.models.cases import Case
from core.models.catalogue import Department, ServiceItem
from core.models.centre import Notice


class Announcement(Model):
    """A message to everybody who follows an item, a department, or the centre.

    `cursor` is the last subscription that it was written for: whoever goes on with it begins there.
    """

    id = fields.IntField(primary_key=True)
    title = fields.CharField(max_length=100)
    text_zh = fields.TextField()
    text_en = fields.TextField(default="")
    item: fields.ForeignKeyNullableRelation[ServiceItem] = fields.ForeignKeyField(
        "core.ServiceItem", related_name="announcements", null=True, on_delete=fields.RESTRICT
    )
    department: fields.ForeignKeyNullableRelation[Department] = fields.ForeignKeyField(
        "core.Department", related_name="announcements", null=True, on_delete=fields.RESTRICT
    )
    notice: fields.ForeignKeyNullableRelation[Notice] = fields.ForeignKeyField(
        "core.Notice", related_name="announcements", null=True, unique=True, on_delete=fields.RESTRICT
    )
    urgent = fields.BooleanField(default=False)
    state = fields.CharField(max_length=8, default="draft")
    cursor = fields.BigIntField(default=0)
    written_by = fields.CharField(max_length=32)
    released_by = fields.CharField(max_length=32, default="")
    at = fields.DatetimeField()
    released_at = fields.DatetimeField(null=True)
    done_at = fields.DatetimeField(null=True)

    class Meta:
        table = "announcement"
        indexes = (Index(fields=("state",), name="announcement_state"),)


class Notification(Model):
    """One matter that one recipient is told. `source` names the matter: it is told to nobody twice.

    `route` are the steps of the delivery ladder, `step` the one that it stands on, `look_at` when the ladder looks
    next, `facts` what the words are filled with.
    """

    id = fields.BigIntField(primary_key=True)
    source = fields.CharField(max_length=60)
    recipient = fields.CharField(max_length=80)
    kind = fields.CharField(max_length=16)
    purpose = fields.CharField(max_length=12)
    urgent = fields.BooleanField(default=False)
    case: fields.ForeignKeyNullableRelation[Case] = fields.ForeignKeyField(
        "core.Case", related_name="notifications", null=True, on_delete=fields.RESTRICT
    )
    announcement: fields.ForeignKeyNullableRelation[Announcement] = fields.ForeignKeyField(
        "core.Announcement", related_name="notifications", null=True, on_delete=fields.RESTRICT
    )
    language = fields.CharField(max_length=8)
    facts: dict[str, Any] = fields.JSONField(default=dict)
    route: list[Any] = fields.JSONField(default=list)
    step = fields.SmallIntField(default=0)
    state = fields.CharField(max_length=8, default="open")
    look_at = fields.DatetimeField(null=True)
    at = fields.DatetimeField()
    closed_at = fields.DatetimeField(null=True)

    class Meta:
        table = "notification"
        unique_together = (("source", "recipient"),)
        indexes = (
            Index(fields=("case_id",), name="notification_case"),
            Index(fields=("announcement_id", "state"), name="notification_announcement"),
        )


class Message(Model):
    """One sending on one channel. Only `core.notify.states` says what may become of it.

    `sending` messages have a lease: when it runs out unsettled, nobody knows whether they arrived. `is_dead` are those
    that failed for good and wait for somebody to look. The text is blanked after a while, the rest stays.
    """

    id = fields.BigIntField(primary_key=True)
    notification: fields.ForeignKeyRelation[Notification] = fields.ForeignKeyField(
        "core.Notification", related_name="messages", on_delete=fields.RESTRICT
    )
    place = fields.CharField(max_length=40)
    kind = fields.CharField(max_length=6)
    address = fields.CharField(max_length=254)
    language = fields.CharField(max_length=8)
    purpose = fields.CharField(max_length=12)
    urgent = fields.BooleanField(default=False)
    text = fields.TextField()
    template = fields.CharField(max_length=32)
    template_version = fields.IntField(default=0)
    state = fields.CharField(max_length=10)
    reason = fields.CharField(max_length=12, default="")
    detail = fields.CharField(max_length=100, default="")
    attempts = fields.SmallIntField(default=0)
    is_dead = fields.BooleanField(default=False)
    heard_by = fields.CharField(max_length=8, default="")
    provider_id = fields.CharField(max_length=64, default="")
    at = fields.DatetimeField()
    due_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()
    lease_until = fields.DatetimeField(null=True)
    sent_at = fields.DatetimeField(null=True)
    settled_at = fields.DatetimeField(null=True)

    class Meta:
        table = "message"
        indexes = (
            Index(fields=("notification_id",), name="message_notification"),
            Index(fields=("address",), name="message_address"),
        )


class MessageEvent(Model):
    """What was heard of a message: each answer, receipt and decision, in the provider's own word. Append-only."""

    id = fields.BigIntField(primary_key=True)
    message: fields.ForeignKeyRelation[Message] = fields.ForeignKeyField(
        "core.Message", related_name="events", on_delete=fields.RESTRICT
    )
    at = fields.DatetimeField()
    source = fields.CharField(max_length=8)
    state = fields.CharField(max_length=10)
    word = fields.CharField(max_length=100, default="")
    provider_id = fields.CharField(max_length=64, default="")

    class Meta:
        table = "message_event"
        indexes = (Index(fields=("message_id",), name="message_event_message"),)


class MessageTemplate(Model):
    """The words for an event on a kind of channel in a language. Versions are added, never changed."""

    id = fields.IntField(primary_key=True)
    event = fields.CharField(max_length=16)
    kind = fields.CharField(max_length=6)
    language = fields.CharField(max_length=8)
    version = fields.IntField()
    text = fields.TextField()
    by = fields.CharField(max_length=32)
    at = fields.DatetimeField()

    class Meta:
        table = "message_template"
        unique_together = (("event", "kind", "language", "version"),)


class OptOut(Model):
    """退订: an address that wants no messages. Without a `kind` on no channel, without a `purpose` of no sort."""

    id = fields.BigIntField(primary_key=True)
    address = fields.CharField(max_length=254)
    kind = fields.CharField(max_length=6, default="")
    purpose = fields.CharField(max_length=12, default="")
    at = fields.DatetimeField()
    by = fields.CharField(max_length=40)

    class Meta:
        table = "opt_out"
        unique_together = (("address", "kind", "purpose"),)


class Subscription(Model):
    """订阅: an address that wants to hear of a case, an item, a department or the centre."""

    id = fields.BigIntField(primary_key=True)
    topic = fields.CharField(max_length=110)
    place = fields.CharField(max_length=40)
    address = fields.CharField(max_length=254)
    language = fields.CharField(max_length=8)
    at = fields.DatetimeField()
    by = fields.CharField(max_length=40)

    class Meta:
        table = "subscription"
        unique_together = (("topic", "place", "address"),)
        indexes = (Index(fields=("address",), name="subscription_address"),)


class DeskTask(Model):
    """The last step of a ladder: somebody of the centre tells the person, and says how it went."""

    id = fields.BigIntField(primary_key=True)
    notification: fields.OneToOneRelation[Notification] = fields.OneToOneField(
        "core.Notification", related_name="task", on_delete=fields.RESTRICT
    )
    department = fields.CharField(max_length=100, default="")
    at = fields.DatetimeField()
    done_at = fields.DatetimeField(null=True)
    done_by = fields.CharField(max_length=40, default="")
    outcome = fields.CharField(max_length=12, default="")
    remark = fields.CharField(max_length=300, default="")

    class Meta:
        table = "desk_task"
        indexes = (Index(fields=("done_at", "department"), name="desk_task_open"),)


class ChannelPace(Model):
    """How far ahead of its rate a channel or a provider's account is, for all workers together."""

    name = fields.CharField(max_length=60, primary_key=True)
    free_at = fields.DatetimeField()

    class Meta:
        table = "channel_pace"
