"""An 80 mm printer on this machine: takes ESC/POS over TCP, tells of its paper, and shows what it printed."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from PIL import Image

PAPER = {"ok": 0x12, "low": 0x12 | 0x0C, "out": 0x12 | 0x60}
ASKED_FOR_PAPER, ASKED_IF_ONLINE = b"\x10\x04\x04", b"\x10\x04\x01"
CUT = b"\x1dV"


@dataclass
class PaperPrinter:
    """Serves until stopped. `paper` is ok, low or out; `bytes` is all that came."""

    paper: str = "ok"
    ends_after: int | None = None
    bytes: bytearray = field(default_factory=bytearray)
    _server: asyncio.Server | None = None

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()

    @property
    def address(self) -> str:
        assert self._server is not None
        return f"tcp://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while piece := await reader.read(4096):
            for asked, told in ((ASKED_FOR_PAPER, PAPER[self.paper]), (ASKED_IF_ONLINE, 0x12)):
                for _ in range(piece.count(asked)):
                    writer.write(bytes([told]))
                piece = piece.replace(asked, b"")
            self.bytes += piece
            if self.ends_after is not None and len(self.bytes) > self.ends_after:
                self.paper = "out"
            await writer.drain()
        writer.close()

    @property
    def cuts(self) -> int:
        return self.bytes.count(CUT)

    @property
    def picture(self) -> Image.Image:
        """All rasters (GS v 0) that were printed, one below the other."""
        rasters = list(_rasters(bytes(self.bytes)))
        assert rasters, "nothing was printed"
        sheet = Image.new("1", (max(one.width for one in rasters), sum(one.height for one in rasters)), 1)
        y = 0
        for one in rasters:
            sheet.paste(one, (0, y))
            y += one.height
        return sheet


def _rasters(sent: bytes):
    at = 0
    while (at := sent.find(b"\x1dv0", at)) >= 0:
        width_bytes, height = (int.from_bytes(sent[at + n : at + n + 2], "little") for n in (4, 6))
        body = sent[at + 8 : at + 8 + width_bytes * height]
        assert len(body) == width_bytes * height
        yield Image.frombytes("1", (width_bytes * 8, height), bytes(~byte & 0xFF for byte in body))
        at += 8 + len(body)
