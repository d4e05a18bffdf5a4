"""The words of notices: shipped in the catalogues, changed by staff in versions, filled with a case's facts.

A text names facts in braces. What stands in brackets is left out where one of its facts is not known, so that one text
serves cases with and without a due date: `Accepted[, to be done by {due}].`
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from core.codes import Stage
from core.dialogue.facts import special
from core.dialogue.segments import segments
from core.dialogue.speakable import digit_by_digit, speakable
from core.errors import BadRequest
from core.language import Language
from core.notify.states import REFUSABLE, Kind
from core.numbers import LENGTH, grouped
from core.views import CaseStatus

NAME_CHARS = 40
MOST_CHARS = 1000
MOST_REASON, MOST_MISSING = 200, 700
_FACT = re.compile(r"\{([^{}]*)\}")
_OPTIONAL = re.compile(r"\[([^\[\]]*)\]")
# What every notice about a case can tell.
_CASE = ("item", "number", "stage", "department", "due", "reason", "link", "phone")
FACTS: Mapping[str, tuple[str, ...]] = {
    "received": _CASE,
    "returned": (*_CASE, "missing", "amend_until"),
    "correction": (*_CASE, "missing", "amend_until"),
    "accepted": _CASE,
    "not_accepted": _CASE,
    "paused": (*_CASE, "paused_by", "paused_until"),
    "resumed": _CASE,
    "due_changed": _CASE,
    "decided": _CASE,
    "completed": (*_CASE, "decision", "result", "result_no", "collect"),
    "ready": (*_CASE, "result", "result_no", "collect"),
    "delivered": _CASE,
    "ended": _CASE,
    "put_right": _CASE,
    "rating": ("item", "number", "link", "phone"),
    "diverted": ("item", "number", "phone"),
    "confirm": ("code", "item"),
    "announcement": ("text", "phone"),
    "alert": ("text",),
    "check": ("code",),
}
"""Each event that is told of, with the facts that its words may name."""
_SPOKEN_OF = frozenset({"number", "result_no", "phone", "code"})


@dataclass(frozen=True, slots=True)
class Worded:
    """A text ready to be sent, the template it is of, and how many segments it takes as a text message."""

    text: str
    template: str
    version: int

    @property
    def segments(self) -> int:
        return segments(self.text)


def check(event: str, text: str) -> None:
    """Raises BadRequest for a fact that the event hasn't, for brackets that don't close, and for an empty text."""
    if event not in FACTS:
        raise BadRequest(f"there is no event {event}")
    bare = _OPTIONAL.sub(r"\1", text)
    unknown = sorted({name for name in _FACT.findall(text) if name not in FACTS[event]})
    if unknown:
        known = ", ".join(FACTS[event])
        raise BadRequest(
            f"unknown: {', '.join(unknown)}; known: {known}",
            key="unknown_fact",
            unknown=", ".join(unknown),
            known=known,
        )
    if any(sign in _FACT.sub("", bare) for sign in "{}[]"):
        raise BadRequest("a bracket or a brace is not closed", key="open_bracket")
    if not text.strip() or len(text) > MOST_CHARS:
        raise BadRequest(f"a text has 1 to {MOST_CHARS} characters", key="text_length", most=MOST_CHARS)


def filled(text: str, facts: Mapping[str, Any], kind: str, language: Language) -> str:
    """A text with its facts put into the words of a language, for the eye or, for a call, the ear."""
    shown = {name: fact(name, value, kind, language) for name, value in facts.items() if value}
    if kind == Kind.VOICE:
        shown.pop("link", None)

    def kept(found: re.Match[str]) -> str:
        return found[1] if all(name in shown for name in _FACT.findall(found[1])) else ""

    told = _FACT.sub(lambda found: shown.get(found[1], ""), _OPTIONAL.sub(kept, text))
    return speakable(told, language) if kind == Kind.VOICE else told.strip()


def fitting(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Facts no longer than a text message bears, of which providers take 1600 characters: the link tells all of it."""
    shown = dict(facts)
    if len(str(shown.get("reason", ""))) > MOST_REASON:
        shown["reason"] = str(shown["reason"])[: MOST_REASON - 1] + "…"
    missing, room = list(shown.get("missing") or ()), MOST_MISSING
    kept = []
    for name in missing:
        room -= len(name) + 1
        if room < 0:
            kept.append(f"… ({len(missing)})")
            break
        kept.append(name)
    return shown | ({"missing": kept} if missing else {})


def fact(name: str, value: Any, kind: str, language: Language) -> str:
    """One fact in the words of a language."""
    spoken = kind == Kind.VOICE
    if isinstance(value, Mapping):
        value = value.get(language.code) or value.get("zh", "")
    if isinstance(value, list):
        return language.text("voice.pause" if spoken else "comma").join(map(str, value))
    if name in ("due", "amend_until", "paused_until"):
        return _moment(str(value), language, spoken=spoken)
    if name == "stage":
        return language.text(f"stage.{value}")
    if name == "decision":
        return language.text(f"notify.decision.{value}")
    if name == "paused_by":
        return special(str(value), language)
    if name in _SPOKEN_OF and spoken:
        return digit_by_digit(str(value), language)
    if name == "number" and len(value) == LENGTH:
        return grouped(value)
    return str(value)


def _moment(text: str, language: Language, *, spoken: bool) -> str:
    if "T" not in text:
        day = date.fromisoformat(text)
        return language.spoken_date(day) if spoken else language.date(day)
    at = datetime.fromisoformat(text)
    return language.spoken_moment(at) if spoken else language.moment(at)


def facts_of(status: CaseStatus, link: str, phone: str) -> dict[str, Any]:
    """What of a case's status goes into notices, fit for JSON; already masked, and no name among it."""
    due = status.due_at
    return {
        "item": {"zh": _short(status.item), "en": _short(status.item_en or status.item)},
        "number": status.number,
        "stage": status.stage,
        "department": {"zh": status.department, "en": status.department_en or status.department},
        "due": (due.isoformat() if status.due_to_the_minute else due.date().isoformat()) if due else "",
        "reason": status.reason,
        "missing": list(status.missing),
        "amend_until": status.amend_until.isoformat() if status.amend_until else "",
        "paused_by": status.paused_by,
        "paused_until": status.paused_until.isoformat() if status.paused_until else "",
        "decision": status.decision or "",
        "result": status.result_name,
        "result_no": status.result_no,
        "collect": status.collect,
        "link": link,
        "phone": phone,
    }


def sample_facts(event: str, url: str, phone: str) -> dict[str, Any]:
    """Facts to try a text with where no case is at hand."""
    whole = {
        "item": {"zh": "食品经营许可", "en": "Food business licence"},
        "number": "261123000018",
        "stage": Stage.REVIEWING,
        "department": {"zh": "市场监督管理局", "en": "Market Supervision Bureau"},
        "due": "2026-12-07",
        "reason": "营业场所平面图与实际不符",
        "missing": ["营业执照复印件", "食品安全管理制度"],
        "amend_until": "2026-12-01",
        "paused_by": "检验",
        "paused_until": "2026-12-15",
        "decision": "granted",
        "result": "食品经营许可证",
        "result_no": "JY13301060123456",
        "collect": "3号窗口，凭身份证领取",
        "link": f"{url}/q/ABCDEFGHIJKLMNOPQRSTUVWXYZ01234",
        "phone": phone,
        "text": "本周六上午大厅照常办公。",
        "code": "204817",
    }
    return {name: whole[name] for name in FACTS[event]}


def framed(text: str, kind: str, purpose: str, language: Language, signatures: Mapping[str, str]) -> str:
    """A filled text as it goes out: a text message has the signature in front, and at the end how to have no more."""
    if kind == Kind.VOICE:
        return text
    way = language.text("notify.way_out") if kind == Kind.TEXT and purpose in REFUSABLE else ""
    return f"{signatures.get(language.code, '') if kind == Kind.TEXT else ''}{text}{way}"


def _short(name: str) -> str:
    return name if len(name) <= NAME_CHARS else name[: NAME_CHARS - 1] + "…"


EVENTS: Sequence[str] = tuple(FACTS)
