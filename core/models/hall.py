"""The hall: the kiosks that stand in it, and how citizens rated what was done for them."""

from __future__ import annotations

from typing import Any

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from core.models.cases import Case


# Tortoise makes a docstring the table's comment, and cuts SQL at semicolons: none may stand in one.
class Kiosk(Model):
    """A registered touch device. Its token is kept as a digest, its state is what it last told of itself."""

    id = fields.IntField(primary_key=True)
    name = fields.CharField(max_length=50, unique=True)
    place = fields.CharField(max_length=100, default="")
    token_digest = fields.CharField(max_length=64, unique=True)
    printer = fields.CharField(max_length=200, default="")
    registered_at = fields.DatetimeField()
    seen_at = fields.DatetimeField(null=True)
    state: dict[str, Any] = fields.JSONField(default=dict)
    disabled_at = fields.DatetimeField(null=True)

    class Meta:
        table = "kiosk"


class Rating(Model):
    """评价 of a finished case: one at most, never forced. Score 1 非常满意 to 5 非常不满意 (GB/T 39046 A.8)."""

    id = fields.BigIntField(primary_key=True)
    case: fields.OneToOneRelation[Case] = fields.OneToOneField(
        "core.Case", related_name="rating", on_delete=fields.RESTRICT
    )
    score = fields.SmallIntField()
    words = fields.CharField(max_length=500, default="")
    channel = fields.CharField(max_length=20)
    at = fields.DatetimeField()

    class Meta:
        table = "rating"
        indexes = (Index(fields=("at",), name="rating_at"),)
