"""How to ask each channel where a case stands, by its real door; a channel without a driver in `doors` can't be added.

A driver is a module of `doors` with the channel's name. Its `opened()` starts what the outer world is made of, and
yields the channel's section of the settings with it; its `ask` puts the question there and returns the answer.
"""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Protocol

from aiohttp import web
from aiohttp.test_utils import TestClient

from core.dialogue.medium import Medium
from gateway.registry import CHANNELS

Client = TestClient[web.Request, web.Application]
PUBLIC_URL = "https://haoban.example"
STATUS_WORD = {"zh": "查询", "en": "status"}


@dataclass(frozen=True, slots=True)
class Hall:
    """The county's doors, and by the channels' places what stands for the world outside of them."""

    client: Client
    outside: Mapping[str, Any]


class Door(Protocol):
    """`medium` is how what it answers is worded: for the ear, or for the eye."""

    medium: Medium | None

    async def ask(self, hall: Hall, number: str, pin: str, language: str) -> str: ...


class _WebPage:
    """The page of `/cases`, its text without the marks."""

    medium = None

    async def ask(self, hall: Hall, number: str, pin: str, language: str) -> str:
        headers = {"Accept-Language": language}
        async with hall.client.post("/cases", data={"number": number, "pin": pin}, headers=headers) as answer:
            assert answer.status == 200
            page = await answer.text()
        body = page.partition("<main")[2].partition("</main>")[0]
        return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body)))


class _JsonApi:
    """The facts of the JSON API, as it sends them."""

    medium = None

    async def ask(self, hall: Hall, number: str, pin: str, language: str) -> str:
        async with hall.client.post("/api/v1/status", json={"number": number, "pin": pin}) as answer:
            assert answer.status == 200
            return str(await answer.json())


def _driver(place: str) -> Any:
    return import_module(f"tests.contract.doors.{place.partition('.')[2]}")


def _answers(place: str) -> bool:
    """Whether citizens can ask through a channel; through the others they are only told."""
    module, _, name = CHANNELS[place].partition(":")
    return bool(getattr(import_module(module), name).asks_as)


DOORS: Mapping[str, Door] = {
    "web": _WebPage(),
    "json": _JsonApi(),
    **{place: _driver(place) for place in CHANNELS if _answers(place)},
}


@asynccontextmanager
async def opened() -> AsyncIterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Settings with every channel switched on that answers, and what is outside of each."""
    sections: dict[str, Any] = {"channels": {}, "bots": {}}
    outside: dict[str, Any] = {}
    async with AsyncExitStack() as stack:
        for place in filter(_answers, CHANNELS):
            group, _, name = place.partition(".")
            sections[group][name], outside[place] = await stack.enter_async_context(_driver(place).opened())
        yield sections, outside
