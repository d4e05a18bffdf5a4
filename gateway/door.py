"""The port a process serves on, given back without hanging up on anybody who had already got through to it."""

from __future__ import annotations

import asyncio
import socket

from aiohttp import web

from core.errors import SettingsError

BACKLOG = 128


class Door:
    """Opened once the application is set up. With `shared` other processes may serve on the same port."""

    def __init__(self, runner: web.AppRunner, host: str, port: int, *, shared: bool) -> None:
        self._runner, self._host, self._port, self._shared = runner, host, port, shared
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        """Raises SettingsError when the port can't be had."""
        loop = asyncio.get_running_loop()
        try:
            self._server = await loop.create_server(
                self._callers(), self._host, self._port, reuse_port=self._shared, backlog=BACKLOG
            )
        except OSError as error:
            raise SettingsError([f"server.port: port {self._port} can't be used: {error.strerror}"]) from error

    async def close(self) -> None:
        """Nobody new gets in. Who stands in the queue of the port is let in: closing it would hang up on them.

        What arrives between the last look at the queue and the closing, some microseconds, is lost, unless the kernel
        hands it to another process (net.ipv4.tcp_migrate_req).
        """
        if self._server is None:
            return
        server, self._server = self._server, None
        loop = asyncio.get_running_loop()
        sockets = [listening.dup() for listening in server.sockets]
        for listening in server.sockets:
            loop.remove_reader(listening)
        await asyncio.sleep(0)  # who was let in a moment ago is made known to the server, which must be open for that
        callers = [caller for listening in sockets for caller in _queued(listening)]
        for listening in sockets:
            listening.close()
        server.close()
        for caller in callers:
            await loop.connect_accepted_socket(self._callers(), caller)

    def _callers(self) -> web.Server:
        assert self._runner.server is not None  # noqa: S101  (set up before)
        return self._runner.server


def _queued(listening: socket.socket) -> list[socket.socket]:
    """The connections that wait to be taken."""
    found: list[socket.socket] = []
    while True:
        try:
            caller, _ = listening.accept()
        except OSError:  # BlockingIOError when there is none left; who hung up meanwhile isn't missed
            return found
        caller.setblocking(False)
        found.append(caller)
