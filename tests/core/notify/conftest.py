from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, time
from pathlib import Path
from typing import Any

import pytest

from core.cases import Actor
from core.codes import Status
from core.models import Case, ItemVersion, Message, Notification
from core.new_case import NewCase
from core.notify.worker import Worker
from core.transitions import Role
from gateway.demo.stand_ins.twilio_server import TwilioServer
from gateway.house import House
from gateway.registry import switched_on
from gateway.settings import NotifySection
from tests.channels.twilio import SECTION, twilio_server
from tests.core.case_steps import TOLD, item, who_may
from tests.county import settings

MOBILE = "13800005678"
NUMBER = "+8613800005678"
CLERK = Actor("窗口", Role.CLERK, "公安局")
ALWAYS = {"quiet_from": time(3), "quiet_until": time(3)}
"""No quiet hours, so that a test tells the same at night."""


@dataclass
class Centre:
    """An open house with channels, an item, and the provider behind the channels."""

    house: House
    provider: TwilioServer
    version: ItemVersion
    channels: dict[str, Any]

    def __post_init__(self) -> None:
        self.worker: Worker = self.house.worker(self.channels)

    async def opened(self, **person: Any) -> Case:
        new = NewCase(self.version.id, "X" * 31, "张三", Status.RECEIVED, person={"mobile": MOBILE} | person)
        return await self.house.cases.open(new, CLERK)

    async def moved(self, case: Case, to: Status, reason: str = "说明", **told: Any) -> Case:
        data = TOLD.get(to, {}) | told
        return await self.house.cases.move(case.number, to, who_may(to), reason=reason, data=data)

    async def led(self, case: Case, *steps: Status) -> Case:
        for step in steps:
            case = await self.moved(case, step)
        return case

    async def send(self) -> None:
        """All lanes send what is due, and write back what became of it."""
        for lane in self.worker._lanes:
            while await lane.take():
                pass
            await lane.finish(5)

    async def climb(self, at: datetime | None = None) -> int:
        return await self.worker._climber.climb(at)

    async def messages(self) -> list[Message]:
        return await Message.all().order_by("id").select_related("notification")

    async def notifications(self) -> list[Notification]:
        return await Notification.all().order_by("id")


@pytest.fixture
def given() -> dict[str, Any]:
    """Sections that go over the usual settings."""
    return {}


@pytest.fixture
def notify() -> dict[str, Any]:
    """Settings of the notifications that go over the usual ones."""
    return {}


@pytest.fixture
async def provider() -> AsyncIterator[TwilioServer]:
    made = twilio_server()
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def open_centre(
    database_url: str, tmp_path: Path, provider: TwilioServer, given: dict[str, Any], notify: dict[str, Any]
) -> AsyncIterator[Centre]:
    section = SECTION | {"api_base": provider.url}
    channels = {"twilio_sms": section, "twilio_voice": section}
    asked = {"channels": channels, "notify": NotifySection(**ALWAYS | notify)} | given
    house = House(settings(database_url, tmp_path, **asked))
    await house.open()
    made = {one.place: one.build(house.switchboard) for one in switched_on(house.settings)}
    for channel in made.values():
        await channel.start(receiving=False)
    yield Centre(house, provider, await item("X" * 31), made)
    for channel in made.values():
        await channel.stop()
    await house.close()
