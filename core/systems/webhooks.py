"""Events sent to where other systems listen: signed, in order, tried again for a day, and from any cursor anew."""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
import random
import secrets
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import orjson
import structlog

from core.database import Database, reading, transaction
from core.ending import end
from core.errors import BadRequest, NotFound
from core.keys import Keys
from core.local_time import local, now
from core.models import Webhook
from core.staff.trail import note
from core.systems.api_keys import System
from core.systems.events import events_after, latest_event

EVERY_S = 1.0
AT_ONCE = 100
GIVEN_UP_AFTER = timedelta(hours=24)
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=5), timedelta(minutes=30)
TAKEN_FOR = timedelta(seconds=60)
MOST_OF_A_SYSTEM = 5
_SEALED_FOR = "webhook secret"
# Asked every second: the addresses for which there is something new.
_BEHIND = "SELECT id FROM webhook WHERE disabled_at IS NULL AND cursor < (SELECT max(id) FROM case_event)"
_log = structlog.get_logger()

Post = Callable[[str, bytes, dict[str, str]], Awaitable[int]]
"""Sends a body with headers to an address: the status it was answered. Raises OSError or TimeoutError."""

Alert = Callable[[str, str], Awaitable[None]]
"""Tells the operators what happened, once an hour about one thing, which the second text names."""


@dataclass(frozen=True, slots=True)
class WebhookView:
    """An address that is told of events, and how it has been doing."""

    id: int
    url: str
    cursor: int
    failures: int
    failing_since: datetime | None
    last_answer: str
    disabled: bool


class Webhooks:
    """Registers addresses and sends to them.

    `post` does the sending, `alert` tells operators, `private` lets addresses of this network in.
    """

    def __init__(self, database: Database, keys: Keys, post: Post, alert: Alert, *, private: bool) -> None:
        self._alert = alert
        self._database, self._keys, self._post, self._private = database, keys, post, private
        self._task: asyncio.Task[None] | None = None

    async def add(self, system: System, url: str, after: int | None) -> tuple[int, str]:
        """Send events to an address from now on, or from a cursor; its id and the secret that signs, shown this once.

        Raises BadRequest for an address that is none, or leads into this network when that isn't allowed.
        """
        await check_address(url, private=self._private)
        secret = secrets.token_urlsafe(32)
        async with transaction() as connection:
            there = Webhook.filter(key_id=system.id, disabled_at=None).using_db(connection)
            if await there.count() >= MOST_OF_A_SYSTEM:
                raise BadRequest(f"a system has at most {MOST_OF_A_SYSTEM} addresses")
            row = await Webhook.create(
                using_db=connection,
                key_id=system.id,
                url=url,
                secret=self._keys.seal.closed(secret, _SEALED_FOR),
                cursor=await latest_event() if after is None else after,
                created_at=now(),
            )
            await note(connection, system.name, "webhook added", str(row.id), {"host": urlsplit(url).hostname})
        return row.id, secret

    @reading
    async def listed(self, system: System) -> list[WebhookView]:
        return [_view(row) for row in await Webhook.filter(key_id=system.id).order_by("id")]

    @reading
    async def all(self) -> list[WebhookView]:
        return [_view(row) for row in await Webhook.all().order_by("id")]

    async def remove(self, system: System, webhook_id: int) -> None:
        async with transaction() as connection:
            mine = Webhook.filter(id=webhook_id, key_id=system.id, disabled_at=None).using_db(connection)
            if not await mine.update(disabled_at=now()):
                raise NotFound(f"there is no webhook {webhook_id}")
            await note(connection, system.name, "webhook removed", str(webhook_id))

    async def replay(self, system: System, webhook_id: int, after: int) -> None:
        """Send everything after a cursor once more; an address that was given up is tried again. Raises NotFound."""
        async with transaction() as connection:
            mine = Webhook.filter(id=webhook_id, key_id=system.id).using_db(connection)
            anew = {"cursor": after, "failures": 0, "failing_since": None, "next_try_at": None, "disabled_at": None}
            if not await mine.update(**anew):
                raise NotFound(f"there is no webhook {webhook_id}")
            await note(connection, system.name, "webhook replayed", str(webhook_id), {"after": after})

    def start(self) -> None:
        self._task = self._database.in_background(self._run())

    async def stop(self) -> None:
        if self._task is not None:
            await end(self._task)

    async def _run(self) -> None:
        while True:
            try:
                await self.send_all()
            except Exception as error:  # whatever it was, the next events must be sent too
                _log.error("events not sent yet", error=type(error).__name__)
            await asyncio.sleep(EVERY_S)

    async def send_all(self) -> int:
        """Send what is due to every address, one batch each; how many events arrived."""
        behind = [row["id"] for row in await self._database.rows(_BEHIND, ())]
        rows = await _due(behind, now()) if behind else []
        sent = await asyncio.gather(*(self._send(row) for row in rows), return_exceptions=True)
        for error in (one for one in sent if isinstance(one, Exception)):
            _log.error("events not sent yet", error=type(error).__name__)
        return sum(one for one in sent if isinstance(one, int))

    async def _send(self, row: Webhook) -> int:
        at = now()
        # Of several processes one sends: whoever moves the mark first.
        free = Webhook.filter(id=row.id, cursor=row.cursor, taken_until=row.taken_until, disabled_at=None)
        if not await free.update(taken_until=at + TAKEN_FOR):
            return 0
        department = row.key.department.name if row.key.department else ""
        events, cursor = await events_after(row.cursor, department, AT_ONCE)
        if not events:
            await self._settle(row, cursor=cursor)
            return 0
        body = orjson.dumps({"events": [asdict(event) for event in events], "cursor": cursor})
        answer, arrived = await self._posted(row, body)
        if arrived:
            well = {"failures": 0, "failing_since": None, "next_try_at": None}
            await self._settle(row, cursor=cursor, last_answer=answer, last_try_at=at, **well)
            return len(events)
        await self._failed(row, answer, at)
        return 0

    async def _posted(self, row: Webhook, body: bytes) -> tuple[str, bool]:
        """What was answered, and whether it arrived. Only 2xx is an arrival: a redirection isn't followed."""
        secret = self._keys.seal.opened(row.secret, _SEALED_FOR)
        try:
            await check_address(row.url, private=self._private)
            status = await self._post(row.url, body, signed(secret, body, now()))
        except (OSError, TimeoutError, BadRequest) as error:
            return type(error).__name__, False
        return str(status), 200 <= status < 300

    async def _failed(self, row: Webhook, answer: str, at: datetime) -> None:
        since = row.failing_since or at
        if at - since >= GIVEN_UP_AFTER:
            await self._settle(row, last_answer=answer, last_try_at=at, disabled_at=at)
            async with transaction() as connection:
                await note(connection, "haoban", "webhook given up", str(row.id), {"answer": answer})
            _log.error("webhook given up", webhook=row.id, answer=answer, failures=row.failures + 1)
            await self._alert(f"webhook {row.id} ({urlsplit(row.url).hostname}): {answer}", f"webhook:{row.id}")
            return
        wait = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(row.failures, 12))
        spread = 0.8 + 0.4 * random.random()  # noqa: S311  (only lest all come at once)
        await self._settle(
            row,
            failures=row.failures + 1,
            failing_since=since,
            next_try_at=at + wait * spread,
            last_answer=answer,
            last_try_at=at,
        )

    async def _settle(self, row: Webhook, **columns: Any) -> None:
        """Note the outcome, unless the cursor was set anew meanwhile."""
        settled = await Webhook.filter(id=row.id, cursor=row.cursor).update(taken_until=None, **columns)
        if not settled:
            await Webhook.filter(id=row.id).update(taken_until=None)


def signed(secret: str, body: bytes, at: datetime) -> dict[str, str]:
    """The headers by which a receiver knows us: HMAC-SHA256 over the moment and the body, in hexadecimal."""
    moment = str(int(at.timestamp()))
    mac = hmac.digest(secret.encode(), moment.encode() + b"." + body, "sha256").hex()
    return {"Haoban-Timestamp": moment, "Haoban-Signature": f"v1={mac}", "Content-Type": "application/json"}


async def check_address(url: str, *, private: bool) -> None:
    """Raises BadRequest for what is no web address, and for one inside this network unless that is allowed."""
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        raise BadRequest("this is no web address") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or len(url) > 500:
        raise BadRequest("an address is https:// or http:// with a host, and has no password in it")
    if private:
        return
    if parts.scheme != "https":
        raise BadRequest("outside of this network an address is https://")
    try:
        found = await asyncio.get_running_loop().getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise BadRequest(f"{parts.hostname} is not known") from None
    if any(not ipaddress.ip_address(place[4][0]).is_global for place in found):
        raise BadRequest("this address leads into the centre's own network")


@reading
async def _due(ids: Sequence[int], at: datetime) -> list[Webhook]:
    there = Webhook.filter(id__in=ids, disabled_at=None, key__disabled_at=None)
    return [
        row
        for row in await there.select_related("key", "key__department")
        if (row.next_try_at is None or row.next_try_at <= at) and (row.taken_until is None or row.taken_until <= at)
    ]


def _view(row: Webhook) -> WebhookView:
    since = local(row.failing_since) if row.failing_since else None
    return WebhookView(row.id, row.url, row.cursor, row.failures, since, row.last_answer, row.disabled_at is not None)
