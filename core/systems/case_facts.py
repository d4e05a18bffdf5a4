"""Cases as other systems read them: one, or page by page in the order they were opened; never a draft."""

from __future__ import annotations

from core.codes import Status
from core.database import reading
from core.errors import NotFound
from core.models import Case
from core.naming import may_be


@reading
async def one_case(number: str, department: str) -> Case:
    """A case with its version and item. Raises NotFound, also for another department's."""
    wanted = Case.get_or_none(number=number).select_related("version__item")
    case = await wanted if may_be(Case, number=number) else None
    if case is None or case.status == Status.DRAFT or (department and case.department != department):
        raise NotFound(f"there is no case {number}")
    return case


@reading
async def cases_after(after_id: int, department: str, status: str, most: int) -> list[Case]:
    """The next cases, of one department and status where told."""
    found = Case.filter(id__gt=after_id).exclude(status=Status.DRAFT)
    if department:
        found = found.filter(department=department)
    if status:
        found = found.filter(status=status)
    return await found.order_by("id").limit(most).select_related("version__item")
