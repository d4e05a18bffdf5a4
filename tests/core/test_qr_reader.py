"""A receipt's code is read from what citizens photograph, and nothing that a stranger sends does harm."""

from __future__ import annotations

import asyncio
import io
import struct
import zlib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image

from core.keys import Keys
from core.qr_reader import MOST_BYTES, MOST_PIXELS, QrReader, read_token
from tests.core.photographs import as_file, code, on_a_table

TOKEN = Keys("a secret for tests of forty characters, more or less").token(20_000, 1)
ADDRESS = f"https://haoban.example/q/{TOKEN}"
PNG = as_file(code(ADDRESS), "PNG")
DAMAGED = {form: as_file(code(ADDRESS).resize((200, 200)), form) for form in ("PNG", "JPEG", "WEBP")}


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_a_receipts_code_is_read_from_every_form_that_phones_make(form: str):
    assert read_token(as_file(code(ADDRESS), form)) == TOKEN


@pytest.mark.parametrize("turned", [0, 13, 90, 137, 180, 270, 331])
def test_it_may_be_turned(turned: float):
    assert read_token(as_file(on_a_table(ADDRESS, turned=turned))) == TOKEN


@pytest.mark.parametrize(
    "taken", [{"blur_px": 2.5}, {"light": 0.35}, {"light": 1.6}, {"size_px": 180}, {"blur_px": 1.5, "turned": 24}]
)
def test_it_may_be_badly_taken(taken: dict[str, float]):
    assert read_token(as_file(on_a_table(ADDRESS, **taken), quality=60)) == TOKEN  # type: ignore[arg-type]


def test_it_may_be_small_on_a_large_photograph():
    large = on_a_table(ADDRESS).resize((4000, 3000))
    assert read_token(as_file(large)) == TOKEN


def test_it_may_be_drawn_on_nothing():
    paper = code(ADDRESS).convert("RGBA")
    paper.putdata([(0, 0, 0, 0 if pixel[0] else 255) for pixel in paper.get_flattened_data()])
    assert read_token(as_file(paper, "PNG")) == TOKEN


@pytest.mark.parametrize(
    "address",
    [
        "https://example.org/",
        "https://haoban.example/q/",
        "https://haoban.example/q/short",
        "https://haoban.example/forms/" + TOKEN,
        "WIFI:S:hall;T:WPA;P:secret;;",
    ],
)
def test_another_code_gives_nothing(address: str):
    assert read_token(as_file(code(address), "PNG")) == ""


def test_what_follows_the_token_is_left_out():
    assert read_token(as_file(code(ADDRESS + "?lang=en"), "PNG")) == TOKEN


def test_a_photograph_without_a_code_gives_nothing():
    assert read_token(as_file(Image.effect_noise((1200, 900), 80).convert("RGB"))) == ""


@pytest.mark.parametrize(
    "content",
    [b"", b"no picture", b"%PDF-1.7\n", b"GIF89a" + bytes(40), b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n"],
)
def test_what_is_no_picture_gives_nothing(content: bytes):
    assert read_token(content) == ""


def test_one_file_that_is_too_large_is_not_looked_at():
    assert read_token(PNG + bytes(MOST_BYTES)) == ""


@pytest.mark.parametrize("edge_px", [5_001, 9_500, 20_000, 60_000])
def test_a_picture_that_unfolds_to_too_much_is_not_decoded(edge_px: int):
    """It says in its head how many pixels it has; the smallest of these files of a few kilobytes has them all."""
    assert edge_px**2 > MOST_PIXELS
    assert read_token(_blank_png(edge_px, rows=5_001 if edge_px == 5_001 else 50)) == ""


@given(form=st.sampled_from(sorted(DAMAGED)), at=st.integers(0, 10_000), put=st.binary(max_size=40), cut=st.booleans())
@example(form="PNG", at=33, put=b"\0\0\0\0", cut=False)
def test_a_damaged_picture_never_fails(form: str, at: int, put: bytes, cut: bool):
    whole = DAMAGED[form]
    at %= len(whole)
    assert read_token(whole[:at] + put + (b"" if cut else whole[at + len(put) :])) in ("", TOKEN)


async def test_reading_leaves_the_loop_free():
    large = as_file(Image.effect_noise((2400, 1800), 90).resize((4800, 4800)).convert("RGB"), quality=50)
    assert len(large) < MOST_BYTES
    longest, beats, reading = 0.0, 0, asyncio.ensure_future(QrReader().token(large))
    loop = asyncio.get_running_loop()
    while not reading.done():
        before = loop.time()
        await asyncio.sleep(0.005)
        longest, beats = max(longest, loop.time() - before), beats + 1
    assert reading.result() == ""
    assert beats > 10
    assert longest < 0.5


def _blank_png(edge_px: int, rows: int) -> bytes:
    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    packer, out = zlib.compressobj(9), io.BytesIO()
    packed = b"".join(packer.compress(bytes(edge_px + 1)) for _ in range(rows)) + packer.flush()
    out.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", edge_px, edge_px, 8, 0, 0, 0, 0)))
    out.write(chunk(b"IDAT", packed) + chunk(b"IEND", b""))
    return out.getvalue()
