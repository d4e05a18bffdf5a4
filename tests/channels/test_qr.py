"""What a scan of a receipt opens, through the whole program on real databases."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator

import pytest
import zxingcpp
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from PIL import Image

from core.codes import Status
from core.keys import Keys
from core.models import Case, LookupRecord
from core.numbers import grouped
from gateway.app import build
from tests.core.case_steps import CLERK
from tests.county import County

Client = TestClient[web.Request, web.Application]


@pytest.fixture
async def client(county: County) -> AsyncIterator[Client]:
    async with TestClient(TestServer(build(county.house, []))) as opened:
        yield opened


async def token(county: County, status: Status = Status.REVIEWING) -> str:
    case = await Case.get(number=county.number(status))
    return county.house.keys.token(case.id, case.token_version)


async def test_a_scan_opens_the_status_without_typing(county: County, client: Client) -> None:
    answer = await client.get(f"/q/{await token(county)}")
    page = await answer.text()
    case = await Case.get(number=county.number(Status.REVIEWING))
    assert answer.status == 200
    assert "审查中" in page
    assert grouped(case.number) in page or case.number in page
    assert not [personal for personal in (case.applicant_name, case.mobile) if personal in page]
    assert county.pin(Status.REVIEWING) not in page
    assert "no-store" in answer.headers["Cache-Control"]


async def test_a_scan_is_recorded_as_one(county: County, client: Client) -> None:
    await client.get(f"/q/{await token(county)}")
    await county.house.audit.flush()
    record = await LookupRecord.get()
    assert (record.channel, record.by, record.outcome) == ("qr", "token", "told")
    assert record.number == county.number(Status.REVIEWING)


async def test_codes_that_are_not_good_are_not_found(county: County, client: Client) -> None:
    good = await token(county)
    case = await county.house.cases.revoke_token(county.number(Status.REVIEWING), CLERK, reason="回执遗失")
    forged = Keys("another secret that is long enough for anybody").token(case.id, case.token_version)
    draft, nobodys = await token(county, Status.DRAFT), county.house.keys.token(2**40 - 1, 1)
    for bad in (good, forged, draft, nobodys, good[:-1], good + "A", "%E5%8F%B7", "%00", "%FF", "x" * 5000):
        answer = await client.get(f"/q/{bad}")
        assert answer.status == 404, bad
        assert "Traceback" not in await answer.text()
    assert (await client.get(f"/q/{await token(county)}")).status == 200


@pytest.mark.parametrize("kind", ["sqlite"])
async def test_the_picture_of_a_code_opens_what_it_was_made_for(county: County, client: Client) -> None:
    good = await token(county)
    answer = await client.get(f"/q/{good}/qr.png")
    assert (answer.status, answer.content_type) == (200, "image/png")
    assert "private" in answer.headers["Cache-Control"]
    read = zxingcpp.read_barcode(Image.open(io.BytesIO(await answer.read())))
    assert read.text == f"http://localhost:8080/q/{good}"
    drawing = await client.get(f"/q/{good}/qr.svg")
    assert (drawing.status, drawing.content_type) == (200, "image/svg+xml")
    assert (await drawing.read()).startswith(b"<?xml")


@pytest.mark.parametrize("kind", ["sqlite"])
async def test_no_picture_is_drawn_of_what_we_did_not_sign(county: County, client: Client) -> None:
    good = await token(county)
    for bad in (f"{good[:-2]}AA/qr.png", f"{'x' * 31}/qr.svg", f"{good}/qr.gif", f"{good}/qr.png/more"):
        assert (await client.get(f"/q/{bad}")).status == 404, bad
    assert (await client.post(f"/q/{good}")).status == 405
    assert (await client.head(f"/q/{good}")).status == 200
