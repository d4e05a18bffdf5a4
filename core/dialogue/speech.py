"""Screens as a telephone says them: short parts to listen to, keys to press, and when to hang up or put through."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core.dialogue.medium import Medium
from core.dialogue.screen import Screen
from core.dialogue.session import Offer
from core.dialogue.shown import Shown, offered, rest_of
from core.dialogue.speakable import digit_by_digit, parts
from core.dialogue.wording import Spoken
from core.language import Catalogues, Language

MOST_ENTRIES = 4  # of a list are heard in one go; who wants the rest says so
MOST_KEYS = 5


@dataclass(frozen=True, slots=True)
class Part:
    """What is said in one breath, at most thirty seconds, in one language."""

    text: str
    language: str


@dataclass(frozen=True, slots=True)
class Speech:
    """What is said, how many digits are awaited (0: a choice, one key), words worth listening for, and the end."""

    parts: tuple[Part, ...]
    language: str
    digits: int
    hints: tuple[str, ...]
    transfer: bool
    ends: bool
    shown: Shown


class SpeechRenderer:
    """Says a screen. 0, * and # mean the same everywhere; the welcome and the help tell what.

    On a line that does not `listen` nobody is asked to say anything.
    """

    medium = Medium.VOICE

    def __init__(self, languages: Catalogues, *, listens: bool = True) -> None:
        self._languages, self._listens = languages, listens

    def render(self, screen: Screen, language: Language, turn: int = 0) -> Speech:
        """The screen as it is heard. The way to the rest of a list is its last choice."""
        wording = self._wording(language)
        entries = screen.listing.entries[:MOST_ENTRIES] if screen.listing else ()
        more = rest_of(screen, len(entries))
        offers = offered(screen.choices, lambda code: self._wording(self._languages[code]) if code else wording)
        offers = _with_rest(offers, more, language)
        said = [wording.sentence(say) for say in (*screen.says, *entries, *(() if more else screen.after))]
        return Speech(
            (*_parts(said, language), *self._ways(screen, offers, language)),
            language.code,
            screen.awaits.digits,
            tuple(offer.label for offer in offers),
            screen.transfer,
            screen.ends,
            Shown(offers, more),
        )

    def _wording(self, language: Language) -> Spoken:
        return Spoken(language, listens=self._listens)

    def _ways(self, screen: Screen, offers: Sequence[Offer], language: Language) -> list[Part]:
        """What each key does. How to change the language comes first, in that language: else nobody waits for it."""
        spoken_in = {offer.key: choice.language for choice, offer in zip(screen.choices, offers, strict=False)}
        told: list[Part] = []
        for offer in sorted(offers, key=lambda offer: not spoken_in.get(offer.key)):
            code = spoken_in.get(offer.key)
            told += self._way(offer, self._languages[code] if code else language)
        return told

    def _way(self, offer: Offer, language: Language) -> list[Part]:
        return _parts([pressing(offer.key, offer.label, language)], language)


def pressing(key: str, choice: str, language: Language) -> str:
    """Which key takes a choice."""
    return language.text("voice.press", digit=digit_by_digit(key, language, "voice.keys"), choice=choice)


def _with_rest(offers: tuple[Offer, ...], more: str, language: Language) -> tuple[Offer, ...]:
    if not more:
        return offers
    kept = offers[: MOST_KEYS - 1]
    return (*kept, Offer(str(len(kept) + 1), more, language.text("voice.more")))


def _parts(said: Iterable[str], language: Language) -> list[Part]:
    """Sentences as parts that are no longer than they may be."""
    ended = (with_stop(text, language) for text in said if text)
    return [Part(part, language.code) for part in parts(language.text("voice.space").join(ended), language)]


def with_stop(text: str, language: Language) -> str:
    return text if text.endswith(("。", "？", "！", ".", "?", "!")) else text + language.text("voice.stop")
