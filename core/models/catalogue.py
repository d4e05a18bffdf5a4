"""The catalogue: service items 事项 with all their versions, so that a case keeps the rules it was accepted under."""

from __future__ import annotations

from typing import Any

from tortoise import fields
from tortoise.models import Model

JSON_LIST = list[Any]


class Department(Model):
    """实施主体, known by its name: real lists bring one department under several codes."""

    id = fields.IntField(primary_key=True)
    name = fields.CharField(max_length=100, unique=True)
    name_en = fields.CharField(max_length=200, default="")
    code = fields.CharField(max_length=32, default="")

    class Meta:
        table = "department"


class ServiceItem(Model):
    """事项: what stays the same through all versions. `version` is the number of the one in force."""

    id = fields.IntField(primary_key=True)
    task_code = fields.CharField(max_length=64, unique=True)
    version = fields.IntField(default=1)
    task_state = fields.CharField(max_length=1, default="1")

    class Meta:
        table = "service_item"


class ItemVersion(Model):
    """One version of an item's guide, never changed once written: the digest tells whether a new one is needed."""

    id = fields.IntField(primary_key=True)
    item: fields.ForeignKeyRelation[ServiceItem] = fields.ForeignKeyField(
        "core.ServiceItem", related_name="versions", on_delete=fields.RESTRICT
    )
    number = fields.IntField(default=1)
    digest = fields.CharField(max_length=64)
    created_at = fields.DatetimeField(auto_now_add=True)

    name = fields.CharField(max_length=500)
    name_en = fields.CharField(max_length=500, default="")
    parent_name = fields.CharField(max_length=500, default="")
    topic = fields.CharField(max_length=50, default="")
    catalog_code = fields.CharField(max_length=64, default="")
    department: fields.ForeignKeyRelation[Department] = fields.ForeignKeyField(
        "core.Department", related_name="versions", on_delete=fields.RESTRICT
    )
    department_code = fields.CharField(max_length=64, default="")
    task_type = fields.CharField(max_length=2, default="")
    use_level = fields.CharField(max_length=2, default="")
    project_type = fields.CharField(max_length=1, default="")
    serve_types: JSON_LIST = fields.JSONField(default=list)
    handle_types: JSON_LIST = fields.JSONField(default=list)
    anticipate_days = fields.IntField(null=True)
    anticipate_unit = fields.CharField(max_length=1, default="")
    promise_days = fields.IntField(null=True)
    promise_unit = fields.CharField(max_length=1, default="")
    accept_condition = fields.TextField(default="")
    handle_flow = fields.TextField(default="")
    is_fee = fields.BooleanField(null=True)
    result_name = fields.CharField(max_length=500, default="")
    result_type = fields.CharField(max_length=2, default="")
    transact_addr = fields.TextField(default="")
    transact_time = fields.TextField(default="")
    link_way = fields.TextField(default="")
    supervise_way = fields.TextField(default="")
    online_url = fields.TextField(default="")
    limit_scene_num = fields.IntField(null=True)
    is_online = fields.BooleanField(null=True)
    is_schedule = fields.BooleanField(null=True)
    is_pay_online = fields.BooleanField(null=True)
    is_express = fields.BooleanField(null=True)
    special_procedure = fields.TextField(default="")
    other_dept: JSON_LIST = fields.JSONField(default=list)
    extra: dict[str, Any] = fields.JSONField(default=dict)

    materials: fields.ReverseRelation[Material]
    fees: fields.ReverseRelation[Fee]
    questions: fields.ReverseRelation[Question]
    legal_bases: fields.ReverseRelation[LegalBasis]

    class Meta:
        table = "item_version"
        unique_together = (("item", "number"),)


class Material(Model):
    """材料 that an applicant brings."""

    id = fields.IntField(primary_key=True)
    version: fields.ForeignKeyRelation[ItemVersion] = fields.ForeignKeyField(
        "core.ItemVersion", related_name="materials"
    )
    order_num = fields.IntField(default=0)
    name = fields.CharField(max_length=500)
    name_en = fields.CharField(max_length=500, default="")
    is_need = fields.CharField(max_length=1, default="1")
    material_type = fields.CharField(max_length=1, default="")
    material_format = fields.CharField(max_length=1, default="")
    original_num = fields.IntField(null=True)
    copy_num = fields.IntField(null=True)
    page_format = fields.CharField(max_length=50, default="")
    source_type = fields.CharField(max_length=2, default="")
    issuer = fields.CharField(max_length=200, default="")
    by_law = fields.TextField(default="")
    accept_stand = fields.TextField(default="")
    fill_explain = fields.TextField(default="")

    class Meta:
        table = "material"


class Fee(Model):
    """收费项目 with its standard and basis."""

    id = fields.IntField(primary_key=True)
    version: fields.ForeignKeyRelation[ItemVersion] = fields.ForeignKeyField("core.ItemVersion", related_name="fees")
    order_num = fields.IntField(default=0)
    fee_name = fields.CharField(max_length=500)
    fee_stand = fields.TextField(default="")
    by_law = fields.TextField(default="")
    reducible = fields.BooleanField(default=False)

    class Meta:
        table = "fee"


class Question(Model):
    """常见问题."""

    id = fields.IntField(primary_key=True)
    version: fields.ForeignKeyRelation[ItemVersion] = fields.ForeignKeyField(
        "core.ItemVersion", related_name="questions"
    )
    order_num = fields.IntField(default=0)
    question = fields.TextField()
    answer = fields.TextField(default="")

    class Meta:
        table = "question"


class LegalBasis(Model):
    """设定依据."""

    id = fields.IntField(primary_key=True)
    version: fields.ForeignKeyRelation[ItemVersion] = fields.ForeignKeyField(
        "core.ItemVersion", related_name="legal_bases"
    )
    order_num = fields.IntField(default=0)
    law_name = fields.CharField(max_length=500, default="")
    law_number = fields.CharField(max_length=200, default="")
    clause_number = fields.CharField(max_length=200, default="")
    clause_content = fields.TextField(default="")

    class Meta:
        table = "legal_basis"


class FormFile(Model):
    """A blank form 空白表格 of an item's material, it outlives versions of the guide until it is voided."""

    id = fields.IntField(primary_key=True)
    slug = fields.CharField(max_length=16, unique=True)
    item: fields.ForeignKeyRelation[ServiceItem] = fields.ForeignKeyField(
        "core.ServiceItem", related_name="forms", on_delete=fields.RESTRICT
    )
    material_name = fields.CharField(max_length=500)
    title = fields.CharField(max_length=500)
    title_en = fields.CharField(max_length=500, default="")
    notes: JSON_LIST = fields.JSONField(default=list)
    notes_en: JSON_LIST = fields.JSONField(default=list)
    file_name = fields.CharField(max_length=300)
    media_type = fields.CharField(max_length=100)
    size_bytes = fields.IntField()
    digest = fields.CharField(max_length=64)
    voided_at = fields.DatetimeField(null=True)

    class Meta:
        table = "form_file"
