"""Questions to a server over connections that are kept where it keeps them, as a proxy in front of it asks."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple


class Answer(NamedTuple):
    body: bytes
    took_s: float


def post(path: str, body: bytes, media: str, headers: Mapping[str, str]) -> bytes:
    """A request whose body is sent."""
    own = {"Content-Type": media, "Content-Length": str(len(body))}
    return _head("POST", path, {**own, **headers}) + body


def get(path: str, headers: Mapping[str, str]) -> bytes:
    return _head("GET", path, headers)


def _head(method: str, path: str, headers: Mapping[str, str]) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", *(f"{name}: {told}" for name, told in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode()


async def answers(port: int, requests: Sequence[bytes], connections: int) -> list[Answer]:
    """The answers in the order of the requests. Raises RuntimeError for any that is not 200."""
    found: dict[int, Answer] = {}
    waiting = iter(range(len(requests)))
    await asyncio.gather(*(_ask(port, requests, waiting, found) for _ in range(connections)))
    return [found[at] for at in range(len(requests))]


async def _ask(port: int, requests: Sequence[bytes], waiting: Iterator[int], found: dict[int, Answer]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for at in waiting:
            began = time.perf_counter()
            if writer is None:
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(requests[at])
            body, is_kept = await _answer(reader)
            found[at] = Answer(body, time.perf_counter() - began)
            if not is_kept:
                writer.close()
                writer = None
    finally:
        if writer is not None:
            writer.close()


async def _answer(reader: asyncio.StreamReader) -> tuple[bytes, bool]:
    """A body, and whether the connection is kept open after it."""
    head = await reader.readuntil(b"\r\n\r\n")
    lines = head.lower().split(b"\r\n")
    if not lines[0].startswith(b"http/1.1 200"):
        raise RuntimeError(f"the server answered: {lines[0].decode()}")
    fields = dict(line.split(b": ", 1) for line in lines[1:] if line)
    body = await reader.readexactly(int(fields[b"content-length"]))
    return body, fields.get(b"connection") != b"close"
