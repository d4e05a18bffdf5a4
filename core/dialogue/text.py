"""Screens as text messages: numbered choices, as short as the room allows, cut between entries and never inside one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from core.dialogue.screen import Name, Need, Say, Screen
from core.dialogue.segments import segments
from core.language import Language

_NAME_CHARS = (200, 60, 30, 18, 12)


@dataclass(frozen=True, slots=True)
class Rendered:
    """A text, and how many entries of the screen's list it shows."""

    text: str
    shown: int = 0


class TextRenderer:
    """Writes a screen in a language, with the sender's signature in front."""

    def __init__(self, signatures: dict[str, str]) -> None:
        self._signatures = signatures

    def render(self, screen: Screen, language: Language) -> Rendered:
        """The fullest form of a screen that fits into its segments; the barest one when none does."""
        drafts = [Rendered("")]
        for names, need in _leaner():
            draft = self._draft(screen, language, names, need)
            if segments(draft.text) <= screen.segments:
                return draft
            drafts.append(draft)
        return drafts[-1]

    def _draft(self, screen: Screen, language: Language, name_chars: int, need: Need) -> Rendered:
        head = self._signatures.get(language.code, "") + _sentences(screen.says, language, name_chars, need)
        tail = _sentences(screen.after, language, name_chars, need)
        choices = "".join(f"\n{n} {shortened(c.label, name_chars)}" for n, c in enumerate(screen.choices, 1))
        if screen.choices:
            choices += "\n" + language.text("choose")
            if screen.more:
                choices += language.text("more")
        if screen.listing is None:
            return Rendered(head + tail + choices)
        return self._listed(screen, language, head, tail + choices, need)

    def _listed(self, screen: Screen, language: Language, head: str, tail: str, need: Need) -> Rendered:
        """As many entries as fit; when some are left, the way to them comes right after."""
        listing = screen.listing
        assert listing is not None  # noqa: S101  (asked by the caller)
        entries = [
            f"\n{listing.offset + n} {_sentence(entry, language, _NAME_CHARS[0])}"
            for n, entry in enumerate(listing.entries, 1)
        ]
        whole = Rendered(head + "".join(entries) + "\n" * bool(entries and tail) + tail.lstrip("\n"), len(entries))
        if segments(whole.text) <= screen.segments or need != Need.MUST:
            return whole
        for shown in range(len(entries) - 1, 0, -1):
            rest = "\n" + language.text("rest", n=len(entries) - shown)
            text = head + "".join(entries[:shown]) + rest
            if segments(text) <= screen.segments or shown == 1:
                return Rendered(text, shown)
        return whole


def shortened(text: str, chars: int) -> str:
    return text if len(text) <= chars else text[: chars - 1] + "…"


def _leaner() -> Iterator[tuple[int, Need]]:
    """Fuller forms first: sentences go before names are cut hard."""
    yield _NAME_CHARS[0], Need.MAY
    yield _NAME_CHARS[1], Need.MAY
    yield _NAME_CHARS[1], Need.SHOULD
    yield _NAME_CHARS[2], Need.SHOULD
    for chars in _NAME_CHARS[1:]:
        yield chars, Need.MUST


def _sentences(says: Sequence[Say], language: Language, name_chars: int, need: Need) -> str:
    return "".join(_sentence(say, language, name_chars) for say in says if say.need <= need)


def _sentence(say: Say, language: Language, name_chars: int) -> str:
    values = {
        name: shortened(value, name_chars) if isinstance(value, Name) else value for name, value in say.values.items()
    }
    return language.text(say.key, **values) if say.key else str(values["text"])
