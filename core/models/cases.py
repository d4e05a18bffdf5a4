"""Cases 办件: append-only events, and beside them the state derived from the events for quick reading."""

from __future__ import annotations

from typing import Any

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from core.models.catalogue import ItemVersion


class Case(Model):
    """One citizen's matter. Everything from `seq` on is derived from the events in the same transaction.

    `handler` is the login of the person who is accountable for it now, empty while nobody has taken it.
    """

    id = fields.BigIntField(primary_key=True)
    number = fields.CharField(max_length=12, unique=True)
    project_no = fields.CharField(max_length=50, unique=True)
    version: fields.ForeignKeyRelation[ItemVersion] = fields.ForeignKeyField(
        "core.ItemVersion", related_name="cases", on_delete=fields.RESTRICT
    )
    project_name = fields.CharField(max_length=500, default="")
    applicant_name = fields.CharField(max_length=200)
    applicant_type = fields.CharField(max_length=1, default="1")
    id_type = fields.CharField(max_length=10, default="")
    id_number = fields.CharField(max_length=40, default="")
    mobile = fields.CharField(max_length=20, default="")
    agent: dict[str, Any] = fields.JSONField(default=dict)
    legal_representative = fields.CharField(max_length=200, default="")
    department = fields.CharField(max_length=100, default="")
    region_code = fields.CharField(max_length=12, default="")
    channel = fields.CharField(max_length=20, default="")
    invest_no = fields.CharField(max_length=24, default="")
    pin_version = fields.SmallIntField(default=1)
    token_version = fields.SmallIntField(default=1)
    handler = fields.CharField(max_length=32, default="")

    seq = fields.IntField(default=0)
    status = fields.CharField(max_length=16)
    applied_at = fields.DatetimeField(null=True)
    accepted_at = fields.DatetimeField(null=True)
    decided_at = fields.DatetimeField(null=True)
    completed_at = fields.DatetimeField(null=True)
    due_at = fields.DatetimeField(null=True)
    due_provisional = fields.BooleanField(default=False)
    statutory_due_at = fields.DatetimeField(null=True)
    extended = fields.BooleanField(default=False)
    told: dict[str, Any] = fields.JSONField(default=dict)
    clock: dict[str, Any] = fields.JSONField(default=dict)
    updated_at = fields.DatetimeField()

    events: fields.ReverseRelation[CaseEvent]

    class Meta:
        table = "approval_case"
        indexes = (
            Index(fields=("status", "due_at"), name="case_status_due"),
            Index(fields=("accepted_at",), name="case_accepted"),
            Index(fields=("completed_at",), name="case_completed"),
        )


class CaseEvent(Model):
    """What happened to a case: who, when, department, step, branch, channel and reason. Never rewritten."""

    id = fields.BigIntField(primary_key=True)
    case: fields.ForeignKeyRelation[Case] = fields.ForeignKeyField(
        "core.Case", related_name="events", on_delete=fields.RESTRICT
    )
    seq = fields.IntField()
    kind = fields.CharField(max_length=16)
    status_from = fields.CharField(max_length=16, default="")
    status_to = fields.CharField(max_length=16, default="")
    at = fields.DatetimeField()
    recorded_at = fields.DatetimeField()
    actor = fields.CharField(max_length=100)
    department = fields.CharField(max_length=100, default="")
    step = fields.CharField(max_length=100, default="")
    branch = fields.CharField(max_length=50, default="")
    channel = fields.CharField(max_length=20, default="")
    reason = fields.TextField(default="")
    data: dict[str, Any] = fields.JSONField(default=dict)

    class Meta:
        table = "case_event"
        unique_together = (("case", "seq"),)


class CaseSerial(Model):
    """The last serial given to a query number on a day."""

    day = fields.CharField(max_length=6, primary_key=True)
    last_serial = fields.IntField(default=0)

    class Meta:
        table = "case_serial"
