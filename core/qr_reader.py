"""Reading our own QR codes from photographs; the only place that knows the library that decodes."""

from __future__ import annotations

import asyncio
import io
import re

import zxingcpp
from PIL import Image, UnidentifiedImageError

MOST_BYTES = 10 * 2**20
MOST_PIXELS = 40_000_000
EDGE_PX = 2000  # larger photographs hold no more of a code, only more work
AT_ONCE = 2
_QR = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
_TOKEN = re.compile(r"/q/([A-Za-z0-9_-]{20,64})(?:[/?#].*)?$")


class QrReader:
    """Reads photographs in threads, few at a time."""

    def __init__(self) -> None:
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def token(self, photograph: bytes) -> str:
        """The token of the first receipt's code in a photograph; empty when there is none to be read."""
        async with self._turns:
            return await asyncio.to_thread(read_token, photograph)


def read_token(photograph: bytes) -> str:
    """As `QrReader.token`; blocks."""
    if len(photograph) > MOST_BYTES:
        return ""
    try:
        with Image.open(io.BytesIO(photograph)) as image:
            if image.width * image.height > MOST_PIXELS:
                return ""
            image.thumbnail((EDGE_PX, EDGE_PX))
            found = zxingcpp.read_barcodes(
                image.convert("L"), formats=_QR
            )
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError):
        return ""
    return next((token[1] for code in found if (token := _TOKEN.search(code.text))), "")
