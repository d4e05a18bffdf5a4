"""What the command line tells staff of one case."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.asker import Asker
from core.codes import Status
from core.errors import NotFound, NotRecognised
from core.models import Case, Message
from tests.channels.twilio import SECTION
from tests.county import SECRET

ROOT = Path(__file__).parents[2]


async def show(number: str, database_url: str) -> str:
    """What `haoban case show` prints."""
    return await said("show", number, database_url=database_url)


async def said(*words: str, database_url: str, **more: str) -> str:
    """What `haoban case` prints; in a thread, for the tests' own loop holds the database open."""
    settings = {
        "HAOBAN_SETTINGS": str(ROOT / "settings.toml"),
        "HAOBAN_DATABASE__URL": database_url,
        "HAOBAN_SERVER__SECRET_KEY": SECRET,
    }
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "gateway", "case", *words],
        env=os.environ | settings | {"PYTHONPATH": str(ROOT)} | {f"HAOBAN_{name}": it for name, it in more.items()},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout


async def test_staff_see_with_the_case_how_it_was_rated(county, county_url):
    case = await Case.get(number=county.number(Status.COMPLETED))
    assert "rated" not in await show(case.number, county_url)
    token = county.house.keys.token(case.id, case.token_version)
    await county.house.ratings.rate(token, 4, "等了两次", "qr")
    told = await show(case.number, county_url)
    assert "rated 4 of 1 (best) to 5" in told
    assert told.rstrip().endswith("qr  等了两次")


async def test_a_receipt_in_strange_hands_is_made_worthless(county, county_url):
    case = await Case.get(number=county.number(Status.ACCEPTED))
    query, keys, asker = county.house.query, county.house.keys, Asker("web", "10.0.0.7")
    old_pin, old_token = keys.pin(case.number, case.pin_version), keys.token(case.id, case.token_version)
    told = await said("reissue", case.number, "--reason", "回执遗失", database_url=county_url)
    new_pin = told.split()[-2]
    assert new_pin != old_pin
    with pytest.raises(NotRecognised):
        await query.case_status(case.number, old_pin, asker)
    with pytest.raises(NotFound):
        await query.case_by_token(old_token, asker)
    await asyncio.sleep(1.1)  # a wrong PIN has the next one wait
    assert (await query.case_status(case.number, new_pin, asker)).number == case.number
    assert "回执遗失" in await show(case.number, county_url)


async def test_the_numbers_made_up_for_a_demonstration_are_told_of_no_step(county, county_url):
    number = county.number(Status.RECEIVED)
    twilio = {f"CHANNELS__TWILIO_SMS__{name.upper()}": str(value) for name, value in SECTION.items()}
    await said("move", number, "accepted", "--role", "clerk", database_url=county_url, **twilio)
    assert await Message.filter(notification__case__number=number).count() == 0
