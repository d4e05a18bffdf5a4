"""Questions to a server over connections that are kept open, as a proxy in front of it asks them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from typing import NamedTuple


class Asked(NamedTuple):
    """A question with the address of its sender."""

    body: bytes
    sender: str

    def request(self) -> bytes:
        return (
            f"POST /api/v1/status HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Forwarded-For: {self.sender}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(self.body)}\r\n\r\n"
        ).encode() + self.body


class Answer(NamedTuple):
    body: bytes
    took_s: float


async def answers(port: int, asked: Sequence[Asked], connections: int) -> list[Answer]:
    """The answers in the order of the questions. Raises RuntimeError for any that is not 200."""
    found: dict[int, Answer] = {}
    waiting = iter(range(len(asked)))
    await asyncio.gather(*(_ask(port, asked, waiting, found) for _ in range(connections)))
    return [found[at] for at in range(len(asked))]


async def _ask(port: int, asked: Sequence[Asked], waiting: Iterator[int], found: dict[int, Answer]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for at in waiting:
            began = time.perf_counter()
            writer.write(asked[at].request())
            body = await _answer(reader)
            found[at] = Answer(body, time.perf_counter() - began)
    finally:
        writer.close()


async def _answer(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    lines = head.lower().split(b"\r\n")
    if not lines[0].startswith(b"http/1.1 200"):
        raise RuntimeError(f"the server answered: {lines[0].decode()}")
    [length] = [line.partition(b":")[2] for line in lines if line.startswith(b"content-length:")]
    return await reader.readexactly(int(length))
