"""What stands on a slip: a case's status, its receipt, and what an item requires."""

from __future__ import annotations

from core.dialogue.facts import case_item, item_name, limit_says, material_say, status_says
from core.dialogue.wording import Written
from core.language import Language
from core.local_time import now
from core.numbers import grouped
from core.views import CaseStatus, ItemGuide, Receipt
from kiosk.slips import Block, Code, Fact, Line, Rule


def status_slip(status: CaseStatus, code: bytes, language: Language, centre: str) -> list[Block]:
    """Where a case stands; the code opens it again, newer, on a telephone."""
    wording = Written(language)
    says = status_says(status, language, "")[1:]
    return [
        *_head(centre, language.text("kiosk.slip.status"), language),
        Fact(language.text("web.case.number"), grouped(status.number)),
        Fact(language.text("web.case.item"), case_item(status, language)),
        Fact(language.text("web.case.applicant"), status.applicant),
        Rule(),
        *(Line(wording.sentence(say).strip()) for say in says),
        Rule(),
        Code(code),
        Line(language.text("kiosk.slip.scan"), "small", centred=True),
    ]


def receipt_slip(receipt: Receipt, code: bytes, language: Language, centre: str) -> list[Block]:
    """The receipt once more: the number, the PIN and the code."""
    status = receipt.status
    facts = [
        (language.text("web.case.item"), case_item(status, language)),
        (language.text("web.case.applicant"), status.applicant),
        (language.text("web.case.department"), _department(status, language)),
        (language.text("web.case.accepted_at"), language.date(status.accepted_at) if status.accepted_at else ""),
        (language.text("web.case.due"), language.date(status.due_at) if status.due_at else ""),
        (language.text("web.case.whom"), status.link_way),
    ]
    return [
        *_head(centre, language.text("kiosk.slip.receipt"), language),
        Line(language.text("web.case.number"), "small"),
        Line(grouped(status.number), "big"),
        Line(language.text("kiosk.slip.pin"), "small"),
        Line(receipt.pin, "big"),
        Rule(),
        *(Fact(label, value) for label, value in facts if value),
        Rule(),
        Code(code),
        Line(language.text("kiosk.slip.scan"), "small", centred=True),
        Line(language.text("kiosk.slip.keep"), "small", centred=True),
    ]


def checklist_slip(guide: ItemGuide, code: bytes, language: Language, centre: str) -> list[Block]:
    """What to bring, with a box to tick for each."""
    wording = Written(language)
    materials = [wording.sentence(material_say(one, language)).strip() for one in guide.materials]
    return [
        *_head(centre, language.text("kiosk.slip.checklist"), language),
        Line(item_name(guide.summary, language)),
        *(Line(wording.sentence(say).strip()) for say in limit_says(guide, language)),
        Rule(),
        *(Line(f"□ {text}") for text in materials),
        Rule(),
        *([Fact(language.text("web.item.phone"), guide.link_way)] if guide.link_way else []),
        Code(code),
        Line(language.text("kiosk.slip.scan_guide"), "small", centred=True),
    ]


def _head(centre: str, title: str, language: Language) -> list[Block]:
    return [
        Line(centre, "small", centred=True),
        Line(title, "title", centred=True),
        Line(language.moment(now()), "small", centred=True),
        Rule(),
    ]


def _department(status: CaseStatus, language: Language) -> str:
    return status.department_en if language.code == "en" and status.department_en else status.department
