"""Reading our own QR codes from photographs; the only place that knows the library that decodes."""

from __future__ import annotations

import asyncio
import io
import re
import struct
import zlib

import zxingcpp
from PIL import Image

MOST_BYTES = 10 * 2**20
MOST_PIXELS = 25_000_000  # some 150 MB while it is decoded
EDGE_PX = 2000  # larger photographs hold no more of a code, only more work
AT_ONCE = 2
# What phones and chat services make. Others the library reads with parsers of little use here and more risk.
FORMATS = ("JPEG", "PNG", "WEBP")
_QR = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
_TOKEN = re.compile(r"/q/([A-Za-z0-9_-]{20,64})(?:[/?#].*)?$")
# What the library raises for a picture that is damaged, or made to do damage.
_UNREADABLE = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    zlib.error,
    struct.error,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)


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
        image = _grey(photograph)
    except _UNREADABLE:
        return ""
    found = zxingcpp.read_barcodes(image, formats=_QR) if image else ()
    return next((token[1] for code in found if (token := _TOKEN.search(code.text))), "")


def _grey(photograph: bytes) -> Image.Image | None:
    """The picture as it is looked at; None for one with more pixels than may be decoded, told by its head alone."""
    with Image.open(io.BytesIO(photograph), formats=FORMATS) as image:
        if image.width * image.height > MOST_PIXELS:
            return None
        image.draft("L", (EDGE_PX, EDGE_PX))  # a JPEG is decoded no larger than needed
        grey = _on_white(image).convert("L")
    grey.thumbnail((EDGE_PX, EDGE_PX))
    return grey


def _on_white(image: Image.Image) -> Image.Image:
    """What shines through is paper, not night."""
    if not image.has_transparency_data:
        return image
    above = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", above.size, "white"), above)
