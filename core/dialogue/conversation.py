"""One turn of a conversation: what was written, what was said before, and what is said now."""

from __future__ import annotations

import asyncio
from dataclasses import asdict, dataclass, field
from typing import Protocol
from weakref import WeakValueDictionary

import orjson
import structlog

from core.asker import Asker
from core.dialogue import reading
from core.dialogue.reading import Chosen, Command, PinGiven, Read, StatusAsked, StatusWanted, Words
from core.dialogue.screen import Say, Screen
from core.dialogue.screens import Screens
from core.dialogue.text import Rendered
from core.errors import BadNumber, NotRecognised, Unavailable, Wait
from core.keys import Keys
from core.language import DEFAULT, Catalogues, Language, spoken
from core.numbers import is_query_number
from core.query import Query
from core.rates import Rate
from core.scratch import Scratch

KEPT_S = 24 * 3600
_log = structlog.get_logger()


class Renderer(Protocol):
    """How a channel puts a screen into words."""

    def render(self, screen: Screen, language: Language) -> Rendered: ...


@dataclass(slots=True)
class Session:
    """What is remembered of a conversation: no PIN, no words, nothing personal."""

    language: str = DEFAULT
    choices: list[str] = field(default_factory=list)
    more: str = ""
    item: str = ""
    awaits: str = ""


class Conversation:
    """Answers messages of any text channel, one after the other for each sender."""

    def __init__(
        self,
        query: Query,
        screens: Screens,
        catalogues: Catalogues,
        scratch: Scratch,
        keys: Keys,
        renderer: Renderer,
        messages: Rate,
    ) -> None:
        self._query, self._screens, self._catalogues = query, screens, catalogues
        self._scratch, self._keys, self._renderer, self._messages = scratch, keys, renderer, messages
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def answer(self, asker: Asker, message: str) -> str:
        """The answer to a message, in the language of the message; empty for one of a flood that isn't answered.

        Never raises for anything a sender can write.
        """
        sender = self._keys.sender(asker.address)
        try:
            await self._messages.take(sender)
        except Wait:
            return ""
        key = f"session:{asker.channel}:{sender}"
        turn = self._turns.setdefault(key, asyncio.Lock())
        async with turn:
            return await self._turn(asker, message, key)

    async def _turn(self, asker: Asker, message: str, key: str) -> str:
        session = await self._session(key)
        read = reading.read(message)
        language = self._language(read, message, session)
        try:
            screen, lead = await self._screen(read, asker, session, language)
        except Unavailable:
            screen, lead = Screen((Say("unavailable"),)), ""
        rendered = self._renderer.render(screen, language)
        await self._keep(key, _after(screen, rendered, lead, language))
        return rendered.text

    async def _screen(self, read: Read, asker: Asker, session: Session, language: Language) -> tuple[Screen, str]:
        """The next screen, and the lead that opens it again."""
        match read:
            case StatusAsked(number, ""):
                return _ask_pin(number), ""
            case StatusAsked(number, pin):
                return await self._status(number, pin, asker, language), ""
            case PinGiven(pin) if session.awaits:
                return await self._status(session.awaits, pin, asker, language), ""
            case StatusWanted() | PinGiven():
                return Screen((Say("status.how"),)), ""
            case Command.OPT_OUT:
                return Screen((Say("opt_out"),)), ""
            case Command.CHINESE | Command.ENGLISH:
                return Screen((Say("language"), *self._screens.help().says)), ""
            case Words(words) if any(c.isalnum() for c in words):
                return await self._screens.found(words, language)
        return await self._led(read, session, language)

    async def _led(self, read: Read, session: Session, language: Language) -> tuple[Screen, str]:
        """Where a choice, `more` or `forms` leads; help for all else."""
        lead = _lead(read, session)
        if isinstance(read, Chosen) and not lead:
            return Screen((Say("choose.none"), *self._screens.help().says)), ""
        return await self._screens.open(lead or "help", language), lead

    async def _status(self, number: str, pin: str, asker: Asker, language: Language) -> Screen:
        try:
            return self._screens.status(await self._query.case_status(number, pin, asker), language)
        except BadNumber:
            return Screen((Say("status.bad_number"),))
        except NotRecognised:
            return Screen((Say("status.not_recognised"),), awaits=number)
        except Wait as error:
            key = "status.locked" if error.locked else "status.wait"
            return Screen((Say(key, {"n": max(1, round(error.retry_after_s / 60))}),), awaits=number)

    def _language(self, read: Read, message: str, session: Session) -> Language:
        """That of the words; without evidence the sender's last one, else Chinese."""
        if read in (Command.CHINESE, Command.ENGLISH):
            return self._catalogues[str(read)]
        return self._catalogues[spoken(message) or session.language]

    async def _session(self, key: str) -> Session:
        try:
            kept = await self._scratch.get(key)
        except Unavailable as error:
            _log.warning("session not read", error=str(error))
            return Session()
        return Session(**orjson.loads(kept)) if kept else Session()

    async def _keep(self, key: str, session: Session) -> None:
        """The answer matters more than the memory of it: a store that is away costs only the choices."""
        try:
            await self._scratch.put(key, orjson.dumps(asdict(session)).decode(), KEPT_S)
        except Unavailable as error:
            _log.warning("session not kept", error=str(error))


def _ask_pin(number: str) -> Screen:
    if not is_query_number(number):
        return Screen((Say("status.bad_number"),))
    return Screen((Say("status.ask_pin"),), awaits=number)


def _lead(read: Read, session: Session) -> str:
    match read:
        case Chosen(n) if 1 <= n <= len(session.choices):
            return session.choices[n - 1]
        case Command.MORE:
            return session.more
        case Command.FORMS if session.item:
            return f"forms:{session.item}"
    return ""


def _after(screen: Screen, rendered: Rendered, lead: str, language: Language) -> Session:
    """What to remember once a screen was shown."""
    more = screen.more
    if screen.listing and rendered.shown < len(screen.listing.entries):
        more = screen.listing.more(rendered.shown)
    kind, _, rest = lead.partition(":")
    item = rest.rpartition(":")[0] if kind == "item" else rest if kind == "forms" else ""
    return Session(language.code, [choice.lead for choice in screen.choices], more, item, screen.awaits)
