"""How other systems take part: their keys, the answers they were given, where events are sent, and the ferry."""

from __future__ import annotations

from typing import Any

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from core.models.catalogue import Department


class ApiKey(Model):
    """A key of another system. Only its digest is kept. `scopes` are what it may do."""

    id = fields.IntField(primary_key=True)
    name = fields.CharField(max_length=50, unique=True)
    key_digest = fields.CharField(max_length=64, unique=True)
    scopes: list[Any] = fields.JSONField(default=list)
    department: fields.ForeignKeyNullableRelation[Department] = fields.ForeignKeyField(
        "core.Department", related_name="keys", null=True, on_delete=fields.RESTRICT
    )
    created_at = fields.DatetimeField()
    created_by = fields.CharField(max_length=32)
    used_at = fields.DatetimeField(null=True)
    disabled_at = fields.DatetimeField(null=True)

    class Meta:
        table = "api_key"


class ApiAnswer(Model):
    """What a write was answered, by the name its sender gave it: the same request again gets the same answer."""

    id = fields.BigIntField(primary_key=True)
    key: fields.ForeignKeyRelation[ApiKey] = fields.ForeignKeyField(
        "core.ApiKey", related_name="answers", on_delete=fields.RESTRICT
    )
    name = fields.CharField(max_length=200)
    request_digest = fields.CharField(max_length=64)
    status = fields.SmallIntField()
    body = fields.TextField()
    at = fields.DatetimeField()

    class Meta:
        table = "api_answer"
        unique_together = (("key", "name"),)
        indexes = (Index(fields=("at",), name="api_answer_at"),)


class Webhook(Model):
    """Where events are sent to. `cursor` is the last event that arrived there. The secret is sealed."""

    id = fields.IntField(primary_key=True)
    key: fields.ForeignKeyRelation[ApiKey] = fields.ForeignKeyField(
        "core.ApiKey", related_name="webhooks", on_delete=fields.RESTRICT
    )
    url = fields.CharField(max_length=500)
    secret = fields.CharField(max_length=300)
    cursor = fields.BigIntField(default=0)
    failures = fields.IntField(default=0)
    failing_since = fields.DatetimeField(null=True)
    next_try_at = fields.DatetimeField(null=True)
    last_try_at = fields.DatetimeField(null=True)
    last_answer = fields.CharField(max_length=100, default="")
    taken_until = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField()
    disabled_at = fields.DatetimeField(null=True)

    class Meta:
        table = "webhook"


class FerryState(Model):
    """How far the traffic with another network has come, one row a peer."""

    peer = fields.CharField(max_length=50, primary_key=True)
    sent_number = fields.IntField(default=0)
    sent_event = fields.BigIntField(default=0)
    acknowledged = fields.IntField(default=0)
    taken_number = fields.IntField(default=0)
    taken_digest = fields.CharField(max_length=64, default="")
    sent_digest = fields.CharField(max_length=64, default="")

    class Meta:
        table = "ferry_state"


class FerryFile(Model):
    """A file that was sent or taken. What was sent can be written again until it is acknowledged."""

    id = fields.BigIntField(primary_key=True)
    peer = fields.CharField(max_length=50)
    direction = fields.CharField(max_length=3)
    number = fields.IntField()
    digest = fields.CharField(max_length=64)
    content = fields.TextField(default="")
    counts: dict[str, Any] = fields.JSONField(default=dict)
    at = fields.DatetimeField()

    class Meta:
        table = "ferry_file"
        unique_together = (("peer", "direction", "number"),)
