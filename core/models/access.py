"""Who looked and who tried: locks of PINs and the audit trail, append-only but for the locks."""

from __future__ import annotations

from typing import Any

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model


class PinTry(Model):
    """Wrong PINs for a query number by one sender (a keyed digest), or by all senders (empty `sender`)."""

    id = fields.BigIntField(primary_key=True)
    number = fields.CharField(max_length=12)
    sender = fields.CharField(max_length=32, default="")
    failures = fields.IntField(default=0)
    last_at = fields.DatetimeField()

    class Meta:
        table = "pin_try"
        unique_together = (("number", "sender"),)
        indexes = (Index(fields=("last_at",), name="pin_try_last"),)


class LookupRecord(Model):
    """One look-up of a case: when, through what, from where (masked, with a keyed digest), what came of it."""

    id = fields.BigIntField(primary_key=True)
    at = fields.DatetimeField()
    channel = fields.CharField(max_length=20)
    sender = fields.CharField(max_length=32)
    origin = fields.CharField(max_length=64)
    number = fields.CharField(max_length=12)
    by = fields.CharField(max_length=8)
    outcome = fields.CharField(max_length=16)

    class Meta:
        table = "lookup_record"
        indexes = (Index(fields=("number", "at"), name="lookup_number_at"), Index(fields=("at",), name="lookup_at"))


class AuditRecord(Model):
    """One write that is not a case event: who did what to which thing."""

    id = fields.BigIntField(primary_key=True)
    at = fields.DatetimeField()
    actor = fields.CharField(max_length=100)
    action = fields.CharField(max_length=50)
    subject = fields.CharField(max_length=100)
    detail: dict[str, Any] = fields.JSONField(default=dict)

    class Meta:
        table = "audit_record"
        indexes = (Index(fields=("at",), name="audit_at"),)
