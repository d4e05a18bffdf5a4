"""A carrier's centre that speaks SMPP by npm's library, in a process of its own, and misbehaves on order."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.browser.validity import NODE, node
from tests.gateway.program import free_port

PASSWORD, CENTRE, PHONE = "pass1234", "10691234", "8613800001234"
WITHIN_S = 20
Event = dict[str, Any]


@dataclass
class Smsc:
    """`events` are what happened there, in order."""

    port: int = field(default_factory=free_port)
    events: list[Event] = field(default_factory=list)
    first: int = 1000
    _process: asyncio.subprocess.Process | None = None
    _reading: asyncio.Task[None] | None = None
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _orders: int = 0

    @property
    def section(self) -> dict[str, Any]:
        """The channel's settings for it."""
        return {
            "enabled": True,
            "host": "127.0.0.1",
            "port": self.port,
            "system_id": "haoban",
            "password": PASSWORD,
            "sender": CENTRE,
        }

    async def start(self) -> None:
        environment = os.environ | {
            "SMSC_PORT": str(self.port),
            "SMSC_PASSWORD": PASSWORD,
            "SMSC_FIRST": str(self.first),
        }
        pipe = asyncio.subprocess.PIPE
        self._process = await asyncio.create_subprocess_exec(
            *node(), str(NODE / "smsc.js"), stdin=pipe, stdout=pipe, env=environment, cwd=NODE
        )
        self._reading = asyncio.create_task(self._read())
        await self.seen(lambda one: one["event"] == "listening")

    async def stop(self) -> None:
        if self._process is not None and self._reading is not None:
            self._process.kill()
            await self._process.wait()
            await self._reading
            self.first += 100_000  # names are not used twice

    async def restart(self) -> None:
        await self.stop()
        self.events.append({"event": "restarted"})
        self.events = [one for one in self.events if one["event"] != "listening"]
        await self.start()

    async def do(self, what: str, **more: object) -> None:
        """Give an order, and wait until it is carried out."""
        assert self._process is not None and self._process.stdin is not None
        before = self.count("done")
        self._process.stdin.write(json.dumps({"do": what, **more}).encode() + b"\n")
        await self.seen_more("done", before)

    async def behave(self, **how: object) -> None:
        await self.do("behave", how=how)

    async def say(self, text: str, *, coding: int = 8, source: str = PHONE, header: str = "", name: str = "") -> None:
        """Hand over a message; with a `header`, a part of one."""
        content = text.encode("utf-16-be" if coding == 8 else "latin-1").hex()
        await self.do("deliver", source=source, coding=coding, content=content, header=header, name=name)

    def of(self, event: str) -> list[Event]:
        return [one for one in self.events if one["event"] == event]

    def count(self, event: str) -> int:
        return len(self.of(event))

    async def seen(self, fits: Callable[[Event], bool]) -> Event:
        """The first event that fits, waited for."""
        async with asyncio.timeout(WITHIN_S):
            while True:
                self._changed.clear()
                if found := next(filter(fits, self.events), None):
                    return found
                await self._changed.wait()

    async def seen_more(self, event: str, than: int) -> list[Event]:
        """All events of a name, once there are more than so many."""
        async with asyncio.timeout(WITHIN_S):
            while self.count(event) <= than:
                self._changed.clear()
                await self._changed.wait()
        return self.of(event)

    async def _read(self) -> None:
        assert self._process is not None and self._process.stdout is not None
        while line := await self._process.stdout.readline():
            self.events.append(json.loads(line))
            self._changed.set()


@asynccontextmanager
async def smsc() -> AsyncIterator[Smsc]:
    centre = Smsc()
    await centre.start()
    try:
        yield centre
    finally:
        await centre.stop()
