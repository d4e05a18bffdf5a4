"""What the command line tells staff of one case."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

from core.codes import Status
from core.models import Case

ROOT = Path(__file__).parents[2]


async def show(number: str, database_url: str) -> str:
    """What `haoban case show` prints; in a thread, for the tests' own loop holds the database open."""
    settings = {"HAOBAN_SETTINGS": str(ROOT / "settings.toml"), "HAOBAN_DATABASE__URL": database_url}
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", "from gateway.cli import main; main()", "case", "show", number],
        env=os.environ | settings | {"PYTHONPATH": str(ROOT)},
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
