"""What is uploaded is known by its content; what isn't known, or might run, is refused."""

from __future__ import annotations

import asyncio
import io
import struct
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from core.clamav import ClamAv
from core.errors import BadRequest, SettingsError, Unavailable
from core.uploads import Upload, Uploads, kind_of, plain_name


def picture(kind: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (4, 4)).save(out, kind)
    return out.getvalue()


def archive(*parts: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for part in parts:
            made.writestr(part, "x")
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "ending"),
    [
        (b"%PDF-1.7\n", ".pdf"),
        (picture("JPEG"), ".jpg"),
        (picture("PNG"), ".png"),
        (picture("WEBP"), ".webp"),
        (archive("word/document.xml"), ".docx"),
        (archive("xl/workbook.xml"), ".xlsx"),
        (archive("OFD.xml"), ".ofd"),
    ],
)
async def test_a_known_kind_is_kept_under_its_own_ending_whatever_it_is_called(content: bytes, ending: str) -> None:
    checked = await Uploads().checked(Upload("../../evil.html", content))
    assert checked.name == f"evil{ending}"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"MZ\x90\x00",
        b"<html><script>alert(1)</script>",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='x'/>",
        picture("GIF"),
        picture("PNG")[:40],
        archive("anything.txt"),
        archive("word/document.xml", "word/vbaProject.bin"),
        archive("word/document.xml", "a/evil.exe"),
        b"PK\x03\x04 broken",
    ],
)
async def test_everything_else_is_refused(content: bytes) -> None:
    with pytest.raises(BadRequest):
        await Uploads().checked(Upload("report.pdf", content))


async def test_too_large_is_refused() -> None:
    with pytest.raises(BadRequest):
        await Uploads(most_bytes=10).checked(Upload("a.pdf", b"%PDF-1.7\n..."))


@given(
    st.binary(max_size=400), st.sampled_from([b"", b"%PDF-", b"PK\x03\x04", picture("PNG")[:30], picture("JPEG")[:60]])
)
def test_no_content_breaks_the_reader(content: bytes, front: bytes) -> None:
    with suppress(BadRequest):
        kind_of(front + content)


@given(st.text(max_size=300))
def test_a_name_is_never_a_way_or_another_ending(name: str) -> None:
    made = plain_name(name, ".pdf")
    assert made.endswith(".pdf")
    assert not set(made) & set("/\\\0\n\r")
    assert 5 <= len(made) <= 84


@asynccontextmanager
async def clamd(answer: bytes, path: Path | None = None) -> AsyncIterator[tuple[str, list[bytes]]]:
    """A daemon that gives one answer; what it was sent."""
    got: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert await reader.readexactly(10) == b"zINSTREAM\0"
        content = b""
        while size := struct.unpack("!I", await reader.readexactly(4))[0]:
            content += await reader.readexactly(size)
        got.append(content)
        writer.write(answer)
        await writer.drain()
        writer.close()

    if path:
        server = await asyncio.start_unix_server(serve, path)
        address = f"unix:{path}"
    else:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        address = f"tcp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield address, got


@pytest.mark.parametrize("by_socket", [False, True])
async def test_the_scanner_is_given_the_whole_file(by_socket: bool, tmp_path: Path) -> None:
    content = b"%PDF-" + b"x" * 200_000
    async with clamd(b"stream: OK\0", tmp_path / "clamd" if by_socket else None) as (address, got):
        await Uploads(ClamAv(address)).checked(Upload("a.pdf", content))
    assert got == [content]


async def test_malware_is_refused() -> None:
    async with clamd(b"stream: Eicar-Test-Signature FOUND\0") as (address, _):
        with pytest.raises(BadRequest):
            await Uploads(ClamAv(address)).checked(Upload("a.pdf", b"%PDF-"))


@pytest.mark.parametrize("answer", [b"stream: ERROR\0", b"INSTREAM size limit exceeded. ERROR\0", b"", b"\0"])
async def test_a_scanner_that_fails_lets_nothing_pass(answer: bytes) -> None:
    async with clamd(answer) as (address, _):
        with pytest.raises(Unavailable):
            await Uploads(ClamAv(address)).checked(Upload("a.pdf", b"%PDF-"))
    with pytest.raises(Unavailable):
        await Uploads(ClamAv(address)).checked(Upload("a.pdf", b"%PDF-"))


@pytest.mark.parametrize("address", ["clamd", "tcp://host", "unix:relative", "tcp://:3310", "http://host:3310"])
def test_an_address_that_is_none_is_told(address: str) -> None:
    with pytest.raises(SettingsError):
        ClamAv(address)
