"""What a case's status and an item's guide say, sentence by sentence, the same facts for every channel that speaks."""

from __future__ import annotations

from core.codes import Stage, Status
from core.dialogue.screen import Address, Digits, Name, Need, Say
from core.language import DEFAULT, Language
from core.local_time import local
from core.views import CaseStatus, FeeView, ItemGuide, ItemSummary, MaterialView

FEW_MATERIALS = 40  # characters of a list that is told whole even where there is little room


def status_says(status: CaseStatus, language: Language, address: str) -> tuple[Say, ...]:
    """A status in sentences; `address` is where the whole of it is shown."""
    says = [
        Say("status.head", {"number": Digits(status.number), "item": Name(case_item(status, language))}),
        Say("status.stage", {"stage": language.text(stage_key(status))}),
        *_now(status, language, address),
        *_due(status),
    ]
    if status.link_way:
        need = Need.MUST if status.overdue else Need.SHOULD
        says.append(Say("ask", {"link_way": status.link_way}, need))
    return tuple(says)


def stage_key(status: CaseStatus) -> str:
    """The key of the stage's name; a stopped clock is told with it."""
    if status.status == Status.SPECIAL:
        return "stage.paused"
    return "stage." + status.stage


def case_item(status: CaseStatus, language: Language) -> str:
    return status.item_en if language.code == "en" and status.item_en else status.item


def item_name(item: ItemSummary, language: Language) -> str:
    return item.name_en if language.code == "en" and item.name_en else item.name


def _now(status: CaseStatus, language: Language, address: str) -> list[Say]:
    says = []
    if status.bring_originals:
        says.append(Say("status.bring_originals"))
    if status.missing:
        says.append(_missing(status, language, address))
    if status.amend_until:
        says.append(Say("status.amend_until", {"day": status.amend_until}))
    if status.paused_by:
        says.append(Say("status.paused_by", {"by": special(status.paused_by, language)}))
    if status.paused_until:
        says.append(Say("status.paused_until", {"day": status.paused_until}))
    if status.decision:
        says.append(Say(f"decision.{status.decision}"))
    if status.result_name or status.result_no:
        says.append(_result(status))
    if status.reason:
        elsewhere = Say("status.reason_elsewhere", {"address": Address(address)})
        brief = None if language.code == DEFAULT else elsewhere
        says.append(Say("status.reason", {"reason": Name(status.reason)}, brief=brief))
    if status.stage == Stage.FINISHED and status.collect:
        says.append(Say("status.collect", {"how": Name(status.collect)}))
    return says


def special(procedure: str, language: Language) -> str:
    """A special procedure by its name in the language, where the catalogue knows it."""
    key = f"special.{procedure}"
    return language.text(key) if language.has(key) else procedure


def _missing(status: CaseStatus, language: Language, address: str) -> Say:
    """All that is missing; where there is no room for a long list, its first and where the whole is.

    Departments write in Chinese. In another language one such name would make the whole message cost double, and leave
    no room for the rest: there only the address is told.
    """
    first = {"first": Name(status.missing[0]), "n": len(status.missing), "address": Address(address)}
    if language.code != DEFAULT:
        return Say("status.missing", {"materials": status.missing}, brief=Say("status.missing_elsewhere", first))
    short = sum(map(len, status.missing)) <= FEW_MATERIALS
    brief = None if short else Say("status.missing_many", first)
    return Say("status.missing", {"materials": status.missing}, brief=brief)


def _result(status: CaseStatus) -> Say:
    number = {"name": Name(status.result_name), "no": status.result_no}
    return Say("status.result", number, brief=Say("status.result_no", {"no": status.result_no or status.result_name}))


def _due(status: CaseStatus) -> list[Say]:
    if status.due_at is None:
        return []
    day = status.due_at if status.due_to_the_minute else local(status.due_at).date()
    if status.overdue:
        return [Say("status.overdue", {"day": day})]
    says = [Say("status.due", {"day": day})]
    if status.due_provisional:
        says.append(Say("status.provisional"))
    if status.extended:
        says.append(Say("status.extended", need=Need.SHOULD))
    return says


def material_say(material: MaterialView, language: Language) -> Say:
    """One material with how many originals and copies of it."""
    name = material.name_en if language.code == "en" and material.name_en else material.name
    said = [name]
    if material.original_num:
        said.append(language.text("material.originals", n=material.original_num))
    if material.copy_num:
        said.append(language.text("material.copies", n=material.copy_num))
    if not material.needed:
        said.append(language.text("material.optional"))
    return Say("", {"text": " ".join(said)})


def limit_says(guide: ItemGuide, language: Language) -> list[Say]:
    says = []
    if limit := guide.promised or guide.statutory:
        says.append(Say("item.limit", {"limit": limit}, Need.SHOULD))
    if guide.is_fee is False:
        says.append(Say("item.free", need=Need.SHOULD))
    elif guide.fees:
        says.append(Say("item.fee", {"fee": tuple(map(_fee, guide.fees))}, Need.SHOULD))
    return says


def _fee(fee: FeeView) -> str:
    return f"{fee.fee_name} {fee.fee_stand}".strip()
