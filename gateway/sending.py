"""A worker of its own: the channels opened for sending only, until it is told to stop."""

from __future__ import annotations

import asyncio
import signal

from structlog import get_logger

from core.errors import SettingsError
from gateway.alone import Alone
from gateway.house import House
from gateway.registry import switched_on
from gateway.settings import Settings
from gateway.settled import keep
from gateway.supervisor import READY, STOPPING, tell_supervisor

_log = get_logger()


async def work(settings: Settings) -> None:
    """Send until told to stop; what is under way is ended first. Raises SettingsError without a channel to send by."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    alone = Alone(settings)
    await alone.take()
    house = House(settings)
    try:
        await house.open()
        await house.begin_sending()
        try:
            await _work(house, stop)
        finally:
            await house.close()
    finally:
        await alone.give_back()


async def _work(house: House, stop: asyncio.Event) -> None:
    if not house.ladder:
        raise SettingsError(["notify.ladder: none of its channels is switched on: there is nothing to send by"])
    adapters = {one.place: one.build(house.switchboard) for one in switched_on(house.settings)}
    channels = {place: one for place, one in adapters.items() if place in house.ladder}
    for channel in channels.values():
        await channel.start(receiving=False)
    worker = house.worker(channels)
    keep()
    worker.start()
    _log.info("sending", channels=list(channels))
    tell_supervisor(READY)
    try:
        await stop.wait()
        _log.info("stopping")
        tell_supervisor(STOPPING)
    finally:
        await worker.stop()
        for channel in channels.values():
            await channel.stop()
