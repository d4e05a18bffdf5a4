"""Who works here: one account a person, and the sessions in which they are signed in."""

from __future__ import annotations

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from core.models.catalogue import Department


class StaffMember(Model):
    """A person with an account. Nobody is ever deleted, for the trail names them by their login."""

    id = fields.IntField(primary_key=True)
    login = fields.CharField(max_length=32, unique=True)
    name = fields.CharField(max_length=50)
    post = fields.CharField(max_length=16)
    department: fields.ForeignKeyNullableRelation[Department] = fields.ForeignKeyField(
        "core.Department", related_name="staff", null=True, on_delete=fields.RESTRICT
    )
    window = fields.CharField(max_length=50, default="")
    password = fields.CharField(max_length=200)
    password_temporary = fields.BooleanField(default=True)
    second_factor = fields.CharField(max_length=200, default="")
    second_factor_at = fields.DatetimeField(null=True)
    second_factor_step = fields.BigIntField(default=0)
    failures = fields.IntField(default=0)
    failed_at = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField()
    disabled_at = fields.DatetimeField(null=True)

    class Meta:
        table = "staff_member"


class StaffSession(Model):
    """One signing in, known by the digest of its token. `stage` says how far it has come."""

    id = fields.BigIntField(primary_key=True)
    member: fields.ForeignKeyRelation[StaffMember] = fields.ForeignKeyField(
        "core.StaffMember", related_name="sessions", on_delete=fields.RESTRICT
    )
    token_digest = fields.CharField(max_length=64, unique=True)
    stage = fields.CharField(max_length=16)
    origin = fields.CharField(max_length=64, default="")
    began_at = fields.DatetimeField()
    seen_at = fields.DatetimeField()
    ended_at = fields.DatetimeField(null=True)

    class Meta:
        table = "staff_session"
        indexes = (Index(fields=("member_id", "ended_at"), name="session_member"),)


class ChannelSwitch(Model):
    """A channel that staff have switched off. The row is gone when it is on again."""

    place = fields.CharField(max_length=50, primary_key=True)
    at = fields.DatetimeField()
    by = fields.CharField(max_length=32)

    class Meta:
        table = "channel_switch"
