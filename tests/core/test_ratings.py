"""A finished case is rated once, by who holds its code; on SQLite and PostgreSQL."""

from __future__ import annotations

import asyncio

import pytest

from core.asker import Asker
from core.codes import Status
from core.errors import BadRequest, Conflict, NotFound
from core.models import Case
from core.ratings import Ratings


async def case_and_token(county, status):
    case = await Case.get(number=county.number(status))
    return case, county.house.keys.token(case.id, case.token_version)


async def shown(county, token):
    return await county.house.query.case_by_token(token, Asker("qr", "192.0.2.1"))


async def test_a_finished_case_is_rated_and_staff_see_it(county):
    case, token = await case_and_token(county, Status.COMPLETED)
    ratings = Ratings(county.house.keys)
    assert (await shown(county, token)).can_be_rated
    await ratings.rate(token, 2, "  很快\n谢谢\x00 ", "web")
    assert not (await shown(county, token)).can_be_rated
    seen = await ratings.of(case.id)
    assert (seen.score, seen.words, seen.channel) == (2, "很快 谢谢", "web")


async def test_an_unrated_case_is_unrated_and_not_satisfied(county):
    case, _ = await case_and_token(county, Status.DELIVERED)
    assert await Ratings(county.house.keys).of(case.id) is None


async def test_two_ratings_at_once_leave_one(county):
    _, token = await case_and_token(county, Status.DELIVERED)
    ratings = Ratings(county.house.keys)
    came = await asyncio.gather(*(ratings.rate(token, n, "", "web") for n in (1, 5)), return_exceptions=True)
    assert [type(one) for one in came if one] == [Conflict]


@pytest.mark.parametrize("score", [0, 6, -1])
async def test_there_are_five_scores(county, score):
    _, token = await case_and_token(county, Status.COMPLETED)
    with pytest.raises(BadRequest):
        await Ratings(county.house.keys).rate(token, score, "", "web")


async def test_a_case_under_way_is_not_rated(county):
    _, token = await case_and_token(county, Status.REVIEWING)
    assert not (await shown(county, token)).can_be_rated
    with pytest.raises(BadRequest):
        await Ratings(county.house.keys).rate(token, 1, "", "web")


async def test_a_forged_or_revoked_code_rates_nothing(county):
    case, _ = await case_and_token(county, Status.COMPLETED)
    ratings = Ratings(county.house.keys)
    for bad in ("", "x" * 31, county.house.keys.token(case.id, case.token_version + 1)):
        with pytest.raises(NotFound):
            await ratings.rate(bad, 1, "", "web")


async def test_a_code_made_again_and_again_still_rates(county):
    case, _ = await case_and_token(county, Status.COMPLETED)
    await Case.filter(id=case.id).update(token_version=300)
    await Ratings(county.house.keys).rate(county.house.keys.token(case.id, 300), 1, "", "web")
    assert (await Ratings(county.house.keys).of(case.id)).score == 1
