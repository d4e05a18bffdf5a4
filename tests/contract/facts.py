"""What every channel has to tell of a case, in the words in which each may tell it."""

from __future__ import annotations

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

    yield fact("stage", language.text(stage_key(status)), f"'status': '{status.status}'")
    if status.due_at:
        yield _day(fact, "due", local(status.due_at).date())
    if status.amend_until:
        yield _day(fact, "amend until", status.amend_until)
    if status.paused_until:
        yield _day(fact, "paused until", status.paused_until)
    if status.paused_by:
        yield fact("paused by", special(status.paused_by, language), status.paused_by)
    for missing in status.missing:
        yield fact("missing", missing)
    if status.decision:
        yield fact(
            "decision", language.text(f"decision.{status.decision}").strip("。. "), f"'decision': '{status.decision}'"
        )
    if status.result_no:
        yield fact("result", status.result_no)
    if status.reason:
        yield fact("reason", status.reason)
    if status.stage == Stage.FINISHED and status.collect:
        yield fact("collect", status.collect)


def _day(fact, name: str, day: date) -> Fact:
    return fact(name, day, day.isoformat())


def _plain(text: str) -> str:
    """Without blanks and marks between the words, which pages set as they like, and in small letters."""
    return "".join(c for c in text.casefold() if c.isalnum())
