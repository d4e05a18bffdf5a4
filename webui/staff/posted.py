"""What a form of the desk sent: fields and files, read once within limits, and only with the session's mark."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from aiohttp import BodyPartReader, MultipartReader, web
from aiohttp.web_exceptions import HTTPRequestEntityTooLarge

from core.errors import BadRequest
from core.uploads import Upload
from webui.sent import FORM_TYPE

MARK = "mark"
MOST_FIELDS = 4_000
MOST_FILES = 20
MOST_FIELD_BYTES = 100_000
MOST_TEXT_BYTES = 4 * 1024**2
MOST_FILES_AS_LARGE = 5
PIECE = 256 * 1024


@dataclass(frozen=True, slots=True)
class Posted:
    """The fields, each with all its values in order, and the files by the name of their field."""

    values: Mapping[str, tuple[str, ...]]
    files: tuple[tuple[str, Upload], ...] = ()

    def get(self, name: str, otherwise: str = "") -> str:
        """The last value of a field, without blanks around it."""
        found = self.values.get(name, ())
        return found[-1].strip() if found else otherwise

    def all(self, name: str) -> tuple[str, ...]:
        return self.values.get(name, ())

    def number(self, name: str, otherwise: int = 0) -> int:
        """A whole number. Raises BadRequest for anything else."""
        text = self.get(name)
        if not text:
            return otherwise
        if not (text.isascii() and text.isdigit() and len(text) <= 12):
            raise BadRequest(f"{name}: a whole number is needed", key="no_number")
        return int(text)


NOTHING = Posted({})


async def read_posted(request: web.Request, expected_mark: str, most_file_bytes: int) -> Posted:
    """What was posted. Raises BadRequest for anything malformed or too large, and for a form that isn't ours."""
    if request.content_type == FORM_TYPE:
        posted = _fields(await request.read())
    elif request.content_type == "multipart/form-data":
        posted = await _parts(request, most_file_bytes)
    else:
        raise BadRequest("a form is needed")
    if not hmac.compare_digest(posted.get(MARK).encode(), expected_mark.encode()):
        raise BadRequest("this form was made for another session: load the page again", key="other_session")
    return posted


def _fields(body: bytes) -> Posted:
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except ValueError as error:
        raise BadRequest("what was sent is not UTF-8, or too many fields") from error
    return Posted(_gathered(pairs))


async def _parts(request: web.Request, most_file_bytes: int) -> Posted:
    pairs: list[tuple[str, str]] = []
    files: list[tuple[str, Upload]] = []
    left = _Left(MOST_TEXT_BYTES, MOST_FILES_AS_LARGE * most_file_bytes)
    try:
        reader = await request.multipart()
        while (part := await reader.next()) is not None:
            if isinstance(part, MultipartReader) or not part.name:
                raise BadRequest("a part of the form has no name")
            if len(pairs) + len(files) > MOST_FIELDS:
                raise BadRequest("the form has too many fields")
            if part.filename is None:
                text = await _content(part, min(MOST_FIELD_BYTES, left.text))
                left.text -= len(text)
                pairs.append((part.name, text.decode()))
            elif content := await _content(part, min(most_file_bytes, left.files)):
                left.files -= len(content)
                files.append((part.name, Upload(part.filename, content)))
            if len(files) > MOST_FILES:
                raise BadRequest(
                    f"at most {MOST_FILES} files can be sent at once", key="too_many_files", most=MOST_FILES
                )
    except (ValueError, AssertionError) as error:  # what is no multipart, or no UTF-8
        raise BadRequest("the form can't be read") from error
    return Posted(_gathered(pairs), tuple(files))


@dataclass(slots=True)
class _Left:
    """How many bytes of fields and of files a form may still bring."""

    text: int
    files: int


async def _content(part: BodyPartReader, most: int) -> bytes:
    """A part, read in pieces so that one that is too large is never held as a whole."""
    read = bytearray()
    while piece := await part.read_chunk(PIECE):
        read += piece
        if len(read) > most:
            raise HTTPRequestEntityTooLarge(max_size=most, actual_size=len(read))
    return bytes(read)


def _gathered(pairs: list[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for name, value in pairs:
        if "\0" in value:
            raise BadRequest("a null character was sent")
        found[name] = (*found.get(name, ()), value)
    return found
