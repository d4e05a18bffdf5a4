"""Screens as text messages: numbered choices, as short as the room allows, cut between entries and never inside one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from core.dialogue.medium import Medium
from core.dialogue.screen import Need, Screen
from core.dialogue.segments import segments
from core.dialogue.session import Offer
from core.dialogue.shown import Shown, offered, rest_of
from core.dialogue.wording import Written
from core.language import Catalogues, Language


@dataclass(frozen=True, slots=True)
class Message:
    """A text, and what of the screen it shows."""

    text: str
    shown: Shown


@dataclass(frozen=True, slots=True)
class _Form:
    """How full a draft is: names cut to so many characters, sentences of at least this need, long lists in brief."""

    name_chars: int
    need: Need
    brief: bool = False


# Fuller ones first: sentences go before names are cut hard.
_FORMS = (
    _Form(200, Need.MAY),
    _Form(60, Need.MAY),
    _Form(60, Need.SHOULD),
    _Form(30, Need.SHOULD),
    _Form(30, Need.SHOULD, brief=True),
    _Form(60, Need.MUST, brief=True),
    _Form(30, Need.MUST, brief=True),
    _Form(18, Need.MUST, brief=True),
    _Form(12, Need.MUST, brief=True),
)


class TextRenderer:
    """Writes a screen in a language, with the sender's signature in front."""

    medium = Medium.TEXT

    def __init__(self, signatures: Mapping[str, str], languages: Catalogues) -> None:
        self._signatures, self._languages = signatures, languages

    def render(self, screen: Screen, language: Language, turn: int = 0) -> Message:
        """The fullest form of a screen that fits into its segments; the barest one when none does."""
        message = None
        for form in _FORMS:
            message = self._draft(screen, language, form)
            if segments(message.text) <= screen.segments:
                break
        assert message is not None  # noqa: S101  (there is always a form)
        return message

    def _draft(self, screen: Screen, language: Language, form: _Form) -> Message:
        wording = Written(language, form.name_chars, brief=form.brief)

        def wording_in(code: str) -> Written:
            return Written(self._languages[code], form.name_chars, brief=form.brief) if code else wording

        signature = self._signatures.get(language.code, "")
        head = signature + "".join(wording.sentence(say) for say in screen.says if say.need <= form.need)
        tail = "".join(wording.sentence(say) for say in screen.after if say.need <= form.need)
        choices = screen.choices if screen.choices_need <= form.need else ()
        offers = offered(choices, wording_in)
        ways = _ways(offers, screen, language)
        if screen.listing is None:
            return Message(head + tail + ways, Shown(offers, screen.more))
        return self._listed(screen, language, head, tail + ways, offers, form)

    def _listed(
        self, screen: Screen, language: Language, head: str, tail: str, offers: tuple[Offer, ...], form: _Form
    ) -> Message:
        """As many entries as fit; when some are left, the way to them comes right after."""
        listing = screen.listing
        assert listing is not None  # noqa: S101  (asked by the caller)
        wording = Written(language)
        entries = [f"\n{listing.offset + n} {wording.sentence(entry)}" for n, entry in enumerate(listing.entries, 1)]
        text = head + "".join(entries) + "\n" * bool(entries and tail) + tail.lstrip("\n")
        whole = Message(text, Shown(offers, rest_of(screen, len(entries))))
        if segments(whole.text) <= screen.segments or form.need != Need.MUST:
            return whole
        for count in range(len(entries) - 1, 0, -1):
            text = head + "".join(entries[:count]) + "\n" + language.text("rest", n=len(entries) - count)
            if segments(text) <= screen.segments or count == 1:
                return Message(text, Shown((), rest_of(screen, count)))
        return whole


def _ways(offers: tuple[Offer, ...], screen: Screen, language: Language) -> str:
    if not offers:
        return ""
    lines = "".join(f"\n{offer.key} {offer.label}" for offer in offers)
    return lines + "\n" + language.text("choose") + (language.text("more") if screen.more else "")
