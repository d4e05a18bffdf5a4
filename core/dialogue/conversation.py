"""One turn of a conversation: what a citizen did, what was said before, and what is said now."""

from __future__ import annotations

import re
from typing import TypeVar

from core.asker import Asker
from core.dialogue import hearing, reading
from core.dialogue.commands import Command
from core.dialogue.flow import Flow
from core.dialogue.medium import Medium
from core.dialogue.reading import Chosen, Missed, Read
from core.dialogue.said import Keyed, Opened, Said, Scanned, Silence, Tapped, Unanswered, Unreadable, Written
from core.dialogue.screen import Say, Screen
from core.dialogue.screens import Turn
from core.dialogue.session import Session, Sessions
from core.dialogue.shown import Rendered, Renderer
from core.errors import Unavailable, Wait
from core.keys import Keys
from core.language import Catalogues, spoken
from core.rates import Rate

_MENU_COMMAND = re.compile(r"^\s*/\w+")
Form = TypeVar("Form", bound=Rendered)


class Conversation:
    """Answers citizens on every channel that speaks, one turn after the other for each of them."""

    def __init__(self, flow: Flow, sessions: Sessions, catalogues: Catalogues, keys: Keys, messages: Rate) -> None:
        self._flow, self._sessions, self._catalogues = flow, sessions, catalogues
        self._keys, self._messages = keys, messages

    async def answer(self, asker: Asker, said: Said, renderer: Renderer[Form]) -> Form | None:
        """The answer in the channel's form; None for one of a flood that isn't answered.

        Never raises for anything a citizen can do.
        """
        try:
            await self._messages.take(self._keys.sender(asker.address))
        except Wait:
            return None
        try:
            async with self._sessions.turn(asker, renderer.medium) as session:
                return await self._turn(asker, said, session, renderer)
        except Unavailable:
            screen = Screen((Say("unavailable"),), ends=True)
            return renderer.render(screen, self._catalogues[_evidence(said) or ""])

    async def _turn(self, asker: Asker, said: Said, session: Session, renderer: Renderer[Form]) -> Form:
        if renderer.medium is not Medium.VOICE:
            session.language = _evidence(said) or session.language
        turn = Turn(asker, renderer.medium, session, self._catalogues[session.language])
        screen = await self._screen(said, turn)
        session.turn += 1
        # The language may just have been changed.
        rendered = renderer.render(screen, self._catalogues[session.language], session.turn)
        _remember(session, screen, rendered)
        return rendered

    async def _screen(self, said: Said, turn: Turn) -> Screen:
        match said:
            case Opened(token):
                return await self._flow.begin(token, turn)
            case Unanswered():
                return self._flow.unanswered()
            case Tapped(number, _) if number != turn.session.turn:
                return await self._missed("choose.old", turn)
            case Unreadable():
                return await self._missed("unreadable" if turn.medium is Medium.CHAT else "unreadable.text", turn)
        return await self._flow.next(_read(said, turn.session), turn)

    async def _missed(self, why: str, turn: Turn) -> Screen:
        """The present step again, and in front of it why what was done there was no use."""
        screen = await self._flow.next(Missed(), turn)
        return screen._replace(says=(Say(why), *screen.says[1:]))


def _read(said: Said, session: Session) -> Read:
    match said:
        case Written(text, True):
            return hearing.read_spoken(text, session.digits)
        case Written(text):
            return reading.read(text)
        case Keyed(keys):
            return hearing.read_keys(keys, session.digits)
        case Tapped(_, key) if key.isdecimal():
            return Chosen(int(key))
        case Tapped(_, key) if key in set(Command):
            return Command(key)
        case Scanned(token):
            return reading.Token(token)
        case Silence():
            return Missed(silent=True)
    return Missed()


def _evidence(said: Said) -> str | None:
    """The language of what was written; a command of a chat's menu is none: it is the same for everybody."""
    return spoken(_MENU_COMMAND.sub("", said.text)) if isinstance(said, Written) else None


def _remember(session: Session, screen: Screen, rendered: Rendered) -> None:
    """What the citizen saw is what the next answer is about."""
    session.offers, session.more = list(rendered.shown.offers), rendered.shown.more
    session.digits = screen.awaits.digits
    if screen.grant:
        session.grant, session.granted = screen.grant, screen.lead.removeprefix("status:")
    if screen.lead:
        session.step(screen.lead)
