"""The way of a message made visible: it stands around the parts of an open house and tells each hop with its time.

Nothing of it is in the parts themselves, so that real use pays nothing for it.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from core.errors import SendError
from core.models import Message
from core.ports import Outbound, Receipt, Sent
from gateway.demo.trial.stories import DOING, Doing
from gateway.demo.trial.visit import Visit
from gateway.house import House
from gateway.registry import Adapter

TRACE_HEADER = "X-Trial-Trace"
MOST_DIGITS = 9
_ASKED = (
    *("case_status", "case_by_token"),
    *("find_items", "item", "forms", "departments", "items_of", "notices"),
)
Told = Callable[..., tuple[Doing | None, str]]
"""Whose doing a call is and in which story, and what it is about."""


def trace(visit: Visit, story: int = 0) -> str:
    """What a stand-in's webhook is sent along, by which its hops find their story."""
    return f"{visit.id}/{story}"


def around(part: Any, name: str, hop: str, told: Told) -> None:
    """Have a part's method tell each of its calls as a hop; `told` knows from what it is given whose it is."""
    method: Callable[..., Awaitable[Any]] = getattr(part, name)

    @functools.wraps(method)
    async def watched(*values: Any, **named: Any) -> Any:
        doing, about = told(*values, **named)
        if doing is None:
            return await method(*values, **named)
        begun, fault = time.perf_counter(), ""
        try:
            return await method(*values, **named)
        except SendError as error:
            fault = error.reason
            raise
        finally:
            doing.visit.stories.hop(doing.story, hop, about, begun, fault)

    setattr(part, name, watched)


def watch(house: House, adapters: Mapping[str, Adapter], visit_of: Callable[[str], Visit | None]) -> None:
    """Stand around the parts that a message goes through; `visit_of` knows whose an address is."""

    def asked(name: str) -> Told:
        return lambda *_, **__: (DOING.get(), name)

    for name in _ASKED:
        around(house.query, name, "query", asked(name))
    around(house.switchboard.conversation, "answer", "dialogue", lambda asker, *_: (DOING.get(), asker.channel))
    around(house.outbox, "case_changed", "outbox", lambda *_: (DOING.get(), ""))
    around(house.receipts, "take", "receipt", _receipt)
    _note_what_is_written(house)
    for place, adapter in adapters.items():
        around(adapter, "send", "provider", _sent(place, visit_of))
        _note_what_is_sent(adapter, visit_of)


def _receipt(receipt: Receipt) -> tuple[Doing | None, str]:
    return DOING.get(), receipt.state


def _sent(place: str, visit_of: Callable[[str], Visit | None]) -> Told:
    def told(message: Outbound) -> tuple[Doing | None, str]:
        visit = visit_of(message.to)
        return (Doing(visit, visit.stories.of(message.id, 0)) if visit else None), place

    return told


def _note_what_is_written(house: House) -> None:
    """By its source a notice is known to belong to what was being done, however late its messages leave."""
    write = house.outbox.write

    async def noted(connection: Any, told: Any, recipients: Any) -> int:
        if doing := DOING.get():
            doing.visit.stories.wrote(told.source, doing.story)
        return await write(connection, told, recipients)

    house.outbox.write = noted  # type: ignore[method-assign]


def _note_what_is_sent(adapter: Adapter, visit_of: Callable[[str], Visit | None]) -> None:
    send = adapter.send

    async def noted(message: Outbound) -> Sent:
        if (visit := visit_of(message.to)) and message.id:
            row = await Message.get_or_none(id=message.id).select_related("notification")
            if row is not None:
                visit.stories.sends(message.id, row.notification.source)
        return await send(message)

    adapter.send = noted  # type: ignore[method-assign]


def webhooks_watched(visit_by_id: Callable[[str], Visit | None]) -> Middleware:
    """Tells each webhook as a hop, and whose doing all that follows from it is."""

    @web.middleware
    async def watched(request: web.Request, handler: Handler) -> web.StreamResponse:
        visit_id, _, story = request.headers.get(TRACE_HEADER, "").partition("/")
        visit = visit_by_id(visit_id) if visit_id else None
        if visit is None:
            return await handler(request)
        doing = Doing(visit, visit.stories.of(_number(request.query.get("message", "")), _number(story)))
        DOING.set(doing)
        begun = time.perf_counter()
        try:
            return await handler(request)
        finally:
            visit.stories.hop(doing.story, "webhook", request.path, begun)

    return watched


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS else 0
