"""Where each answer leads: the conversation, written once for every channel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from core.dialogue.commands import Command
from core.dialogue.front_screens import RESUMED
from core.dialogue.medium import Medium
from core.dialogue.reading import Chosen, Missed, PinGiven, Read, StatusAsked, StatusWanted, Token, Words
from core.dialogue.screen import Need, Say, Screen
from core.dialogue.screens import Screens, Turn
from core.dialogue.session import Offer
from core.dialogue.texts import Texts

TRIES = 3
LEFT_AFTER_S = 600  # who greets again after so long is asked whether to go on
FEWEST_OF_LABEL = 2


class Flow:
    """Finds the next screen. It may change the session: its language, its path, what was granted."""

    def __init__(self, screens: Screens, texts: Texts) -> None:
        self._screens, self._texts = screens, texts

    async def next(self, read: Read, turn: Turn) -> Screen:
        """The screen that answers; after three misses on the telephone a person, or a polite end."""
        screen = await self._answer(read, turn)
        misses = turn.session.misses + 1 if screen.missed else 0
        if misses >= TRIES and turn.medium is Medium.VOICE:
            person = await self._screens.front.operator(turn.medium)
            screen = person if person.transfer else self._ended(turn, tried=True)
        turn.session.misses = misses
        offered = tuple(c for c in screen.choices if self._can_offer(c.lead, c.media, turn))
        return screen if len(offered) == len(screen.choices) else screen._replace(choices=offered)

    async def begin(self, token: str, turn: Turn) -> Screen:
        """A call or a chat begins: by a receipt's code, where one stopped, or with the welcome."""
        if token:
            return await self.next(Token(token), turn)
        lead = turn.session.lead or turn.session.elsewhere
        turn.session.misses = 0
        if turn.medium is Medium.VOICE:
            # Whoever calls can show any number, and would hear the answer: unlike a message, which goes to its owner.
            turn.session.grant = turn.session.granted = ""
        if lead.partition(":")[0] in RESUMED:
            return self._screens.front.resume(lead)
        return await self._restarted(turn)

    def unanswered(self) -> Screen:
        """The operator did not answer; the caller is not left alone with that."""
        return self._screens.front.busy()

    async def _answer(self, read: Read, turn: Turn) -> Screen:
        cases = self._screens.cases
        match read:
            case Command():
                return await self._obey(read, turn)
            case Token(token):
                return await cases.by_token(token, turn.asker, turn.language)
            case StatusAsked(number, ""):
                return await self._open(f"pin:{number}", turn)
            case StatusAsked(number, pin):
                return await cases.by_pin(number, pin, turn.asker, turn.language)
            case PinGiven(pin) if turn.session.lead.startswith("pin:"):
                number = turn.session.lead.removeprefix("pin:")
                return await cases.by_pin(number, pin, turn.asker, turn.language)
            case StatusWanted() | PinGiven():
                return await self._open("number", turn)
            case Words(words):
                lead = _meant(words, turn.session.offers)
                return await (self._open(lead, turn) if lead else self._screens.items.found(words, turn.language))
            case Chosen(n):
                lead = next((offer.lead for offer in turn.session.offers if offer.key == str(n)), "")
                return await (self._open(lead, turn) if lead else self._again(turn, otherwise="choice"))
            case Missed():
                return await self._again(turn)

    async def _obey(self, command: Command, turn: Turn) -> Screen:
        session = turn.session
        match command:
            case Command.OPT_OUT:
                return await self._aside(await self._screens.follows.leave(turn.here, turn.medium), turn)
            case Command.OPT_IN:
                return await self._aside(await self._screens.follows.come_back(turn.here, turn.medium), turn)
            case Command.SUBSCRIBE:
                lead = self._screens.follows.what(session, turn.medium)
                return await (self._open(lead, turn) if lead else self._how_to_follow(turn))
            case Command.CHINESE | Command.ENGLISH:
                return await self._open(f"language:{command}", turn)
            case Command.LANGUAGE:
                return self._screens.front.languages()
            case Command.OPERATOR:
                return await self._screens.front.operator(turn.medium)
            case Command.END:
                return self._ended(turn, tried=False)
            case Command.RESTART:
                return await self._restarted(turn)
            case Command.BACK:
                del session.path[-1:]
                return await self._open(session.lead or "welcome", turn)
            case Command.STATUS:
                return await self._open("number", turn)
            case Command.ITEMS:
                return await self._open("items", turn)
            case Command.MORE:
                return await (self._open(session.more, turn) if session.more else self._again(turn))
            case Command.FORMS:
                kind, _, rest = session.lead.partition(":")
                return await self._open(f"forms:{rest.rpartition(':')[0]}" if kind == "item" else "items", turn)
            case Command.HELP:
                left = (session.lead if session.idle_s > LEFT_AFTER_S else "") or session.elsewhere
                if left.partition(":")[0] in RESUMED:
                    session.elsewhere = ""
                    return self._screens.front.resume(left)
                return await self._screens.open("welcome", turn)

    async def _open(self, lead: str, turn: Turn) -> Screen:
        kind, _, rest = lead.partition(":")
        if kind == "send":
            return await self._texts.send(rest, turn)
        if kind == "language":
            return await self._in_language(rest, turn)
        if kind == "welcome":
            return await self._restarted(turn)
        return await self._screens.open(lead, turn)

    async def _in_language(self, code: str, turn: Turn) -> Screen:
        """The present step again, in another language from now on."""
        language = self._screens.front.language(code)
        turn.session.language = language.code
        return await self._screens.open(turn.session.lead or "welcome", replace(turn, language=language))

    async def _restarted(self, turn: Turn) -> Screen:
        turn.session.path, turn.session.elsewhere = [], ""
        return await self._screens.open("welcome", turn)

    def _ended(self, turn: Turn, *, tried: bool) -> Screen:
        turn.session.path, turn.session.elsewhere = [], ""
        turn.session.grant = turn.session.granted = ""
        return self._screens.front.goodbye(tried=tried)

    async def _again(self, turn: Turn, otherwise: str = "") -> Screen:
        """The present step once more, with more help each time; what was told at length is not told again unasked.

        `otherwise` is what was no use: a `choice` that isn't there; empty for what could not be made out.
        """
        screen = await self._screens.open(turn.session.lead or "welcome", turn)
        awaited = "words" if screen.awaits.words else "answer"
        kind = "digits" if screen.awaits.digits else otherwise or awaited
        help_ = Say(f"miss.{min(turn.session.misses + 1, TRIES - 1)}.{kind}", {"n": screen.awaits.digits})
        if screen.choices_need is Need.MUST:
            return screen._replace(says=(help_, *screen.says), missed=True)
        return screen._replace(says=(help_,), listing=None, after=(), attachments=(), segments=1, missed=True)

    async def _how_to_follow(self, turn: Turn) -> Screen:
        """In writing with the announcements of the centre to choose; what was awaited still is."""
        follows = self._screens.follows
        screen = await self._aside(follows.how(), turn)
        choices = follows.all_of_it(turn.medium)
        return screen._replace(choices=choices, choices_need=Need.MUST) if choices else screen

    async def _aside(self, say: Say, turn: Turn) -> Screen:
        """Something said beside the matter; what was awaited still is, and a caller hears what can be done."""
        lead = turn.session.lead
        if not lead and turn.medium is not Medium.VOICE:
            return Screen((say,))
        screen = await self._screens.open(lead or "welcome", turn)
        return screen._replace(says=(say,), listing=None, after=(), attachments=(), segments=1)

    def _can_offer(self, lead: str, media: frozenset[Medium], turn: Turn) -> bool:
        return turn.medium in media and (not lead.startswith("send:") or self._texts.reaches(turn.asker))


def _meant(words: str, offers: Sequence[Offer]) -> str:
    """The lead of the one choice that words name, whole or in part; none when they may mean several."""
    said = words.casefold()
    exact = [offer.lead for offer in offers if offer.label.casefold() == said]
    part = [o.lead for o in offers if len(said) >= FEWEST_OF_LABEL and said in o.label.casefold()]
    return next((found[0] for found in (exact, part) if len(found) == 1), "")
