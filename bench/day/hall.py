"""What stands in the hall all day: boards that hold a stream open, and kiosks that give signs of life."""

from __future__ import annotations

import asyncio
import time

from aiohttp import ClientError, ClientSession, ClientTimeout

from bench.day.citizens import from_kiosk
from bench.day.ledger import CUT, OK, Ledger, Street
from bench.day.people import County
from bench.day.settings import board_name

# The stream tells browsers to come again after 3 s.
RETRY_S = 3.0
SILENT_S = 40.0
ALIVE_EVERY_S = 10.0


class Screen:
    """A board in a browser: connects again by itself, and keeps the last picture."""

    def __init__(self, port: int, number: int, ledger: Ledger) -> None:
        self._path, self._ledger = f"/board/{board_name(number)}/events", ledger
        self._url, self._address = f"http://127.0.0.1:{port}", f"10.7.0.{number + 1}"
        self.pictures, self.connected, self.last, self.shown_at = 0, 0, b"", 0.0

    async def watch(self) -> None:
        """Until cancelled."""
        headers = {"X-Forwarded-For": self._address, "Accept": "text/event-stream"}
        timeout = ClientTimeout(total=None, sock_read=SILENT_S, sock_connect=5)
        async with ClientSession(self._url, timeout=timeout, headers=headers, read_bufsize=2**20) as http:
            while True:
                began = time.perf_counter()
                try:
                    await self._follow(http)
                except (ClientError, OSError, TimeoutError):
                    self._ledger.note("board", began, CUT)
                await asyncio.sleep(RETRY_S)

    async def _follow(self, http: ClientSession) -> None:
        began = time.perf_counter()
        async with http.get(self._path) as stream:
            if stream.status != 200:
                self._ledger.note("board", began, f"HTTP {stream.status}" if stream.status != 503 else "503")
                return
            self.connected += 1
            first = True
            async for line in stream.content:
                if not line.startswith(b"data: {"):
                    continue
                if first:
                    self._ledger.note("board", began, OK)
                first = False
                self.pictures, self.last, self.shown_at = self.pictures + 1, line[6:].strip(), time.time()
        self._ledger.note("board", began, CUT)

    async def is_up_to_date(self) -> bool:
        """Whether it shows what a screen that connects now is shown, the minute aside."""
        fresh = await self._fresh()
        return bool(fresh) and _figures(fresh) == _figures(self.last)

    async def _fresh(self) -> bytes:
        headers = {"X-Forwarded-For": self._address}
        async with ClientSession(self._url, read_bufsize=2**20) as http, http.get(self._path, headers=headers) as got:
            async for line in got.content:
                if line.startswith(b"data: {"):
                    return line[6:].strip()
        return b""


def _figures(picture: bytes) -> bytes:
    """A picture without the minute that it was made."""
    return picture.rpartition(b'"at":')[0]


async def live(street: Street, county: County, number: int) -> None:
    """A kiosk at rest, until cancelled."""
    await asyncio.sleep(ALIVE_EVERY_S * number / max(1, len(county.kiosks)))
    while True:
        await street.ask("kiosk alive", "GET", "/kiosk/alive", headers=from_kiosk(county, number), holds='"known":true')
        await asyncio.sleep(ALIVE_EVERY_S)
