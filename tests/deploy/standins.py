"""Processes behind a proxy that do what a real one does only when it goes wrong, and keep what they were sent."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def hanging_up() -> Iterator[tuple[int, list[str]]]:
    """One that dies whenever it has read a request; its port, and the first lines of those it read."""
    seen: list[str] = []

    def hang_up(caller: socket.socket) -> None:
        seen.append(caller.recv(65536).decode().split("\r\n")[0])

    with _listening(hang_up) as port:
        yield port, seen


@contextmanager
def answering(body: bytes = b"well", *, held: bool = False) -> Iterator[tuple[int, list[str]]]:
    """One that says `body` to everything, and with `held` doesn't come to the end of it; and the heads that it read."""
    seen: list[str] = []
    over = threading.Event()

    def answer(caller: socket.socket) -> None:
        received = b""
        while b"\r\n\r\n" not in received:
            received += caller.recv(65536)
        head, _, rest = received.partition(b"\r\n\r\n")
        seen.append(head.decode() + "\r\n")
        lengths = [
            int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")
        ]
        while len(rest) < sum(lengths) and (piece := caller.recv(65536)):
            rest += piece
        kind = b"text/event-stream" if held else b"text/plain"
        caller.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: " + kind + b"\r\n\r\n" + body)
        if held:
            over.wait(20)

    with _listening(answer) as port:
        try:
            yield port, seen
        finally:
            over.set()


@contextmanager
def _listening(work: Callable[[socket.socket], None]) -> Iterator[int]:
    listening = socket.create_server(("127.0.0.1", 0))

    def listen() -> None:
        while True:
            try:
                caller, _ = listening.accept()
            except OSError:
                return
            with caller, contextlib.suppress(OSError):
                work(caller)

    thread = threading.Thread(target=listen)
    thread.start()
    try:
        yield int(listening.getsockname()[1])
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join()
