"""Providers that take every message and answer at once: what a sending costs without them.

python -m bench.provider PORT
"""

from __future__ import annotations

import sys
import time
from itertools import count
from string import digits

from aiohttp import web

MOST_KEPT, COMPARED = 10_000, 200
_serials = count(1)


class Taken:
    """How many came, when those with a number of their own did, while there is room, and what of the first ones is the
    same for all: the names of the fields, and the text without its last number. `GET /taken` tells.
    """

    def __init__(self) -> None:
        self.number, self.at, self.alike = 0, dict[str, float](), set[str]()

    async def take(self, request: web.Request) -> web.Response:
        at, form = time.time(), await request.post()
        self.number += 1
        if len(self.at) < MOST_KEPT:
            self.at[str(form["To"])] = at
        if self.number <= COMPARED:
            self.alike.add(f"{' '.join(sorted(form))}: {str(form['Body']).rstrip(digits)}")
        return web.json_response({"sid": f"SM{next(_serials):032x}", "status": "queued"}, status=201)

    async def kannel(self, _request: web.Request) -> web.Response:
        self.number += 1
        return web.Response(text="0: Accepted for delivery", status=202)

    async def wechat(self, request: web.Request) -> web.Response:
        await request.read()
        self.number += 1
        return web.json_response({"errcode": 0, "errmsg": "ok"})

    async def telegram(self, request: web.Request) -> web.Response:
        chat = {"id": int(str((await request.post())["chat_id"])), "type": "private"}
        self.number += 1
        return web.json_response(
            {"ok": True, "result": {"message_id": next(_serials), "date": int(time.time()), "chat": chat}}
        )

    async def tell(self, _request: web.Request) -> web.Response:
        return web.json_response({"number": self.number, "at": self.at, "alike": sorted(self.alike)})


async def _well(_request: web.Request) -> web.Response:
    return web.Response()


async def _token(_request: web.Request) -> web.Response:
    return web.json_response({"access_token": "a token", "expires_in": 7200})


def app() -> web.Application:
    taken, made = Taken(), web.Application()
    made.add_routes(
        [
            web.get("/healthz", _well),
            web.get("/taken", taken.tell),
            web.post("/cgi-bin/sendsms", taken.kannel),
            web.post("/cgi-bin/stable_token", _token),
            web.post("/cgi-bin/message/custom/send", taken.wechat),
            web.post("/bot{token}/sendMessage", taken.telegram),
            web.post("/2010-04-01/Accounts/{account}/Messages.json", taken.take),
        ]
    )
    return made


if __name__ == "__main__":
    web.run_app(app(), host="127.0.0.1", port=int(sys.argv[1]), access_log=None, print=None)
