"""Messages that wait to be sent, the worker that sends them, and the provider that takes them."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg

from bench.commands import HAOBAN, ROOT, environment
from bench.peers_queues import NOTICE
from bench.servers import SECRET, Server, free_port, running, until_at_rest

ACCOUNT = "AC" + "0" * 32
UP_S = 1  # a worker that starts is at work without a pause, and then at rest
_FILL = """
WITH told AS (
    INSERT INTO notification (source, recipient, kind, purpose, urgent, language, facts, route, step, state, at)
    SELECT $3 || n, 'x', 'accepted', 'statutory', false, 'zh', '{}', '[]', 0, $4, now()
    FROM generate_series($1::int, $2::int) n RETURNING id, id % cardinality($7::text[])::int + 1 AS way
)
INSERT INTO message (notification_id, place, kind, address, language, purpose, urgent, text, template,
    template_version, state, reason, detail, attempts, is_dead, heard_by, provider_id, at, due_at, expires_at)
SELECT id, ($7)[way], ($8::text[])[way], ($9::text[])[way] || lpad((id % 100000000)::text, 8, '0'), 'zh', 'statutory',
    false,
    $10::text || id,
    'accepted/text/zh', 0, $5, '', '', 0, false, '', $6, now(), now(), now() + interval '1 day' FROM told
"""
_NOT_SENT = """
SELECT m.place, m.state, m.reason, count(*) FROM message m JOIN notification n ON n.id = m.notification_id
WHERE starts_with(n.source, $1) AND m.state NOT IN ('sent', 'accepted', 'delivered', 'read') GROUP BY 1, 2, 3
"""
_AT_ONCE = 50_000
# No quiet hours, and nothing written of what goes well.
CALM = {"NOTIFY__QUIET_FROM": "03:00", "NOTIFY__QUIET_UNTIL": "03:00", "LOG__LEVEL": "error"}


class Way(NamedTuple):
    """A channel that messages are sent by: its place, the kind of message, and how an address there begins."""

    place: str
    kind: str
    address: str


WAYS = (
    Way("channels.twilio_sms", "text", "+86139"),
    Way("bots.wechat", "chat", "o"),
    Way("channels.kannel", "text", "+86138"),
    Way("bots.telegram", "chat", "9"),
)
ONE_WAY = WAYS[:1]


class Drained(NamedTuple):
    """The CPU time of the workers for each message in µs, and how many were sent a second."""

    cpu_us: float
    a_second: float


def channels(provider: Server, ways: Sequence[Way]) -> dict[str, str]:
    """The settings of a worker that sends by these ways, and by no other, to one provider."""
    at = f"http://127.0.0.1:{provider.port}"
    own = {
        "channels.twilio_sms": {
            "ACCOUNT_SID": ACCOUNT,
            "AUTH_TOKEN": "a token for measuring",
            "FROM_NUMBER": "+8610000000000",
            "API_BASE": at,
        },
        "bots.wechat": {
            "APP_ID": "wx0123456789abcdef",
            "APP_SECRET": "a secret for measuring",
            "TOKEN": "measuring",
            "MODE": "plain",
            "API_BASE": at,
        },
        "channels.kannel": {
            "SECRET": "a-secret-for-measuring",
            "SEND_URL": f"{at}/cgi-bin/sendsms",
            "USERNAME": "haoban",
            "PASSWORD": "a password for measuring",
        },
        "bots.telegram": {
            "TOKEN": "123456:AAEhBP0av28JAFbRMsZrbFrqGiZ7LDXoWyc",
            "SECRET": "a-secret-for-measuring",
            "API_BASE": at,
            "PER_SECOND": "0",
        },
    }
    return {
        f"{way.place.replace('.', '__')}__{key}".upper(): value
        for way in ways
        for key, value in {"ENABLED": "true", **own[way.place]}.items()
    }


async def put(url: str, count: int, state: str, name: str, ways: Sequence[Way] = ONE_WAY) -> None:
    """Messages in the database, written the quick way, to go out by these channels in turn; `name` begins their
    sources.
    """
    connection = await asyncpg.connect(url)
    told, sid = ("open", "") if state == "queued" else ("told", "SM")
    by = [list(each) for each in zip(*ways, strict=True)]
    for first in range(1, count + 1, _AT_ONCE):
        last = min(count, first + _AT_ONCE - 1)
        await connection.execute(_FILL, first, last, name, told, state, sid, *by, NOTICE, timeout=600)
    await connection.execute("VACUUM ANALYZE message")
    await connection.close()


async def waiting(url: str) -> int:
    connection = await asyncpg.connect(url)
    sql = "SELECT count(*) FROM message WHERE state IN ('queued', 'deferred') OR state = 'sending'"
    found = await connection.fetchval(sql)
    await connection.close()
    return int(found)


async def not_sent(url: str, name: str) -> list[tuple[str, str, str, int]]:
    """Places, states and reasons of the messages of this name that ended otherwise."""
    connection = await asyncpg.connect(url)
    found = [tuple(row) for row in await connection.fetch(_NOT_SENT, name)]
    await connection.close()
    return found


def drained(
    url: str,
    folder: Path,
    provider: Server,
    redis: str,
    count: int,
    name: str,
    *,
    workers: int = 1,
    ways: Sequence[Way] = ONE_WAY,
) -> Drained:
    """Have so many messages sent by so many workers, by these channels. Raises RuntimeError when one was not sent."""
    with ExitStack() as stack:
        servers = [stack.enter_context(worker(url, folder, provider, redis, ways)) for _ in range(workers)]
        time.sleep(UP_S)
        until_at_rest(servers)
        before, began = sum(server.cpu_s() for server in servers), time.monotonic()
        asyncio.run(put(url, count, "queued", name, ways))
        until(lambda: not asyncio.run(waiting(url)))
        took_s = time.monotonic() - began
        if lost := asyncio.run(not_sent(url, name)):
            raise RuntimeError(f"messages that were not sent: {lost}")
        return Drained((sum(server.cpu_s() for server in servers) - before) / count * 1e6, count / took_s)


@contextmanager
def worker(url: str, folder: Path, provider: Server, redis: str, ways: Sequence[Way] = ONE_WAY) -> Iterator[Server]:
    given = environment(url, **CALM, SERVER__SECRET_KEY=SECRET, REDIS__URL=redis, **channels(provider, ways))
    with running([str(HAOBAN), "worker"], 0, folder, given) as server:
        yield server


@contextmanager
def a_provider(folder: Path) -> Iterator[Server]:
    port = free_port()
    command = [sys.executable, "-m", "bench.provider", str(port)]
    with running(command, port, folder, os.environ | {"PYTHONPATH": str(ROOT)}) as server:
        server.first_answer_s()
        yield server


def until(reached: Callable[[], bool], within_s: float = 900) -> None:
    """Look now and then. Raises TimeoutError."""
    over = time.monotonic() + within_s
    while not reached():
        if time.monotonic() > over:
            raise TimeoutError("the measurement does not end")
        time.sleep(0.1)


def taken(provider: Server) -> dict[str, float]:
    told = _told(provider)
    return {"": told["number"], **told["at"]}


def compare(provider: Server) -> None:
    """The text messages that came are what all send, ours and the queues. Raises RuntimeError."""
    expected, alike = [f"Body From StatusCallback To: {NOTICE}"], _told(provider)["alike"]
    if alike != expected:
        raise RuntimeError(f"{alike} was sent instead of {expected}")


def _told(provider: Server) -> dict[str, Any]:
    with urllib.request.urlopen(f"http://127.0.0.1:{provider.port}/taken", timeout=10) as answer:
        told: dict[str, Any] = json.loads(answer.read())
    return told
