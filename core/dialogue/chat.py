"""Screens as chat messages: the text, a button for each choice, and what is sent along."""

from __future__ import annotations

from dataclasses import dataclass

from core.dialogue.commands import Command
from core.dialogue.medium import Medium
from core.dialogue.screen import Attachment, Screen
from core.dialogue.shown import Shown, offered, rest_of
from core.dialogue.wording import Written
from core.language import Catalogues, Language

MOST_CHARS = 3500  # what chat services carry in one message, with room to spare
MOST_LISTED_CHARS = 2000


@dataclass(frozen=True, slots=True)
class Button:
    """What stands on a button, and the turn and key that it sends back when it is tapped."""

    label: str
    turn: int
    key: str


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """A text, the buttons of its choices, those for every step, and the files and pictures that go with it."""

    text: str
    buttons: tuple[Button, ...]
    steps: tuple[Button, ...]
    attachments: tuple[Attachment, ...]
    shown: Shown


class ChatRenderer:
    """Writes a screen for a chat."""

    medium = Medium.CHAT

    def __init__(self, languages: Catalogues) -> None:
        self._languages = languages

    def render(self, screen: Screen, language: Language, turn: int = 0) -> ChatMessage:
        """The whole screen; a list that is too long for one message goes on with the next."""
        wording = Written(language)
        offers = offered(screen.choices, lambda code: Written(self._languages[code]) if code else wording)
        entries = _listed(screen, wording)
        says = "".join(map(wording.sentence, screen.says))
        after = "".join(map(wording.sentence, screen.after))
        text = "\n".join(part.strip() for part in (says, "\n".join(entries), after) if part.strip())
        more = rest_of(screen, len(entries))
        return ChatMessage(
            text[:MOST_CHARS],
            tuple(Button(offer.label, turn, offer.key) for offer in offers),
            _steps(language, turn, more),
            screen.attachments,
            Shown(offers, more),
        )


def _listed(screen: Screen, wording: Written) -> list[str]:
    if screen.listing is None:
        return []
    lines: list[str] = []
    for number, entry in enumerate(screen.listing.entries, screen.listing.offset + 1):
        line = f"{number}. {wording.sentence(entry)}"
        if lines and sum(map(len, lines)) + len(line) > MOST_LISTED_CHARS:
            break
        lines.append(line)
    return lines


def _steps(language: Language, turn: int, more: str) -> tuple[Button, ...]:
    """What can be done at every step."""
    commands = [Command.MORE] * bool(more) + [Command.BACK, Command.RESTART]
    return tuple(Button(language.text(f"button.{command}"), turn, command.value) for command in commands)
