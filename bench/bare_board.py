"""A board at the least: an aiohttp handler that writes the same shared bytes to everybody who watches.

It draws nothing and looks at no database: it is here to be measured against.

    python -m bench.bare_board PORT BYTES
"""

from __future__ import annotations

import asyncio
import sys

from aiohttp import web


class Board:
    def __init__(self, size: int) -> None:
        self._picture = b"data: " + b"x" * size + b"\n\n"
        self._news: asyncio.Future[None] | None = None

    async def events(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        while True:
            await response.write(self._picture)
            if self._news is None or self._news.done():
                self._news = asyncio.get_running_loop().create_future()
            await asyncio.shield(self._news)

    async def push(self, _request: web.Request) -> web.Response:
        if self._news is not None:
            self._news.set_result(None)
        return web.Response()


def main() -> None:
    app = web.Application()
    board = Board(int(sys.argv[2]))
    app.add_routes(
        [
            web.get("/healthz", lambda _: _well()),
            web.get("/board/hall/events", board.events),
            web.post("/push", board.push),
        ]
    )
    web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), print=None, access_log=None, shutdown_timeout=1)


async def _well() -> web.Response:
    return web.Response()


if __name__ == "__main__":
    main()
