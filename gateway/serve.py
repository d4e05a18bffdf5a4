"""Running the program: the house opened, the port bound, everything ended cleanly on Ctrl-C or SIGTERM."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import click
from aiohttp import web
from structlog import get_logger

from core.codes import Status
from gateway.alone import Alone
from gateway.app import build
from gateway.door import Door
from gateway.house import House
from gateway.registry import Switched, switched_on
from gateway.settings import Settings
from gateway.settled import settle
from gateway.supervisor import READY, STOPPING, tell_supervisor
from gateway.under_way import UNDER_WAY

if TYPE_CHECKING:
    from gateway.demo.trial.pages import TrialPages
    from gateway.demo.trial.trial import Trial

GRACE_S, LAST_WORDS_S = 10, 2
# The library's own is an hour, in which a stranger could hold thousands of connections without asking anything.
KEPT_OPEN_S = 75
_log = get_logger()


async def serve(settings: Settings) -> None:
    """Serve until told to stop; requests under way are answered first. Raises HaobanError when it can't start."""
    stop = _told_to_stop()
    alone = Alone(settings)
    await alone.take()
    try:
        async with _opened(settings) as house:
            if not house.is_demonstration:
                await _serve(house, switched_on(settings), stop)
                return
        async with _tried(settings) as (led, trial), _opened(led) as house:
            await _serve(house, switched_on(led), stop, _pages(trial, house) if trial else None)
    finally:
        await alone.give_back()


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[House]:
    house = House(settings)
    try:
        await house.open()
        await house.begin_sending()
        yield house
    finally:
        await house.close()


@asynccontextmanager
async def _tried(settings: Settings) -> AsyncIterator[tuple[Settings, Trial | None]]:
    """In the demonstration: the settings that lead to stand-ins for the providers, and who plays them."""
    from gateway.demo.trial.trial import Trial, may_be_tried

    if not may_be_tried(settings, switched_on(settings)):
        yield settings, None
        return
    trial = Trial(settings)
    await trial.start()
    try:
        yield trial.settings, trial
    finally:
        await trial.stop()


def _pages(trial: Trial, house: House) -> TrialPages:
    from gateway.demo.trial.pages import TrialPages

    return TrialPages(trial, house)


async def _serve(
    house: House, switched: Sequence[Switched], stop: asyncio.Event, trial: TrialPages | None = None
) -> None:
    server = house.settings.server
    app = build(house, switched, trial)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=LAST_WORDS_S, keepalive_timeout=KEPT_OPEN_S)
    await runner.setup()
    door = Door(runner, server.host, server.port, shared=bool(house.settings.redis.url))
    try:
        await door.open()
        warming = house.database.in_background(settle(house.catalogue))
        _log.info("serving", host=server.host, port=server.port, channels=[one.place for one in switched])
        await _tell(house, can_be_tried=trial is not None)
        tell_supervisor(READY)
        await stop.wait()
        warming.cancel()
        _log.info("stopping")
        tell_supervisor(STOPPING)
        await door.close()
        await runner.shutdown()  # sends home who watches a board
        await app[UNDER_WAY].finish(GRACE_S)
    finally:
        await door.close()
        await runner.cleanup()


def _told_to_stop() -> asyncio.Event:
    """Set by Ctrl-C and SIGTERM, be it while the program still starts."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(signal_number, stop.set)
    return stop


async def _tell(house: House, *, can_be_tried: bool) -> None:
    """The addresses to open, and in the demonstration a case to try."""
    url = house.settings.server.public_url
    click.echo(f"\n  好办 Haoban  {url}\n")
    if not house.is_demonstration:
        return
    from gateway.demo.listing import listed

    cases = await listed(house)
    case = next(case for case in cases if case["status"] == Status.REVIEWING)
    status = await house.cases.history(case["number"])
    token = house.keys.token(status[0].case_id, 1)  # type: ignore[attr-defined]
    lines = (
        *([("Try everything    ", f"{url}/try")] if can_be_tried else []),
        ("Find an item      ", f"{url}/items?q=身份证丢了"),
        ("Ask for a case    ", f"{url}/cases"),
        ("  number and PIN  ", f"{case['number']}  {case['pin']}"),
        ("Scan a receipt    ", f"{url}/q/{token}"),
        ("Touch screen      ", f"{url}/kiosk/"),
        ("Board of the hall ", f"{url}/board/hall"),
        ("Staff desk        ", f"{url}/staff/"),
        ("Send a text       ", f'.venv/bin/haoban ask "CX {case["number"]} {case["pin"]}"'),
    )
    for label, value in lines:
        click.echo(f"  {label}{value}")
    click.echo("\n  Demonstration data. Ctrl-C ends.\n")
