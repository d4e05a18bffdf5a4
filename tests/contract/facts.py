"""What every channel has to tell of a case, in the words in which each may tell it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from core.codes import Stage
from core.dialogue.facts import special, stage_key
from core.dialogue.medium import Medium
from core.dialogue.screen import Say
from core.dialogue.wording import Spoken, Written
from core.language import Language
from core.local_time import local
from core.views import CaseStatus


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact by its name, and its words: one of `words` must be there."""

    name: str
    words: tuple[str, ...]

    def is_told(self, text: str) -> bool:
        return any(_plain(word) in _plain(text) for word in self.words)


def facts_of(status: CaseStatus, language: Language, medium: Medium | None) -> Iterator[Fact]:
    """The facts of a status; `medium` is None for the page and the JSON API, whose words are those of the eye."""
    wording = Spoken(language) if medium is Medium.VOICE else Written(language)

    def fact(name: str, value: object, *codes: str) -> Fact:
        return Fact(name, (wording.sentence(Say("", {"text": value})), *codes))

    def day(name: str, value: date | None) -> list[Fact]:
        return [fact(name, value, value.isoformat())] if value else []

    yield fact("stage", language.text(stage_key(status)), f"'status': '{status.status}'")
    yield from day("due", local(status.due_at).date() if status.due_at else None)
    if status.overdue:
        yield fact("overdue", language.text("web.case.overdue"), "'overdue': True")
    yield from day("amend until", status.amend_until)
    yield from day("paused until", status.paused_until)
    if status.paused_by:
        yield fact("paused by", special(status.paused_by, language), status.paused_by)
    if status.decision:
        told = re.split("[:：]", language.text(f"decision.{status.decision}"))[-1]
        yield fact("decision", told.strip("。. "), f"'decision': '{status.decision}'")
    collect = status.collect if status.stage == Stage.FINISHED else ""
    texts = {"result": status.result_no, "reason": status.reason, "collect": collect}
    yield from (fact(name, text) for name, text in texts.items() if text)
    yield from (fact("missing", material) for material in status.missing)


def _plain(text: str) -> str:
    """Without blanks and marks between the words, which pages set as they like, and in small letters."""
    return "".join(c for c in text.casefold() if c.isalnum())
