"""What a case's status and an item's guide say, sentence by sentence, the same facts for every channel that speaks."""

from __future__ import annotations

from datetime import datetime

from core.codes import Stage, Status
from core.dialogue.screen import Name, Need, Say
from core.language import Language
from core.legal_clock import Limit
from core.numbers import grouped
from core.views import CaseStatus, FeeView, ItemGuide, MaterialView


def status_says(status: CaseStatus, language: Language, address: str) -> tuple[Say, ...]:
    """A status in sentences; `address` is where the whole of it is shown."""
    says = [
        Say("status.head", {"number": grouped(status.number), "item": Name(item_name(status, language))}),
        Say("status.stage", {"stage": language.text(stage_key(status))}),
        *_now(status, language, address),
        *_due(status, language),
    ]
    if status.link_way:
        says.append(Say("ask", {"link_way": status.link_way}, Need.SHOULD))
    return tuple(says)


def stage_key(status: CaseStatus) -> str:
    """The key of the stage's name; a stopped clock is told with it."""
    if status.status == Status.SPECIAL:
        return "stage.paused"
    return f"stage.{status.stage}"


def item_name(status: CaseStatus, language: Language) -> str:
    return status.item_en if language.code == "en" and status.item_en else status.item


def _now(status: CaseStatus, language: Language, address: str) -> list[Say]:
    says = []
    if status.bring_originals:
        says.append(Say("status.bring_originals"))
    if status.missing:
        says.append(_missing(status, language, address))
    if status.amend_until:
        says.append(Say("status.amend_until", {"day": language.date(status.amend_until)}))
    if status.paused_by:
        says.append(Say("status.paused_by", {"by": special(status.paused_by, language)}))
    if status.paused_until:
        says.append(Say("status.paused_until", {"day": language.date(status.paused_until)}))
    if status.decision:
        says.append(Say(f"decision.{status.decision}"))
    if status.result_name or status.result_no:
        says.append(Say("status.result", {"name": Name(status.result_name), "no": status.result_no}, Need.SHOULD))
    if status.reason:
        says.append(Say("status.reason", {"reason": Name(status.reason)}))
    if status.stage == Stage.FINISHED and status.collect:
        says.append(Say("status.collect", {"how": Name(status.collect)}))
    return says


def special(procedure: str, language: Language) -> str:
    """A special procedure by its name in the language, where the catalogue knows it."""
    key = f"special.{procedure}"
    return language.text(key) if language.has(key) else procedure


def _missing(status: CaseStatus, language: Language, address: str) -> Say:
    joined = language.text("comma").join(status.missing)
    if len(joined) <= 40:
        return Say("status.missing", {"materials": joined})
    return Say(
        "status.missing_many",
        {"first": Name(status.missing[0]), "n": len(status.missing), "address": address},
    )


def _due(status: CaseStatus, language: Language) -> list[Say]:
    if status.due_at is None:
        return []
    says = [Say("status.due", {"day": due_text(status.due_at, status.due_to_the_minute, language)})]
    if status.due_provisional:
        says.append(Say("status.provisional"))
    if status.extended:
        says.append(Say("status.extended", need=Need.SHOULD))
    return says


def due_text(at: datetime, to_the_minute: bool, language: Language) -> str:
    return language.moment(at) if to_the_minute else language.date(at)


def limit_text(limit: Limit, language: Language) -> str:
    return language.text(f"unit.{limit.unit.value}", n=limit.amount)


def guide_name(guide: ItemGuide, language: Language) -> str:
    return guide.summary.name_en if language.code == "en" and guide.summary.name_en else guide.summary.name


def material_say(material: MaterialView, language: Language) -> Say:
    """One material with how many originals and copies of it."""
    name = material.name_en if language.code == "en" and material.name_en else material.name
    parts = [name]
    if material.original_num:
        parts.append(language.text("material.originals", n=material.original_num))
    if material.copy_num:
        parts.append(language.text("material.copies", n=material.copy_num))
    if not material.needed:
        parts.append(language.text("material.optional"))
    return Say("", {"text": " ".join(parts)})


def limit_says(guide: ItemGuide, language: Language) -> list[Say]:
    says = []
    if limit := guide.promised or guide.statutory:
        says.append(Say("item.limit", {"limit": limit_text(limit, language)}, Need.SHOULD))
    if guide.is_fee is False:
        says.append(Say("item.free", need=Need.SHOULD))
    elif guide.fees:
        joined = language.text("comma").join(map(_fee, guide.fees))
        says.append(Say("item.fee", {"fee": joined}, Need.SHOULD))
    return says


def _fee(fee: FeeView) -> str:
    return f"{fee.fee_name} {fee.fee_stand}".strip()
