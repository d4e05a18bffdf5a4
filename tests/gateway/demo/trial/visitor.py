"""Somebody who tries the program on `/try`: what they do there, and what they are told of."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from types import TracebackType
from typing import Any

import aiohttp

Event = dict[str, Any]


class Visitor:
    """`events` are all that happened so far; `act` does something, `once` waits for something to happen."""

    def __init__(self, address: str, language: str = "zh") -> None:
        self.address, self._language = address, language
        self.events: list[Event] = []
        self.id = self.number = ""
        self._http = aiohttp.ClientSession(headers={"Accept-Language": language})
        self._listening: asyncio.Task[None] | None = None
        self._changed = asyncio.Event()

    async def __aenter__(self) -> Visitor:
        async with self._http.post(f"{self.address}/try/visits", json={}) as answer:
            assert answer.status == 200, await answer.text()
            begun = await answer.json()
            self.kiosk = answer.cookies["haoban_kiosk"].value
        self.id, self.number = begun["id"], begun["number"]
        self._listening = asyncio.create_task(self._listen())
        # What follows is told apart from what the opening of the case brought.
        await self.once("hop", lambda hop: hop["hop"] == "receipt" and hop["about"] == "delivered")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.gather(self._listening, return_exceptions=True)
        await self._http.close()

    async def _listen(self) -> None:
        async with self._http.get(f"{self.address}/try/visits/{self.id}/events") as stream:
            async for line in stream.content:
                if line.startswith(b"data: "):
                    self.events.append(json.loads(line.removeprefix(b"data: ")))
                    self._changed.set()

    async def act(self, what: str, **fields: Any) -> int:
        async with self._http.post(f"{self.address}/try/visits/{self.id}", json={"what": what, **fields}) as answer:
            return answer.status

    async def status_of(self, path: str) -> int:
        async with self._http.get(self.address + path) as answer:
            return answer.status

    async def at_kiosk(self, token: str) -> str:
        """What the kiosk tells when it has scanned a receipt."""
        cookies = {"Cookie": f"haoban_kiosk={self.kiosk}"}
        async with self._http.post(f"{self.address}/kiosk/zh/case", data={"token": token}, headers=cookies) as answer:
            assert answer.status == 200
            return str((await answer.json())["html"])

    async def once(
        self, kind: str, fits: Callable[[Event], bool] = lambda _: True, *, after: int = 0, within_s: float = 10
    ) -> Event:
        """The first event of a kind that fits, be it one that was; `after` leaves out so many. Raises TimeoutError."""
        async with asyncio.timeout(within_s):
            while True:
                self._changed.clear()
                for event in self.events[after:]:
                    if event["kind"] == kind and fits(event):
                        return event
                await self._changed.wait()

    @property
    def case(self) -> Event:
        return [event for event in self.events if event["kind"] == "case"][-1]

    def hops(self, story: int) -> list[str]:
        """The hops of something done, in the order in which they began."""
        hops = [event for event in self.events if event["kind"] == "hop" and event["story"] == story]
        return [event["hop"] for event in sorted(hops, key=lambda event: event["after"])]

    @property
    def story(self) -> int:
        return int([event for event in self.events if event["kind"] == "story"][-1]["story"])
