"""评价: what a citizen thinks of how a finished case was handled; once a case, never forced. Source: GB/T 39046 A.8."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime

from tortoise.exceptions import IntegrityError

from core.codes import FINISHED
from core.database import reading, transaction
from core.errors import BadRequest, Conflict, NotFound
from core.keys import Keys
from core.local_time import now
from core.models import Case, Rating

BEST, WORST = 1, 5
MOST_WORDS = 500


@dataclass(frozen=True, slots=True)
class RatingView:
    """1 非常满意 to 5 非常不满意, the citizen's words, through which channel, and when."""

    score: int
    words: str
    channel: str
    at: datetime


class Ratings:
    """Takes ratings from whoever holds the token of a case, be it from the receipt's code or after its PIN."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    async def rate(self, token: str, score: int, words: str, channel: str) -> None:
        """Take a rating. Raises NotFound for a token that isn't good, BadRequest for a score there is not or a case
        that isn't finished, Conflict when the case was rated already."""
        case = await self._case(token)
        if case is None:
            raise NotFound("this code is not valid, or not valid any more")
        if case.status not in FINISHED:
            raise BadRequest("only a finished case can be rated")
        if not BEST <= score <= WORST:
            raise BadRequest(f"a score is {BEST} to {WORST}")
        try:
            async with transaction() as connection:
                await Rating.create(
                    using_db=connection,
                    case_id=case.id,
                    score=score,
                    words=_clean(words),
                    channel=channel[:20],
                    at=now(),
                )
        except IntegrityError:
            raise Conflict("this case was rated already") from None

    @reading
    async def of(self, case_id: int) -> RatingView | None:
        """The rating of a case, for staff."""
        found = await Rating.get_or_none(case_id=case_id)
        return RatingView(found.score, found.words, found.channel, found.at) if found else None

    @reading
    async def _case(self, token: str) -> Case | None:
        read = self._keys.read_token(token)
        case = await Case.get_or_none(id=read.case_id) if read else None
        return case if case is not None and read is not None and case.token_version == read.version else None


def _clean(words: str) -> str:
    """Without control characters, as long as is kept."""
    kept = (c if unicodedata.category(c)[0] != "C" else " " for c in words)
    return " ".join("".join(kept).split())[:MOST_WORDS]
