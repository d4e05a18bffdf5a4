"""The screens of notices: following a case or an item from where one writes, and wanting none any more."""

from __future__ import annotations

from core.dialogue.facts import item_name
from core.dialogue.medium import Medium
from core.dialogue.screen import Choice, Digits, Name, Say, Screen
from core.dialogue.session import Session
from core.errors import BadRequest
from core.language import Language
from core.notify.following import Following, Here
from core.query import Query


class FollowScreens:
    """Without a way to send anything, `following` is None, and that is what citizens are told."""

    def __init__(self, query: Query, following: Following | None) -> None:
        self._query, self._following = query, following

    @property
    def possible(self) -> bool:
        return self._following is not None

    async def leave(self, here: Here, medium: Medium) -> Say:
        """No notices any more, but what the law has told."""
        if self._following is None:
            return Say("opt_out")
        if medium is Medium.VOICE:  # whoever calls can show any number
            return Say("follow.out.voice")
        await self._following.leave(here)
        return Say("follow.out")

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
        return f"follow:case:{session.granted}" if session.granted else ""

    def how(self) -> Say:
        return Say("follow.how" if self._following is not None else "subscribe")

    async def case(self, number: str, token: str, here: Here, *, follow: bool) -> Screen:
        """Follow the case whose PIN or code was given here, or stop it."""
        return await self._done(
            "case", number, Say("follow.case", {"number": Digits(number)}), token, here, follow=follow
        )

    async def item(self, code: str, here: Here, language: Language, *, follow: bool) -> Screen:
        """Raises NotFound for an item that there is not."""
        guide = await self._query.item(code)
        said = Say("follow.item", {"item": Name(item_name(guide.summary, language))})
        return await self._done("item", code, said, code, here, follow=follow)

    async def _done(self, kind: str, name: str, said: Say, key: str, here: Here, *, follow: bool) -> Screen:
        if self._following is None:
            return Screen((Say("subscribe"),))
        change = self._following.case if kind == "case" else self._following.item
        try:
            await change(key, here, follow=follow)
        except BadRequest:
            return Screen((Say("follow.full"),))
        if not follow:
            return Screen((Say("follow.stopped"),))
        return Screen((said,), choices=(Choice(Say("choice.unfollow"), f"unfollow:{kind}:{name}"),))
