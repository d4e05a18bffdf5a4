"""Asks a ClamAV daemon whether a file holds malware, by its own protocol (clamd(8), INSTREAM)."""

from __future__ import annotations

import asyncio
import contextlib
import struct

import structlog

from core.errors import BadRequest, SettingsError, Unavailable

TIMEOUT_S = 30
PIECE = 64 * 1024
_log = structlog.get_logger()


class ClamAv:
    """`address` is `tcp://host:3310` or `unix:/path`. Raises SettingsError for another."""

    def __init__(self, address: str) -> None:
        kind, _, rest = address.partition(":")
        host, _, port = rest.removeprefix("//").rpartition(":")
        if not (kind == "unix" and rest.startswith("/")) and not (kind == "tcp" and host and port.isdigit()):
            raise SettingsError(["files.scanner: must be tcp://HOST:PORT or unix:/PATH"])
        self._unix = rest if kind == "unix" else ""
        self._host, self._port = host, int(port) if port.isdigit() else 0

    async def scan(self, content: bytes) -> None:
        """Raises BadRequest for malware, Unavailable whenever it isn't known that there is none."""
        try:
            async with asyncio.timeout(TIMEOUT_S):
                told = await self._asked(content)
        except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
            raise Unavailable(f"the scanner does not answer: {type(error).__name__}") from error
        if told.endswith("FOUND"):
            _log.warning("malware refused", found=told[:100])
            raise BadRequest("this file holds malware and was not kept", key="file_malware")
        if told != "stream: OK":
            raise Unavailable(f"the scanner could not look: {told[:100]}")

    async def _asked(self, content: bytes) -> str:
        opening = (
            asyncio.open_unix_connection(self._unix) if self._unix else asyncio.open_connection(self._host, self._port)
        )
        reader, writer = await opening
        try:
            writer.write(b"zINSTREAM\0")
            for start in range(0, len(content), PIECE):
                piece = content[start : start + PIECE]
                writer.write(struct.pack("!I", len(piece)) + piece)
                await writer.drain()
            writer.write(struct.pack("!I", 0))
            await writer.drain()
            return (await reader.readuntil(b"\0"))[:-1].decode(errors="replace").strip()
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
