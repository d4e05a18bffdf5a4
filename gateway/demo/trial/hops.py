"""The way of a message made visible: it stands around the parts of an open house and tells each hop with its time.

Nothing of it is in the parts themselves, so that real use pays nothing for it.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from core.errors import SendError
from core.local_time import local
from core.models import Message
from core.ports import Outbound, Receipt, Sent
from gateway.demo.trial.visit import Visit
from gateway.house import House
from gateway.registry import Adapter

VISIT_HEADER = "X-Trial-Visit"
MOST_DIGITS = 19
VISIT: ContextVar[Visit | None] = ContextVar("VISIT", default=None)
"""Whose doing it is that something is done just now."""
_ASKED = (
    "case_status",
    "case_by_token",
    "find_items",
    "item",
    "forms",
    "all_forms",
    "departments",
    "items_of",
    "notices",
)
Told = Callable[..., tuple[Visit | None, str, int]]
"""Whose doing a call is, what it is about, and the message of ours that it is on the way of, 0 for none."""


def around(part: Any, name: str, hop: str, told: Told) -> None:
    """Have a part's method tell each of its calls as a hop; `told` knows from what it is given whose it is."""
    method: Callable[..., Awaitable[Any]] = getattr(part, name)

    @functools.wraps(method)
    async def watched(*values: Any, **named: Any) -> Any:
        visit, about, message = told(*values, **named)
        if visit is None:
            return await method(*values, **named)
        begun, fault = time.perf_counter(), ""
        try:
            return await method(*values, **named)
        except SendError as error:
            fault = f"{error.reason} {error.detail}"
            raise
        finally:
            visit.hop(hop, about, begun, fault, message)

    setattr(part, name, watched)


def watch(house: House, adapters: Mapping[str, Adapter], visit_of: Callable[[str], Visit | None]) -> None:
    """Stand around the parts that a message goes through; `visit_of` knows whose an address is."""

    def asked(name: str) -> Told:
        return lambda *_, **__: (VISIT.get(), name, 0)

    for name in _ASKED:
        around(house.query, name, "query", asked(name))
    around(house.switchboard.conversation, "answer", "dialogue", lambda asker, *_: (VISIT.get(), asker.channel, 0))
    around(house.outbox, "case_changed", "outbox", lambda *_: (VISIT.get(), "", 0))
    around(house.receipts, "take", "receipt", _receipt)
    for place, adapter in adapters.items():
        around(adapter, "send", "provider", _sent(place, visit_of))
        _remember(adapter, visit_of)


def _receipt(receipt: Receipt) -> tuple[Visit | None, str, int]:
    return VISIT.get(), receipt.state, receipt.message_id


def _sent(place: str, visit_of: Callable[[str], Visit | None]) -> Told:
    def told(message: Outbound) -> tuple[Visit | None, str, int]:
        return visit_of(message.to), place, message.id

    return told


def _remember(adapter: Adapter, visit_of: Callable[[str], Visit | None]) -> None:
    """Before a message leaves, find out what was being done when it was written."""
    send = adapter.send

    async def remembered(message: Outbound) -> Sent:
        visit = visit_of(message.to)
        if visit is not None and message.id and (row := await Message.get_or_none(id=message.id).only("at")):
            visit.sent(message.id, local(row.at))
        return await send(message)

    adapter.send = remembered  # type: ignore[method-assign]


def webhooks_watched(visit_by_id: Callable[[str], Visit | None]) -> Middleware:
    """Tells each webhook as a hop, and whose doing all that follows from it is."""

    @web.middleware
    async def watched(request: web.Request, handler: Handler) -> web.StreamResponse:
        visit = visit_by_id(request.headers.get(VISIT_HEADER, ""))
        if visit is None:
            return await handler(request)
        VISIT.set(visit)
        begun = time.perf_counter()
        try:
            return await handler(request)
        finally:
            message = request.query.get("message", "")
            about = int(message) if message.isascii() and message.isdigit() and len(message) < MOST_DIGITS else 0
            visit.hop("webhook", request.path, begun, message=about)

    return watched
