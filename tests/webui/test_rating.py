"""A finished case is rated on the page that shows it, in words and circles that can be hit; once."""

from __future__ import annotations

import pytest

from core.codes import Status
from tests.webui.conftest import Client, Open
from tests.webui.reading import Page
from tests.webui.samples import BY_STATUS, CASES, PIN
from tests.webui.standin import Rated

DONE = BY_STATUS[Status.COMPLETED]


@pytest.fixture
def rated() -> Rated:
    return Rated()


@pytest.fixture
async def client(opened: Open, rated: Rated) -> Client:
    return await opened(ratings=rated)


async def _post(client: Client, status: int, to: str = "/cases/rating", lang: str = "zh", **fields: str) -> Page:
    answer = await client.post(to, data=fields, headers={"Accept-Language": lang})
    assert answer.status == status
    assert answer.headers["Cache-Control"] == "no-store"
    return Page(await answer.text())


async def _shown(client: Client, status: Status) -> Page:
    return await _post(client, 200, "/cases", number=BY_STATUS[status].number, pin=PIN)


async def test_a_finished_case_offers_five_scores_and_forces_none(client: Client) -> None:
    page = await _shown(client, Status.COMPLETED)
    scores = page.all("//form[@action='/cases/rating']//input[@type='radio']")
    assert [score.get("value") for score in scores] == ["1", "2", "3", "4", "5"]
    assert not any(score.get("checked") or score.get("required") for score in scores)
    assert page.one("//label[@for='score-1']").text == "非常满意"


@pytest.mark.parametrize("status", sorted(set(BY_STATUS) - {Status.COMPLETED, Status.DELIVERED}))
async def test_a_case_under_way_is_not_to_be_rated(client: Client, status: Status) -> None:
    assert not (await _shown(client, status)).all("//form[@action='/cases/rating']")


@pytest.mark.parametrize("by", ["web", "qr"])
async def test_a_rating_is_taken_with_its_words(client: Client, rated: Rated, by: str) -> None:
    page = await _post(client, 200, token=DONE.token, by=by, score="2", words="很快")
    assert page.heading == "谢谢您的评价"
    assert rated.kept == {DONE.token: (2, "很快", by)}


async def test_the_page_says_how_it_was_opened(client: Client) -> None:
    page = await _shown(client, Status.COMPLETED)
    assert page.one("//input[@name='by']").get("value") == "web"


async def test_without_a_score_the_form_comes_back_with_the_words(client: Client, rated: Rated) -> None:
    page = await _post(client, 400, token=DONE.token, words="写了很久")
    assert page.one("//div[@role='alert']//a").get("href") == "#score-1"
    assert page.one("//textarea").text == "写了很久"
    assert page.one("//input[@name='token']").get("value") == DONE.token
    assert not rated.kept


@pytest.mark.parametrize("score", ["0", "6", "1.5", "-1", "一", "１"])
async def test_there_are_five_scores_and_no_other(client: Client, rated: Rated, score: str) -> None:
    await _post(client, 400, token=DONE.token, score=score)
    assert not rated.kept


async def test_a_second_rating_changes_nothing_and_is_thanked(client: Client, rated: Rated) -> None:
    await _post(client, 200, token=DONE.token, score="1")
    page = await _post(client, 409, token=DONE.token, score="5", lang="en")
    assert page.heading == "This case has been rated already"
    assert rated.kept[DONE.token][0] == 1


async def test_a_forged_code_rates_nothing(client: Client) -> None:
    answer = await client.post("/cases/rating", data={"token": "x" * 31, "score": "1"})
    assert answer.status == 404


async def test_an_unknown_channel_counts_as_the_web(client: Client, rated: Rated) -> None:
    await _post(client, 200, token=DONE.token, score="1", by="<script>")
    assert rated.kept[DONE.token][2] == "web"


async def test_reloading_by_address_leads_back_to_the_form(client: Client) -> None:
    answer = await client.get("/cases/rating", allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (303, "/cases")


async def test_words_are_shown_as_words(client: Client) -> None:
    page = await _post(client, 400, token=CASES[0].token, words="</textarea><b>x</b>")
    assert page.one("//textarea").text == "</textarea><b>x</b>"
