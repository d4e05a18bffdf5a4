"""Every screen of the conversation by its lead: a developer adds one here, and every channel has it."""

from __future__ import annotations

from dataclasses import dataclass

from core.asker import Asker
from core.dialogue.case_screens import CaseScreens
from core.dialogue.follow_screens import FollowScreens
from core.dialogue.front_screens import FrontScreens
from core.dialogue.item_screens import ItemScreens
from core.dialogue.medium import Medium
from core.dialogue.rating_screens import RatingScreens
from core.dialogue.screen import Say, Screen
from core.dialogue.session import Session
from core.errors import NotFound
from core.language import Language
from core.notify.following import Here
from core.notify.states import Kind


@dataclass(frozen=True, slots=True)
class Turn:
    """Who is at the other end, how, in what language, and where the conversation stands."""

    asker: Asker
    medium: Medium
    session: Session
    language: Language

    @property
    def here(self) -> Here:
        """Where notices would be sent to."""
        return Here(self.asker, Kind(self.medium.value), self.language.code)


class Screens:
    """Opens screens by their leads: `welcome`, `number`, `pin:NUMBER`, `item:CODE:OFFSET`, `departments:OFFSET` …"""

    def __init__(
        self,
        front: FrontScreens,
        cases: CaseScreens,
        items: ItemScreens,
        ratings: RatingScreens,
        follows: FollowScreens,
    ) -> None:
        self.front, self.cases, self.items, self.ratings, self.follows = front, cases, items, ratings, follows

    async def open(self, lead: str, turn: Turn) -> Screen:
        """The screen behind a lead; the welcome when it leads nowhere any more."""
        kind, _, rest = lead.partition(":")
        try:
            return (
                await self._asked_case(kind, rest, turn)
                or await self._item(kind, rest, turn)
                or await self._follow(kind, rest, turn)
                or self._front(kind, turn)
            )
        except NotFound:
            return self.front.welcome(turn.language)._replace(says=(Say("item.gone"),))

    async def _asked_case(self, kind: str, rest: str, turn: Turn) -> Screen | None:
        match kind:
            case "number":
                return self.cases.number()
            case "pin":
                return self.cases.pin(rest)
            case "status" | "code" | "rate" | "rated":
                number, _, score = rest.partition(":")
                return await self._granted_case(kind, number, score, turn)
        return None

    async def _granted_case(self, kind: str, number: str, score: str, turn: Turn) -> Screen:
        """What only who showed the case's PIN or code may open; everybody else is asked for the PIN."""
        session = turn.session
        if session.granted != number:
            return self.cases.pin(number)
        match kind:
            case "code":
                return await self.cases.code(session.grant, turn.asker)
            case "rate":
                return self.ratings.ask(number)
            case "rated":
                return await self.ratings.take(session.grant, score, turn.asker)
        return await self.cases.by_token(session.grant, turn.asker, turn.language)

    async def _item(self, kind: str, rest: str, turn: Turn) -> Screen | None:
        match kind:
            case "items":
                return self.items.ask()
            case "offer":
                return await self.items.offer(rest, turn.language)
            case "item":
                return await self.items.item(*_with_offset(rest), turn.language)
            case "forms":
                return await self.items.forms(rest, turn.language)
            case "departments":
                return await self.items.departments(int(rest or 0), turn.language)
            case "department":
                return await self.items.department(*_with_offset(rest), turn.language)
        return None

    async def _follow(self, kind: str, rest: str, turn: Turn) -> Screen | None:
        if kind not in ("follow", "unfollow"):
            return None
        what, _, name = rest.partition(":")
        follow = kind == "follow"
        if what != "case":
            return await self.follows.announcements(what, name, turn.here, turn.language, follow=follow)
        if turn.session.granted != name:
            return self.cases.pin(name)
        return await self.follows.case(name, turn.session.grant, turn.here, follow=follow)

    def _front(self, kind: str, turn: Turn) -> Screen:
        return self.front.languages() if kind == "languages" else self.front.welcome(turn.language)


def _with_offset(rest: str) -> tuple[str, int]:
    name, _, offset = rest.rpartition(":")
    return name, int(offset or 0)
