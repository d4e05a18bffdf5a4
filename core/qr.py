"""Pictures of QR codes, made off the event loop and kept, for making one takes longer than answering a question."""

from __future__ import annotations

import asyncio
import io
from typing import Literal

import qrcode
from cachetools import LRUCache
from qrcode.constants import ERROR_CORRECT_M
from qrcode.image.svg import SvgPathImage

from core.errors import BadRequest

MAX_VERSION = 5
MAX_ADDRESS_BYTES = 84  # what version 5 holds in bytes at error correction M (ISO/IEC 18004 table 7)
MAX_ON_SCREEN_BYTES = 152  # of version 8: shown large, and never worn
MAX_PUBLIC_URL_CHARS = 38
Form = Literal["png", "svg"]


def image(address: str, form: Form = "png", module_px: int = 8, most_bytes: int = MAX_ADDRESS_BYTES) -> bytes:
    """The QR code of an address, error correction M, with the quiet zone of four modules; version 5 at most.

    `most_bytes` may be more where the code is not worn by paper, as on a screen. Blocks for 15 ms or more: see
    QrImages. Raises BadRequest for an address that is too long.
    """
    if len(address.encode()) > most_bytes:
        raise BadRequest(f"an address of {len(address)} characters does not fit the QR code")
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, box_size=module_px, border=4)
    code.add_data(address)
    code.make(fit=True)
    out = io.BytesIO()
    made = code.make_image(image_factory=SvgPathImage) if form == "svg" else code.make_image()
    made.save(out)
    return out.getvalue()


class QrImages:
    """Makes each picture once, in a thread, and keeps the last `size` of them."""

    def __init__(self, size: int = 512) -> None:
        self._made: LRUCache[tuple[str, Form], asyncio.Future[bytes]] = LRUCache(size)

    async def get(self, address: str, form: Form = "png", most_bytes: int = MAX_ADDRESS_BYTES) -> bytes:
        key = (address, form)
        if (making := self._made.get(key)) is None:
            drawing = asyncio.to_thread(image, address, form, most_bytes=most_bytes)
            making = self._made[key] = asyncio.ensure_future(drawing)
            making.add_done_callback(lambda made: self._forget_failed(key, made))
        return await asyncio.shield(making)

    def _forget_failed(self, key: tuple[str, Form], made: asyncio.Future[bytes]) -> None:
        if made.cancelled() or made.exception():
            self._made.pop(key, None)
