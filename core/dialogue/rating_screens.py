"""The screens by which a finished case is rated 评价: offered once, never forced."""

from __future__ import annotations

from core.asker import Asker
from core.dialogue.screen import Choice, Say, Screen
from core.errors import BadRequest, Conflict
from core.ratings import BEST, WORST, Ratings


class RatingScreens:
    def __init__(self, ratings: Ratings) -> None:
        self._ratings = ratings

    def ask(self, number: str) -> Screen:
        """The five scores, the best first."""
        choices = tuple(
            Choice(Say(f"rating.{score}"), f"rated:{number}:{score}", key=str(score))
            for score in range(BEST, WORST + 1)
        )
        return Screen((Say("rating.ask"),), choices=choices, lead=f"rate:{number}")

    async def take(self, token: str, score: str, asker: Asker) -> Screen:
        """Thanks, or that the case was rated before, or can't be any more. Raises NotFound for a bad code."""
        try:
            await self._ratings.rate(token, int(score), "", asker.channel)
        except Conflict:
            return _said("rating.before")
        except BadRequest:
            return _said("rating.not_now")
        return _said("rating.thanks")


def _said(key: str) -> Screen:
    return Screen((Say(key),), choices=(Choice(Say("choice.another"), "number"),))
