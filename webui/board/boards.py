"""`/board/{name}`: the pages of the boards and their live pictures."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from aiohttp import web
from jinja2 import Environment

from core.board import Board
from core.errors import NotFound
from core.language import Catalogues, Language
from core.local_time import now
from core.query import Query
from webui.board.feed import Feed, Picture, picture
from webui.look import environment
from webui.look.frame import spoken
from webui.look.policy import SCRIPTED_POLICY

PATH = "/board/{name}"
RETRY = b"retry: 3000\n\n"
NO_STORE = {"Cache-Control": "no-store"}
POLICY = {"Content-Security-Policy": SCRIPTED_POLICY}
MOST_WATCHING = 20_000


class Shown(NamedTuple):
    """What a board shows: its screens in their order, of one department or, when that is empty, all."""

    screens: tuple[str, ...]
    department: str
    language: str


@dataclass(frozen=True, slots=True)
class BoardPlan:
    """One board: what it shows, each screen for so many seconds."""

    title: str
    seconds: int
    shown: Shown


class Boards:
    """The boards of the settings, each with its feed."""

    def __init__(self, plans: Mapping[str, BoardPlan], board: Board, query: Query, catalogues: Catalogues) -> None:
        self._plans, self._board, self._query, self._catalogues = plans, board, query, catalogues
        self._templates: Environment = environment(board="webui.board")
        # Boards that show the same are drawn once for all of them.
        alike = {plan.shown: self._feed(plan.shown) for plan in plans.values()}
        self._feeds = {name: alike[plan.shown] for name, plan in plans.items()}
        self._watching: Counter[str] = Counter()
        self._seen: dict[str, datetime | None] = dict.fromkeys(plans)

    def routes(self) -> list[web.RouteDef]:
        return [web.get(PATH, self.page), web.get(PATH + "/events", self.events)]

    def seen(self) -> Mapping[str, datetime | None]:
        """When a screen last looked at each board of this process: now, where one watches."""
        at = now()
        return {name: at if self._watching[name] else last for name, last in self._seen.items()}

    async def close(self) -> None:
        for feed in set(self._feeds.values()):
            await feed.close()

    async def page(self, request: web.Request) -> web.Response:
        """The board as it stands, which goes on by itself where scripts run, and is fetched anew where not."""
        plan = self._plan(request)
        self._seen[request.match_info["name"]] = now()
        now_shown = await self._feeds[request.match_info["name"]].picture()
        made = spoken(self._templates, self._catalogues[plan.shown.language]).get_template("board/board.html")
        html = made.render(plan=plan, body=now_shown.html, drawn_at=now_shown.at, events=f"{request.path}/events")
        return web.Response(text=html, content_type="text/html", headers=NO_STORE | POLICY)

    async def events(self, request: web.Request) -> web.StreamResponse:
        """Server-sent events: `data` is JSON with the board's `html` and the moment it was made, `at`."""
        self._plan(request)
        name = request.match_info["name"]
        if self._watching.total() >= MOST_WATCHING:
            raise web.HTTPServiceUnavailable(headers={"Retry-After": "30"})
        response = web.StreamResponse(headers=NO_STORE | {"X-Accel-Buffering": "no"})
        response.content_type = "text/event-stream"
        await response.prepare(request)
        # Sent, and not wanted any more: thousands of screens keep this answer open all day.
        response.headers.clear()
        self._watching[name] += 1
        try:
            await response.write(RETRY)
            async with contextlib.aclosing(self._feeds[name].watch()) as events:
                async for event in events:
                    await response.write(event)
        except ConnectionResetError:
            pass  # the screen was switched off
        finally:
            self._watching[name] -= 1
            self._seen[name] = now()
        return response

    def _plan(self, request: web.Request) -> BoardPlan:
        if (plan := self._plans.get(request.match_info["name"])) is None:
            raise NotFound("there is no such board")
        return plan

    def _feed(self, shown: Shown) -> Feed:
        async def state() -> str:
            # A new day is news even where nothing has happened yet.
            return f"{await self._board.state()}-{now():%Y%m%d}"

        async def draw() -> Picture:
            return await self._drawn(shown, self._catalogues[shown.language], now())

        return Feed(state, draw)

    async def _drawn(self, shown: Shown, language: Language, at: datetime) -> Picture:
        notices = await self._query.notices(at.date())
        values: dict[str, Any] = {
            "screens": shown.screens,
            "day": await self._board.day(at.date(), shown.department),
            "notices": [notice for notice in notices if shown.department in ("", notice.department)],
            "promises": await self._board.promises(shown.department) if "promises" in shown.screens else (),
        }
        html = spoken(self._templates, language).get_template("board/screens.html").render(**values)
        return picture(html, f"{at:%H:%M}")
