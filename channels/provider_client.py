"""The way to a provider's HTTP interface: one pool, time-outs, and errors told apart by what may have arrived."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
import orjson
from aiohttp.client_exceptions import ClientConnectorError
from yarl import URL

from core.errors import SendError

CONNECT_S, WITHIN_S = 5.0, 15.0
# Of the time of a call, after which one that still waits for a connection gives up, and never left us.
LEAVES_IN = 2 / 3
AT_ONCE = 200
# Shorter than any provider's own: a request on a connection that they just closed would have an unknown end.
KEPT_OPEN_S = 5.0
MOST_BYTES = 256 * 1024
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_TEXT = {"Content-Type": "text/plain; charset=UTF-8"}
LONGEST_WAIT_S = 3600.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What a provider answered; `content` is None for what isn't JSON, `body` is no longer than is read of it."""

    status: int
    body: bytes
    content: Any
    retry_after: float | None


class ProviderClient:
    """Calls one provider. Raises SendError: `unreachable` when nothing left us, `unknown` when it may have arrived.

    A call takes `within_s` seconds at most, waiting for one of the connections included.
    """

    def __init__(
        self, login: str = "", password: str = "", *, most_bytes: int = MOST_BYTES, within_s: float = WITHIN_S
    ) -> None:
        self._most_bytes, self._within_s = most_bytes, within_s
        self._headers = {"Authorization": aiohttp.encode_basic_auth(login, password)} if login else {}
        self._session: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        # No clock for the pauses within an answer: it is set anew for each piece, which is a twentieth of a sending.
        timeout = aiohttp.ClientTimeout(
            total=self._within_s, connect=self._within_s * LEAVES_IN, sock_connect=CONNECT_S
        )
        connector = aiohttp.TCPConnector(limit=AT_ONCE, keepalive_timeout=KEPT_OPEN_S)
        self._session = aiohttp.ClientSession(headers=self._headers, timeout=timeout, connector=connector)

    async def stop(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def post(self, url: str, form: Mapping[str, str]) -> Answer:
        # aiohttp's own forms cost as much again as the rest of the request, and urllib takes five times as long for
        # Chinese, three escapes a character, as yarl does. Some split forms at semicolons, too.
        body = URL.build(query=form).raw_query_string.replace(";", "%3B").encode()
        return await self._call("POST", url, data=body, headers=_FORM)

    async def post_text(self, url: str, text: str, headers: Mapping[str, str]) -> Answer:
        return await self._call("POST", url, data=text.encode(), headers={**headers, **_TEXT})

    async def get(self, url: str, query: Mapping[str, str]) -> Answer:
        return await self._call("GET", url, params=query)

    async def _call(self, method: str, url: str, **sent: Any) -> Answer:
        if self._session is None:
            raise SendError("config", "the channel is not started")
        try:
            async with self._session.request(method, url, allow_redirects=False, **sent) as response:
                body = await _read(response.content, self._most_bytes)
                return Answer(response.status, body, _json(body), _seconds(response.headers.get("Retry-After", "")))
        except (ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise SendError("unreachable", type(error).__name__) from None
        except (TimeoutError, OSError, aiohttp.ClientError) as error:
            raise SendError("unknown", type(error).__name__) from None


async def _read(content: aiohttp.StreamReader, most: int) -> bytes:
    """All of an answer, or the first of it when it is longer than it may be."""
    found = bytearray()
    while len(found) < most and (chunk := await content.read(most - len(found))):
        found += chunk
    return bytes(found)


def _json(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None


def _seconds(told: str) -> float | None:
    return min(float(told), LONGEST_WAIT_S) if told.isascii() and told.isdigit() else None
