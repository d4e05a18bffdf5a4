from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from shutil import copy

import pytest
from aiohttp import web

from gateway.app import build
from gateway.demo.trial.pages import TrialPages
from gateway.demo.trial.trial import Trial
from gateway.house import House
from gateway.registry import switched_on
from gateway.settings import LimitsSection, Server
from tests.county import SECRET, settings
from tests.gateway.demo.trial.visitor import Visitor
from tests.gateway.program import free_port


@pytest.fixture
async def address(sqlite_county_template: Path, tmp_path: Path, form_files: Path) -> AsyncIterator[str]:
    port = free_port()
    given = settings(
        f"sqlite://{copy(sqlite_county_template, tmp_path / 'haoban.db')}",
        form_files,
        # Nobody resolves this address: what the stand-ins are told leads to where the program really is.
        server=Server(port=port, secret_key=SECRET, public_url="http://haoban.invalid"),
        limits=LimitsSection(messages="1000/minute", lookups="1000/minute", requests="10000/minute"),
    )
    trial = Trial(given)
    await trial.start()
    house = House(trial.settings)
    await house.open()
    runner = web.AppRunner(build(house, switched_on(trial.settings), TrialPages(trial, house)), shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    await trial.telegram.called("setWebhook")
    yield f"http://127.0.0.1:{port}"
    await runner.cleanup()
    await house.close()
    await trial.stop()


@pytest.fixture
async def visitor(address: str) -> AsyncIterator[Visitor]:
    async with Visitor(address) as made:
        yield made
