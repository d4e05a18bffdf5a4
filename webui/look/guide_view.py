"""How a guide is shown: its elements in their order, and its limits in words; alike on every surface."""

from __future__ import annotations

from core.codes import ProjectType
from core.language import Language
from core.legal_clock import Limit
from core.views import ItemGuide

ELEMENTS = ("condition", "materials", "flow", "limit", "fee", "result", "law")


def limit_in_words(language: Language, guide: ItemGuide, limit: Limit | None) -> str:
    """A time limit in words; empty when there is none."""
    if limit is None:
        return ""
    if limit.amount == 0 or (limit is guide.promised and guide.project_type == ProjectType.ON_THE_SPOT):
        return language.text("web.item.on_the_spot")
    return language.text(f"unit.{limit.unit}", n=limit.amount)
