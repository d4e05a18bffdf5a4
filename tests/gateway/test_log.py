"""Nothing personal and no secret is in what the program logs and prints, whatever was asked of it and went wrong."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import aiohttp
import pytest

from core.codes import Status
from core.models import Case
from tests.bots import wechat
from tests.channels import smsc
from tests.contract.doors import kannel
from tests.contract.doors.telegram import BOT, SECRET_WORD
from tests.contract.doors.twilio_sms import AUTH_TOKEN, PHONE, as_twilio
from tests.contract.drivers import DOORS, PUBLIC_URL, Hall, opened
from tests.county import SECRET, County
from tests.gateway.program import serving

WORDS = "我家的狗咬了邻居王大明怎么赔"


@pytest.fixture
def kind() -> str:
    return "sqlite"


def variables(found: Mapping[str, Any], *place: str) -> dict[str, str]:
    """Settings as the environment names them."""
    told: dict[str, str] = {}
    for name, value in found.items():
        where = (*place, name.upper())
        told |= variables(value, *where) if isinstance(value, Mapping) else {"__".join(where): _written(value)}
    return told


def _written(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


async def ask_everything(hall: Hall, county: County) -> None:
    """Right and wrong questions by every door, and words that mean nothing to us."""
    client = hall.client
    for status in (Status.CORRECTION, Status.COMPLETED):
        for door in DOORS.values():
            await door.ask(hall, county.number(status), county.pin(status), "zh")
        for name in ("channels.twilio_sms", "bots.telegram", "bots.wechat", "channels.kannel", "channels.smpp"):
            await DOORS[name].ask(hall, county.number(status), county.wrong_pin(status), "en")
    number = county.number(Status.ACCEPTED)
    for _ in range(7):
        await (await client.post("/cases", data={"number": number, "pin": county.wrong_pin(Status.ACCEPTED)})).read()
    await (await client.get("/items", params={"q": WORDS})).read()
    await (await client.get(f"/q/{await token_of(county)}")).read()
    await (await client.get("/q/" + "A" * 31)).read()
    sent = {"MessageSid": "SM1", "From": PHONE, "Body": WORDS}
    await as_twilio(client, "/channels/twilio/sms", sent)
    await (await client.post("/channels/twilio/sms", data=sent)).read()
    rating = {"token": await token_of(county), "score": "5", "words": WORDS}
    await (await client.post("/cases/rating", data=rating)).read()


async def token_of(county: County) -> str:
    case = await Case.get(number=county.number(Status.COMPLETED))
    return county.house.keys.token(case.id, case.token_version)


async def break_the_database(hall: Hall, county: County, path: Path) -> None:
    """What nobody foresees: a case that tells no JSON."""
    with sqlite3.connect(path) as database:
        broken = county.number(Status.REVIEWING)
        database.execute("UPDATE approval_case SET told = '{' WHERE number = ?", (broken,))
    database.close()
    body = {"number": broken, "pin": county.pin(Status.REVIEWING)}
    assert (await hall.client.post("/api/v1/status", json=body)).status == 500


async def test_a_whole_day_leaves_nothing_personal_in_the_log(county: County, county_url: str, tmp_path: Path) -> None:
    async with opened() as (sections, outside):
        settings = variables(sections | {"log": {"level": "debug"}, "server": {"public_url": PUBLIC_URL}})
        with serving(tmp_path, county_url, **settings) as program:
            async with aiohttp.ClientSession(program.url) as client:
                hall = Hall(cast(Any, client), outside)
                await ask_everything(hall, county)
                await break_the_database(hall, county, Path(county_url.removeprefix("sqlite://")))
            told = program.words
    # The case that the demonstration itself offers to try is meant to be seen.
    offer, end, logged = told.partition("Demonstration data. Ctrl-C ends.")
    logged = offer.partition("好办 Haoban")[0] + logged
    assert end
    assert "request_failed" in logged
    assert '"webhook refused"' in logged
    case = await Case.get(number=county.number(Status.CORRECTION))
    pins = [county.pin(status) for status in (Status.CORRECTION, Status.COMPLETED, Status.REVIEWING)]
    pins += [county.wrong_pin(status) for status in (Status.CORRECTION, Status.COMPLETED, Status.ACCEPTED)]
    secrets = [BOT, BOT.partition(":")[2], SECRET_WORD, AUTH_TOKEN, SECRET, await token_of(county), "A" * 31]
    secrets += [kannel.SECRET_WORD, smsc.PASSWORD, wechat.SECRET_WORD, wechat.TOKEN, wechat.AES_KEY, "token1"]
    personal = [PHONE[3:], wechat.PERSON, case.applicant_name, case.mobile, WORDS, WORDS[:6], "王大明"]
    assert [never for never in (*pins, *secrets, *personal) if never in logged] == []
