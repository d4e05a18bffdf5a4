"""What an uploaded file really is, told by its content and never by its name; anything unknown is refused."""

from __future__ import annotations

import asyncio
import io
import re
import unicodedata
import zipfile
from dataclasses import dataclass
from typing import Protocol

from PIL import Image, UnidentifiedImageError

from core.errors import BadRequest

MOST_BYTES = 20 * 1024 * 1024
MOST_PIXELS = 100_000_000
MOST_PARTS = 5_000
_IMAGES = {"JPEG": ("image/jpeg", ".jpg"), "PNG": ("image/png", ".png"), "WEBP": ("image/webp", ".webp")}
_OFFICE = "application/vnd.openxmlformats-officedocument."
# By a part that every such archive has.
_ARCHIVES = {
    "word/document.xml": (f"{_OFFICE}wordprocessingml.document", ".docx"),
    "xl/workbook.xml": (f"{_OFFICE}spreadsheetml.sheet", ".xlsx"),
    "OFD.xml": ("application/ofd", ".ofd"),
}
_MACROS = re.compile(r"(vbaproject\.bin|\.(exe|dll|js|vbs|hta|ps1))$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it was sent, with the name it had there."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Checked:
    """A file that may be kept: `name` is fit to be shown and ends as its content does."""

    name: str
    media_type: str
    content: bytes


class Scanner(Protocol):
    """Looks for malware. Raises BadRequest when it finds some, Unavailable when it can't look."""

    async def scan(self, content: bytes) -> None: ...


class Uploads:
    """Checks files: kind, size, and malware where a scanner is configured."""

    def __init__(self, scanner: Scanner | None = None, most_bytes: int = MOST_BYTES) -> None:
        self._scanner, self.most_bytes = scanner, most_bytes

    async def checked(self, upload: Upload) -> Checked:
        """Raises BadRequest for what can't be kept, Unavailable when the scanner doesn't answer."""
        if not 0 < len(upload.content) <= self.most_bytes:
            raise BadRequest(
                f"a file has 1 byte to {self.most_bytes // 1024**2} MiB",
                key="file_size",
                mib=self.most_bytes // 1024**2,
            )
        media_type, ending = await asyncio.to_thread(kind_of, upload.content)
        if self._scanner:
            await self._scanner.scan(upload.content)
        return Checked(plain_name(upload.name, ending), media_type, upload.content)


def kind_of(content: bytes) -> tuple[str, str]:
    """The media type and the ending that fit a content. Raises BadRequest for any other. Blocks."""
    if content.startswith(b"%PDF-"):
        return "application/pdf", ".pdf"
    found = _archive(content) if content.startswith(b"PK\x03\x04") else _image(content)
    if found is None:
        raise BadRequest("only PDF, OFD, DOCX, XLSX and pictures (JPEG, PNG, WebP) are taken", key="file_kind")
    return found


def plain_name(name: str, ending: str) -> str:
    """A name without folders, control characters or another ending than that of its content."""
    last = re.split(r"[\\/]", name)[-1]
    shown = "".join(c for c in unicodedata.normalize("NFC", last) if unicodedata.category(c)[0] != "C").strip(" .")
    stem = re.sub(r"\.[A-Za-z0-9]{1,5}$", "", shown)[:80] or "file"
    return stem + ending


def _image(content: bytes) -> tuple[str, str] | None:
    try:
        with Image.open(io.BytesIO(content), formats=tuple(_IMAGES)) as image:
            if image.width * image.height > MOST_PIXELS:
                raise BadRequest("this picture has too many pixels", key="file_pixels")
            image.verify()
            return _IMAGES[image.format or ""]
    except UnidentifiedImageError:
        return None
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise BadRequest("this picture is broken", key="file_broken") from error


def _archive(content: bytes) -> tuple[str, str] | None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
        raise BadRequest("this file is broken", key="file_broken") from error
    if len(names) > MOST_PARTS or any(map(_MACROS.search, names)):
        raise BadRequest("this file holds a program, or too many parts", key="file_program")
    return next((kind for part, kind in _ARCHIVES.items() if part in names), None)
