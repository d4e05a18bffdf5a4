"""What the centre publishes: calendar, office hours and notices; and counters that tell caches to look again."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from core.models.catalogue import Department, ServiceItem


class CalendarYear(Model):
    """A year whose working days are published: due dates in other years are provisional 暂定."""

    year = fields.IntField(primary_key=True, generated=False)
    source = fields.CharField(max_length=100, default="")
    published_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "calendar_year"


class CalendarDay(Model):
    """A day that differs from Monday to Friday: a holiday, or a swap workday 调休."""

    day = fields.DateField(primary_key=True)
    is_workday = fields.BooleanField()

    class Meta:
        table = "calendar_day"


class OfficePeriod(Model):
    """One period of the office hours, for limits in hours."""

    id = fields.IntField(primary_key=True)
    opens = fields.CharField(max_length=5)
    closes = fields.CharField(max_length=5)

    class Meta:
        table = "office_period"


class Notice(Model):
    """公示 or 公告, shown between its dates once approved."""

    id = fields.IntField(primary_key=True)
    key = fields.CharField(max_length=64, unique=True)
    kind = fields.CharField(max_length=16)
    title = fields.CharField(max_length=300)
    text = fields.TextField()
    department: fields.ForeignKeyNullableRelation[Department] = fields.ForeignKeyField(
        "core.Department", related_name="notices", null=True, on_delete=fields.RESTRICT
    )
    item: fields.ForeignKeyNullableRelation[ServiceItem] = fields.ForeignKeyField(
        "core.ServiceItem", related_name="notices", null=True, on_delete=fields.RESTRICT
    )
    from_day = fields.DateField()
    until_day = fields.DateField(null=True)
    objection_contact = fields.CharField(max_length=300, default="")
    written_by = fields.CharField(max_length=100, default="")
    approved_by = fields.CharField(max_length=100, default="")
    withdrawn_at = fields.DatetimeField(null=True)

    class Meta:
        table = "notice"


class SynonymRow(Model):
    """Words of the centre's own for the search: whoever says one of `say` may mean one of `means`."""

    id = fields.IntField(primary_key=True)
    say = fields.CharField(max_length=500)
    means = fields.CharField(max_length=500)
    by = fields.CharField(max_length=32)
    at = fields.DatetimeField()

    class Meta:
        table = "synonym_row"


class Revision(Model):
    """Counts the changes of a kind of data, so that every process knows when its copy is old."""

    name = fields.CharField(max_length=20, primary_key=True)
    value = fields.BigIntField(default=0)

    class Meta:
        table = "revision"
