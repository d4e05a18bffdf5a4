"""Requests of our own to addresses that others named: short, never redirected, never into this network by stealth."""

from __future__ import annotations

import ipaddress
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver
from aiohttp.resolver import DefaultResolver

TIMEOUT_S = 10
MOST_AT_ONCE = 20


class Outgoing:
    """Opened at the first request; `private` lets it go to addresses of this network."""

    def __init__(self, *, private: bool) -> None:
        self._private = private
        self._session: aiohttp.ClientSession | None = None

    async def post(self, url: str, body: bytes, headers: dict[str, str]) -> int:
        """The status of the answer, whose body nobody reads. Raises OSError and TimeoutError."""
        if self._session is None:
            resolver = None if self._private else _OutsideOnly()
            connector = aiohttp.TCPConnector(limit=MOST_AT_ONCE, resolver=resolver)
            timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
            self._session = aiohttp.ClientSession(connector=connector, timeout=timeout)
        try:
            async with self._session.post(url, data=body, headers=headers, allow_redirects=False) as answer:
                return answer.status
        except aiohttp.ClientError as error:
            raise ConnectionError(type(error).__name__) from error

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()


class _OutsideOnly(AbstractResolver):
    """Names are looked up once more when we connect: what then leads into this network isn't gone to."""

    def __init__(self) -> None:
        self._resolver = DefaultResolver()

    async def resolve(self, host: str, *args: Any, **more: Any) -> Any:
        found = await self._resolver.resolve(host, *args, **more)
        if any(not ipaddress.ip_address(one["host"]).is_global for one in found):
            raise OSError(f"{host} leads into this network")
        return found

    async def close(self) -> None:
        await self._resolver.close()
