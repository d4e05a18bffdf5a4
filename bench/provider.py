"""A provider that takes every message and answers at once: what a sending costs without it.

python -m bench.provider PORT
"""

from __future__ import annotations

import sys
import time
from itertools import count

from aiohttp import web

MOST_KEPT = 10_000
_serials = count(1)


class Taken:
    """How many came, and when those with a number of their own did, while there is room: `GET /taken` tells."""

    def __init__(self) -> None:
        self.number, self.at = 0, dict[str, float]()

    async def take(self, request: web.Request) -> web.Response:
        at, form = time.time(), await request.post()
        self.number += 1
        if len(self.at) < MOST_KEPT:
            self.at[str(form["To"])] = at
        return web.json_response({"sid": f"SM{next(_serials):032x}", "status": "queued"}, status=201)

    async def tell(self, _request: web.Request) -> web.Response:
        return web.json_response({"number": self.number, "at": self.at})


async def _well(_request: web.Request) -> web.Response:
    return web.Response()


def app() -> web.Application:
    taken, made = Taken(), web.Application()
    made.add_routes(
        [
            web.get("/healthz", _well),
            web.get("/taken", taken.tell),
            web.post("/2010-04-01/Accounts/{account}/Messages.json", taken.take),
        ]
    )
    return made


if __name__ == "__main__":
    web.run_app(app(), host="127.0.0.1", port=int(sys.argv[1]), access_log=None, print=None)
