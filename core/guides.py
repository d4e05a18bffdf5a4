"""Reading an item's guide in force, with its materials, fees, law, questions and blank forms."""

from __future__ import annotations

from typing import Any

from core.codes import TaskState
from core.database import reading
from core.errors import NotFound
from core.legal_clock import Limit, Unit, statutory
from core.models import FormFile, ItemVersion, Material, ServiceItem
from core.naming import may_be
from core.views import FeeView, FormView, ItemGuide, ItemSummary, LegalBasisView, MaterialView, QuestionView

_LISTED = """
department_code project_type accept_condition handle_flow is_fee result_name result_type transact_addr transact_time
link_way supervise_way online_url limit_scene_num is_online is_schedule is_pay_online is_express
"""
_SAME = _LISTED.split()


@reading
async def read_guide(task_code: str) -> ItemGuide:
    """The guide of a listed item. Raises NotFound."""
    item = await ServiceItem.get_or_none(task_code=task_code) if may_be(ServiceItem, task_code=task_code) else None
    if item is None or item.task_state == TaskState.CANCELLED:
        raise NotFound(f"there is no item {task_code}")
    version = await ItemVersion.get(item_id=item.id, number=item.version).prefetch_related(
        "department", "materials", "fees", "questions", "legal_bases"
    )
    return _guide(item, version, await read_forms(task_code))


@reading
async def read_forms(task_code: str) -> tuple[FormView, ...]:
    """The blank forms in force of an item; empty when it has none or doesn't exist."""
    files = await FormFile.filter(item__task_code=task_code, voided_at=None).select_related("item").order_by("id")
    names = await _names([file.item for file in files])
    return tuple(form_view(file, names[file.item.id]) for file in files)


@reading
async def read_all_forms() -> tuple[FormView, ...]:
    """The blank forms in force of all listed items, by item."""
    files = FormFile.filter(voided_at=None).exclude(item__task_state=TaskState.CANCELLED).select_related("item")
    found = await files.order_by("item_id", "id")
    names = await _names([file.item for file in found])
    return tuple(form_view(file, names[file.item.id]) for file in found)


@reading
async def read_form(slug: str) -> FormView:
    """A blank form in force by its short name. Raises NotFound."""
    wanted = FormFile.get_or_none(slug=slug, voided_at=None).select_related("item")
    file = await wanted if may_be(FormFile, slug=slug) else None
    if file is None:
        raise NotFound(f"there is no form {slug}")
    return form_view(file, (await _names([file.item]))[file.item.id])


def form_view(file: FormFile, item_name: str) -> FormView:
    return FormView(
        slug=file.slug,
        task_code=file.item.task_code,
        item=item_name,
        material_name=file.material_name,
        title=file.title,
        title_en=file.title_en,
        notes=tuple(file.notes),
        notes_en=tuple(file.notes_en),
        file_name=file.file_name,
        media_type=file.media_type,
        size_bytes=file.size_bytes,
        digest=file.digest,
    )


async def _names(items: list[ServiceItem]) -> dict[int, str]:
    versions = {item.id: item.version for item in items}
    rows = await ItemVersion.filter(item_id__in=list(versions)) if versions else []
    return {row.item_id: row.name for row in rows if versions[row.item_id] == row.number}  # type: ignore[attr-defined]


def _guide(item: ServiceItem, version: ItemVersion, forms: tuple[FormView, ...]) -> ItemGuide:
    own = _limit(version.anticipate_days, version.anticipate_unit)
    materials = tuple(_material(m) for m in sorted(version.materials, key=lambda m: (m.order_num, m.id)))
    fees = tuple(
        FeeView(f.fee_name, f.fee_stand, f.by_law, f.reducible) for f in sorted(version.fees, key=lambda f: f.id)
    )
    laws = sorted(version.legal_bases, key=lambda law: (law.order_num, law.id))
    questions = sorted(version.questions, key=lambda q: (q.order_num, q.id))
    promised = _limit(version.promise_days, version.promise_unit)
    return ItemGuide(
        summary=summary(item, version),
        version=item.version,
        paused=item.task_state == TaskState.PAUSED,
        serve_types=tuple(version.serve_types),
        handle_types=tuple(version.handle_types),
        statutory=statutory(version.task_type, own),
        promised=promised,
        materials=materials,
        fees=fees,
        legal_bases=tuple(
            LegalBasisView(law.law_name, law.law_number, law.clause_number, law.clause_content) for law in laws
        ),
        questions=tuple(QuestionView(q.question, q.answer) for q in questions),
        forms=forms,
        unpublished=_unpublished(version, bool(materials), bool(laws), own or promised),
        **{name: getattr(version, name) for name in _SAME},
    )


def summary(item: ServiceItem, version: ItemVersion) -> ItemSummary:
    return ItemSummary(
        task_code=item.task_code,
        name=version.name,
        name_en=version.name_en,
        parent_name=version.parent_name,
        department=version.department.name,
        department_en=version.department.name_en,
        task_type=version.task_type,
        topic=version.topic,
    )


def _material(material: Material) -> MaterialView:
    same = [name for name in MaterialView.__slots__ if name != "needed"]
    values: dict[str, Any] = {name: getattr(material, name) for name in same}
    return MaterialView(needed=material.is_need != "0", **values)


def _unpublished(version: ItemVersion, materials: bool, laws: bool, limit: Limit | None) -> tuple[str, ...]:
    """The public elements 公开要素 that are missing, in the order in which a guide shows them."""
    there = {
        "condition": version.accept_condition,
        "flow": version.handle_flow,
        "materials": materials,
        "limit": limit,
        "fee": version.is_fee is not None,
        "law": laws,
        "result": version.result_name,
    }
    return tuple(name for name, value in there.items() if not value)


def _limit(amount: int | None, unit: str) -> Limit | None:
    return Limit(amount, Unit(unit or Unit.WORKING_DAYS)) if amount is not None else None
