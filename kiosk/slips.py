"""Slips for an 80 mm printer, drawn as pictures: the status of a case, and its receipt with number, PIN and code."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from core.errors import Unavailable

WIDTH = 576  # dots of an 80 mm printer, 8 a millimetre
MARGIN = 16
ROOM = WIDTH - 2 * MARGIN
CODE_WIDTH = 320
SIZES = {"title": 40, "big": 52, "text": 28, "small": 24}
# Where Debian and others put a font that has Chinese.
FONTS = (
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/truetype/noto/NotoSansSC-Regular.otf",
    "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    "/usr/share/fonts/google-noto-cjk/NotoSansCJK-Regular.ttc",
)
_NEVER_FIRST = frozenset("，。、；：？！）》」』”’,.;:?!)%")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text, wrapped where it is too long."""

    text: str
    size: str = "text"
    centred: bool = False


@dataclass(frozen=True, slots=True)
class Fact:
    """A label and what it says, on one line where there is room."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Code:
    """A QR code, as a PNG."""

    png: bytes


@dataclass(frozen=True, slots=True)
class Rule:
    """A line across."""


Block = Line | Fact | Code | Rule


def find_font(wanted: str = "") -> str:
    """The file of a font that has Chinese: the one that is set, or one of the usual. Raises Unavailable."""
    for path in (wanted,) if wanted else FONTS:
        if Path(path).is_file():
            return path
    raise Unavailable("no font with Chinese was found: install fonts-noto-cjk, or set kiosk.font")


def draw(blocks: Sequence[Block], font: str) -> Image.Image:
    """The blocks from top to bottom, black on white, as wide as the paper. Blocks for some milliseconds."""
    pictures = [_block(block, font) for block in blocks]
    slip = Image.new("1", (WIDTH, sum(one.height for one in pictures) + 2 * MARGIN), 1)
    y = MARGIN
    for picture in pictures:
        slip.paste(picture, (0, y))
        y += picture.height
    return slip


def _block(block: Block, font: str) -> Image.Image:
    match block:
        case Line(text, size, centred):
            return _lines(_wrapped(text, size, font, ROOM), size, font, centred=centred)
        case Fact(label, value):
            one = f"{label}  {value}"
            rows = [one] if len(_wrapped(one, "text", font, ROOM)) == 1 else [label, value]
            return _lines([line for row in rows for line in _wrapped(row, "text", font, ROOM)], "text", font)
        case Code(png):
            return _code(png)
        case Rule():
            picture = Image.new("1", (WIDTH, 25), 1)
            ImageDraw.Draw(picture).line((MARGIN, 12, WIDTH - MARGIN, 12), 0, 2)
            return picture


def _lines(lines: Sequence[str], size: str, font: str, *, centred: bool = False) -> Image.Image:
    height = round(SIZES[size] * 1.45)
    picture = Image.new("1", (WIDTH, height * len(lines)), 1)
    pen = ImageDraw.Draw(picture)
    pen.fontmode = "1"
    for number, line in enumerate(lines):
        x = (WIDTH - _width(line, size, font)) // 2 if centred else MARGIN
        pen.text((x, number * height), line, 0, _font(font, SIZES[size]))
    return picture


def _code(png: bytes) -> Image.Image:
    """The code in whole dots a module, in the middle: scaled by a fraction it would scan badly."""
    with Image.open(io.BytesIO(png)) as code:
        times = max(1, CODE_WIDTH // code.width)
        width = code.width * times if code.width <= CODE_WIDTH else CODE_WIDTH
        resized = code.convert("1").resize((width, width), Image.Resampling.NEAREST)
    picture = Image.new("1", (WIDTH, width), 1)
    picture.paste(resized, ((WIDTH - width) // 2, 0))
    return picture


def _wrapped(text: str, size: str, font: str, room: int) -> list[str]:
    """Lines that fit: broken between Chinese characters and between words, never before a closing mark."""
    lines: list[str] = []
    for paragraph in text.splitlines() or [""]:
        line = ""
        for piece in _pieces(paragraph):
            if line and piece[0] not in _NEVER_FIRST and _width(line + piece, size, font) > room:
                lines.append(line.rstrip())
                piece = piece.lstrip()
                line = ""
            line += piece
            while _width(line, size, font) > room and len(line) > 1:
                keep = max(n for n in range(1, len(line)) if n == 1 or _width(line[:n], size, font) <= room)
                lines.append(line[:keep])
                line = line[keep:]
        lines.append(line.rstrip())
    return lines


def _pieces(text: str) -> Iterable[str]:
    """What must stay together: a word with the blank in front of it, one Chinese character."""
    word = ""
    for character in text:
        if unicodedata.east_asian_width(character) in "WF":
            if word:
                yield word
            word = ""
            yield character
        elif character.isspace() and word:
            yield word
            word = character
        else:
            word += character
    if word:
        yield word


def _width(text: str, size: str, font: str) -> int:
    return round(_font(font, SIZES[size]).getlength(text))


@cache
def _font(path: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(path, size)
