"""The files and pictures that a channel sends along: blank forms from the file store, QR codes made on demand."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from core.dialogue.screen import Attachment, Picture
from core.errors import NotFound
from core.files import FileStore
from core.qr import QrImages


@dataclass(frozen=True, slots=True)
class File:
    """A file's name, what it is (MIME), and its bytes."""

    name: str
    media_type: str
    content: bytes


class Attachments:
    def __init__(self, files: FileStore, images: QrImages) -> None:
        self._files, self._images = files, images

    async def read(self, attachment: Attachment) -> File:
        """The file itself. Raises NotFound when the store doesn't have it."""
        if isinstance(attachment, Picture):
            return File("qr.png", "image/png", await self._images.get(attachment.address, "png"))
        try:
            content = await asyncio.to_thread(self._files.path(attachment.digest).read_bytes)
        except FileNotFoundError:
            raise NotFound(f"the file of form {attachment.slug} is not in the store") from None
        return File(attachment.file_name, attachment.media_type, content)
