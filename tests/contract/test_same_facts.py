"""Every channel tells the same facts of the same case, or says where the rest is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient, TestServer

from core.asker import Asker
from core.codes import Status
from core.language import Catalogues
from core.local_time import now
from gateway.app import build
from gateway.house import House
from gateway.registry import switched_on
from gateway.settings import Server
from tests.contract.drivers import DOORS, PUBLIC_URL, Hall, opened
from tests.contract.facts import facts_of
from tests.county import SECRET, County, county_of, settings

TOLD = [status for status in Status if status is not Status.DRAFT]


@pytest.fixture
def kind() -> str:
    """What is told does not hang on the kind of database: the query layer's own tests run on both."""
    return "sqlite"


@pytest.fixture
async def open_county(county_url: str, form_files: Path) -> AsyncIterator[tuple[County, Hall]]:
    """The county with every channel switched on, behind its real doors."""
    server = Server(port=0, secret_key=SECRET, public_url=PUBLIC_URL)
    async with opened() as (sections, outside):
        house = House(settings(county_url, form_files, server=server, **sections))
        await house.open()
        client = TestClient(TestServer(build(house, switched_on(house.settings))))
        await client.start_server()
        yield await county_of(house), Hall(client, outside)
        await client.close()
        await house.close()


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("name", sorted(DOORS))
async def test_every_status_is_told_alike(open_county, name, language):
    county, hall = open_county
    door, words = DOORS[name], Catalogues()[language]
    whole = f"{PUBLIC_URL}/cases"
    for status in TOLD:
        told = await door.ask(hall, county.number(status), county.pin(status), language)
        truth = await county.house.query.case_status(county.number(status), county.pin(status), Asker("test", "test"))
        untold = [fact for fact in facts_of(truth, words, door.medium) if not fact.is_told(told)]
        assert not untold or (whole in told and {fact.name for fact in untold} <= {"missing", "reason"}), (status, told)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("name", sorted(DOORS))
async def test_a_broken_promise_is_told_alike(open_county, name, language, monkeypatch):
    county, hall = open_county
    later = now() + timedelta(days=400)
    monkeypatch.setattr("core.query.now", lambda: later)
    number, pin = county.number(Status.REVIEWING), county.pin(Status.REVIEWING)
    told = await DOORS[name].ask(hall, number, pin, language)
    truth = await county.house.query.case_status(number, pin, Asker("test", "test"))
    assert truth.overdue
    for fact in facts_of(truth, Catalogues()[language], DOORS[name].medium):
        assert fact.is_told(told), (fact, told)


async def test_nobody_but_its_writer_is_told_of_a_draft(open_county):
    county, hall = open_county
    for name in ("channels.twilio_sms", "channels.twilio_voice"):
        told = await DOORS[name].ask(hall, county.number(Status.DRAFT), county.pin(Status.DRAFT), "zh")
        assert "对不上" in told or "不符" in told


@pytest.mark.parametrize("name", sorted(DOORS))
async def test_no_channel_speaks_a_whole_name(open_county, name):
    county, hall = open_county
    for status in (Status.REVIEWING, Status.COMPLETED):
        case = await county.house.cases.history(county.number(status))
        await case[0].fetch_related("case")
        told = await DOORS[name].ask(hall, county.number(status), county.pin(status), "zh")
        assert case[0].case.applicant_name not in told
