"""What the desk keeps beside a case's events: materials handed in, files, and the money that was taken."""

from __future__ import annotations

from typing import Any

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from core.models.cases import Case


class CaseFile(Model):
    """A file that belongs to a case. Its content lies in the file store under its digest, and is never changed."""

    id = fields.BigIntField(primary_key=True)
    case: fields.ForeignKeyRelation[Case] = fields.ForeignKeyField(
        "core.Case", related_name="files", on_delete=fields.RESTRICT
    )
    kind = fields.CharField(max_length=16)
    material = fields.CharField(max_length=500, default="")
    file_name = fields.CharField(max_length=200)
    media_type = fields.CharField(max_length=100)
    size_bytes = fields.IntField()
    digest = fields.CharField(max_length=64)
    at = fields.DatetimeField()
    by = fields.CharField(max_length=100)

    class Meta:
        table = "case_file"
        indexes = (Index(fields=("case_id",), name="case_file_case"),)


class MaterialReceipt(Model):
    """收取材料: what of an item's materials was handed in for a case, in what form, how many, when and to whom."""

    id = fields.BigIntField(primary_key=True)
    case: fields.ForeignKeyRelation[Case] = fields.ForeignKeyField(
        "core.Case", related_name="materials", on_delete=fields.RESTRICT
    )
    order_num = fields.IntField(default=0)
    name = fields.CharField(max_length=500)
    is_need = fields.CharField(max_length=1, default="1")
    is_received = fields.BooleanField(default=False)
    material_format = fields.CharField(max_length=1, default="1")
    original_num = fields.IntField(default=0)
    copy_num = fields.IntField(default=0)
    at = fields.DatetimeField()
    by = fields.CharField(max_length=100)

    class Meta:
        table = "material_receipt"
        unique_together = (("case", "name"),)


class DailyClosing(Model):
    """日结: what one clerk took and gave back on a day, counted and closed. Entries after it belong to the next one."""

    id = fields.BigIntField(primary_key=True)
    clerk = fields.CharField(max_length=32)
    clerk_name = fields.CharField(max_length=50)
    department = fields.CharField(max_length=100, default="")
    day = fields.DateField()
    totals: dict[str, Any] = fields.JSONField(default=dict)
    counted_fen = fields.BigIntField()
    remark = fields.CharField(max_length=500, default="")
    closed_at = fields.DatetimeField()

    class Meta:
        table = "daily_closing"
        indexes = (Index(fields=("day",), name="closing_day"),)


class FeeEntry(Model):
    """One line of the fee ledger 收费台账, in fen, never changed: a mistake is mended by a further line."""

    id = fields.BigIntField(primary_key=True)
    case: fields.ForeignKeyRelation[Case] = fields.ForeignKeyField(
        "core.Case", related_name="fees", on_delete=fields.RESTRICT
    )
    kind = fields.CharField(max_length=10)
    fee_name = fields.CharField(max_length=500)
    by_law = fields.TextField(default="")
    amount_fen = fields.BigIntField()
    method = fields.CharField(max_length=10, default="")
    voucher_no = fields.CharField(max_length=50, default="")
    reason = fields.CharField(max_length=500, default="")
    clerk = fields.CharField(max_length=32)
    clerk_name = fields.CharField(max_length=50)
    department = fields.CharField(max_length=100, default="")
    at = fields.DatetimeField()
    closing: fields.ForeignKeyNullableRelation[DailyClosing] = fields.ForeignKeyField(
        "core.DailyClosing", related_name="entries", null=True, on_delete=fields.RESTRICT
    )

    class Meta:
        table = "fee_entry"
        indexes = (
            Index(fields=("case_id",), name="fee_case"),
            Index(fields=("clerk", "closing_id"), name="fee_clerk_open"),
        )
