"""The screens of notices: following a case or announcements from where one writes, and wanting none any more."""

from __future__ import annotations

from collections.abc import Awaitable

from core.dialogue.facts import item_name
from core.dialogue.medium import Medium
from core.dialogue.screen import Choice, Digits, Name, Say, Screen
from core.dialogue.session import Session
from core.errors import BadRequest, NotFound
from core.language import Language
from core.notify.consent import ALL, about_department, about_item
from core.notify.following import Following, Here
from core.query import Query


class FollowScreens:
    """Without a way to send anything, `following` is None, and that is what citizens are told."""

    def __init__(self, query: Query, following: Following | None) -> None:
        self._query, self._following = query, following

    async def leave(self, here: Here, medium: Medium) -> Say:
        """No notices any more, but what the law has told."""
        if self._following is None:
            return Say("opt_out")
        if medium is Medium.VOICE:  # whoever calls can show any number
            return Say("follow.out.voice")
        await self._following.leave(here)
        return Say("follow.out.chat" if medium is Medium.CHAT else "follow.out")

    async def come_back(self, here: Here, medium: Medium) -> Say:
        if self._following is None or medium is Medium.VOICE:
            return Say("opt_in")
        await self._following.come_back(here)
        return Say("follow.in")

    def what(self, session: Session, medium: Medium) -> str:
        """The lead to following what one is looking at; empty where there is nothing to follow."""
        if self._following is None or medium is Medium.VOICE:
            return ""
        kind, _, rest = session.lead.partition(":")
        if kind in ("item", "forms"):
            return f"follow:item:{rest.rpartition(':')[0] if kind == 'item' else rest}"
        if kind == "department":
            return f"follow:department:{rest.rpartition(':')[0]}"
        return f"follow:case:{session.granted}" if session.granted else ""

    def how(self) -> Say:
        """How to follow a case, an item or a department."""
        return Say("follow.how" if self._following is not None else "subscribe")

    def all_of_it(self, medium: Medium) -> tuple[Choice, ...]:
        """The announcements of the whole centre, to choose."""
        if self._following is None or medium is Medium.VOICE:
            return ()
        return (Choice(Say("choice.follow_all"), "follow:all:"),)

    async def case(self, number: str, token: str, here: Here, *, follow: bool) -> Screen:
        """Follow the case whose PIN or code was given here, or stop it."""
        if self._following is None:
            return Screen((Say("subscribe"),))
        said = Say("follow.case", {"number": Digits(number)})
        return await _told(self._following.case(token, here, follow=follow), said, f"case:{number}", follow=follow)

    async def announcements(self, kind: str, name: str, here: Here, language: Language, *, follow: bool) -> Screen:
        """Follow the announcements about an item, of a department, or of all. Raises NotFound for what there is not."""
        if self._following is None:
            return Screen((Say("subscribe"),))
        topic, said = await self._topic(kind, name, language)
        change = self._following.announcements(topic, here, follow=follow)
        return await _told(change, said, f"{kind}:{name}", follow=follow)

    async def _topic(self, kind: str, name: str, language: Language) -> tuple[str, Say]:
        if kind == "item":
            guide = await self._query.item(name)
            return about_item(name), Say("follow.item", {"item": Name(item_name(guide.summary, language))})
        if kind == "department" and any(one.name == name for one in await self._query.departments()):
            return about_department(name), Say("follow.department", {"department": Name(name)})
        if kind == "all":
            return ALL, Say("follow.all")
        raise NotFound(f"there is no {kind} {name}")


async def _told(change: Awaitable[None], said: Say, what: str, *, follow: bool) -> Screen:
    try:
        await change
    except BadRequest:
        return Screen((Say("follow.full"),))
    if not follow:
        return Screen((Say("follow.stopped"),))
    return Screen((said,), choices=(Choice(Say("choice.unfollow"), f"unfollow:{what}"),))
