"""What of a screen a channel could show, so that an answer is taken for what the citizen really saw."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from core.dialogue.medium import Medium
from core.dialogue.screen import Choice, Screen
from core.dialogue.session import Offer
from core.dialogue.wording import Wording
from core.language import Language


@dataclass(frozen=True, slots=True)
class Shown:
    """The choices with the keys that take them, and the lead to what had no room; empty when all was shown."""

    offers: tuple[Offer, ...] = ()
    more: str = ""


class Rendered(Protocol):
    """A screen in the form of a channel."""

    @property
    def shown(self) -> Shown: ...


Form = TypeVar("Form", bound=Rendered, covariant=True)


class Renderer(Protocol[Form]):
    """How a channel puts a screen into its form; `turn` is the number of the turn it answers."""

    @property
    def medium(self) -> Medium: ...

    def render(self, screen: Screen, language: Language, turn: int = 0) -> Form: ...


def offered(choices: Sequence[Choice], wording_in: Callable[[str], Wording]) -> tuple[Offer, ...]:
    """Each choice with its key: the one it brings, else its place.

    `wording_in` gives the wording of a language, for the empty code that of the conversation.
    """
    return tuple(
        Offer(choice.key or str(place), choice.lead, wording_in(choice.language).sentence(choice.label))
        for place, choice in enumerate(choices, 1)
    )


def rest_of(screen: Screen, entries: int) -> str:
    """The lead to what comes after so many entries of the screen's list, else to the rest of its choices."""
    if screen.listing and entries < len(screen.listing.entries):
        return screen.listing.more(entries)
    return screen.more
