"""While the database is away, every part of the house that asks it says so: nobody is told that it is our fault."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date

import pytest

from core.board import Board
from core.codes import Status
from core.errors import Unavailable
from core.local_time import now
from core.staff import Post
from core.staff.views import Member
from tests.core.outage import away
from tests.county import County

CLERK = Member(1, "clerk", "王小丽", Post.CLERK, "", "", False, now(), False)
Ask = Callable[[County], Awaitable[object]]
ASKED: dict[str, Ask] = {
    "a kiosk's sign of life": lambda county: county.house.kiosks.told("hall-1", {}),
    "the kiosks": lambda county: county.house.kiosks.listed(),
    "a rating": lambda county: county.house.ratings.rate(_token(county), 1, "", "web"),
    "the rating of a case": lambda county: county.house.ratings.of(1),
    "a case at the desk": lambda county: county.house.dossiers.open(county.number(Status.ACCEPTED), CLERK, "x"),
    "an announcement": lambda county: county.house.announcements.listed(),
    "the day on the board": lambda county: Board(county.house.database).day(date(2026, 11, 27)),
    "the promises on the board": lambda county: Board(county.house.database).promises(),
}


@pytest.fixture
def kind() -> str:
    return "postgres"


def _token(county: County) -> str:
    return county.house.keys.token(1, 1)


@pytest.mark.parametrize("what", ASKED)
async def test_what_needs_the_database_is_told_as_away(county: County, what: str) -> None:
    async with away(county.house.database):
        for _ in range(2):  # at first a connection is there still, and then none
            with pytest.raises(Unavailable):
                await ASKED[what](county)
