"""What we ask of WeChat: messages sent, codes made, and the access token for it, shared by all processes.

Source: WeChat's documentation for official accounts, "获取稳定版接口调用凭据", "客服消息", "发送订阅通知",
"生成带参数的二维码" and "全局返回码".
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Mapping
from typing import Any

import aiohttp
import orjson
from aiohttp.client_exceptions import ClientConnectorError

from core.errors import SendError, SendReason, Unavailable
from core.scratch import Scratch

CONNECT_S, WITHIN_S = 5.0, 15.0
# Of the time of a call, after which one that still waits for a connection gives up, and never left us.
LEAVES_IN = 2 / 3
AT_ONCE = 100
MOST_BYTES = 256 * 1024
# A token is given up a while before WeChat does.
EARLY_S = 300
_RENEWING_S, _LOOK_S = 15, 0.1
_OK, _TOKEN_GONE = 0, frozenset({40001, 40014, 42001})
OUTSIDE = frozenset({45015, 45047})
"""Nobody wrote to us lately, or there were too many answers: only a subscribed notice may be sent now."""
_REASONS: Mapping[int, SendReason] = {
    -1: "throttled",  # WeChat is busy
    45009: "throttled",  # too many calls today
    45011: "throttled",  # too many calls this minute
    40003: "invalid",  # nobody by this name
    43004: "opted_out",  # does not follow the account any more
    43101: "rejected",  # did not subscribe to this notice
    **dict.fromkeys((40001, 40013, 40014, 40125, 40164, 41002, 41004, 42001, 48001, 50002), "config"),
}


class Refused(SendError):
    """WeChat's answer with its number."""

    def __init__(self, code: int) -> None:
        super().__init__(_REASONS.get(code, "rejected"), f"WeChat {code}", 60.0 if code in (-1, 45011) else None)
        self.code = code


class WeChatApi:
    """Raises SendError: `unreachable` when nothing left us, `unknown` when it may have arrived."""

    def __init__(self, base: str, app_id: str, secret: str, scratch: Scratch) -> None:
        self._base, self._app_id, self._secret, self._scratch = base.rstrip("/"), app_id, secret, scratch
        self._own: tuple[str, float] = ("", 0.0)
        self._asking = asyncio.Lock()
        self._session: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        timeout = aiohttp.ClientTimeout(total=WITHIN_S, connect=WITHIN_S * LEAVES_IN, sock_connect=CONNECT_S)
        connector = aiohttp.TCPConnector(limit=AT_ONCE)
        self._session = aiohttp.ClientSession(timeout=timeout, connector=connector)

    async def stop(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def say(self, user: str, text: str) -> None:
        """A customer-service message, which goes only to who wrote lately."""
        await self._call("message/custom/send", {"touser": user, "msgtype": "text", "text": {"content": text}})

    async def notify(self, user: str, template: str, page: str, data: Mapping[str, str]) -> None:
        """A notice that the person subscribed to."""
        values = {name: {"value": value} for name, value in data.items()}
        what = {"touser": user, "template_id": template, "page": page, "data": values}
        await self._call("message/subscribe/bizsend", what)

    async def code(self, scene: str, kept_s: int) -> str:
        """The address that a QR code must hold, so that who scans it follows us and brings the scene."""
        info = {"scene": {"scene_str": scene}}
        asked = {"expire_seconds": kept_s, "action_name": "QR_STR_SCENE", "action_info": info}
        found = await self._call("qrcode/create", asked)
        if not isinstance(found.get("url"), str):
            raise SendError("unknown", "a code without an address")
        return str(found["url"])

    async def token(self, *, stale: str = "") -> str:
        """The access token; a new one where the known one is the `stale` that WeChat didn't take."""
        async with self._asking:
            if stale and self._own[0] == stale:
                self._own = ("", 0.0)  # somebody else may have got a new one already
            known = await self._known()
            if known and known != stale:
                return known
            if await self._may_renew():
                return await self._renewed(stale)
            return await self._waited(stale)

    async def _call(self, path: str, what: Mapping[str, Any]) -> Mapping[str, Any]:
        token = await self.token()
        try:
            return await self._post(path, what, token)
        except Refused as refused:
            if refused.code not in _TOKEN_GONE:
                raise
        return await self._post(path, what, await self.token(stale=token))

    async def _post(self, path: str, what: Mapping[str, Any], token: str = "") -> Mapping[str, Any]:
        if self._session is None:
            raise SendError("config", "the channel is not started")
        query = {"access_token": token} if token else {}
        try:
            async with self._session.post(
                f"{self._base}/cgi-bin/{path}", params=query, data=orjson.dumps(what), allow_redirects=False
            ) as response:
                status, body = response.status, await _whole(response.content)
        except (ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise SendError("unreachable", type(error).__name__) from None
        except (TimeoutError, OSError, aiohttp.ClientError) as error:
            raise SendError("unknown", type(error).__name__) from None
        return _read(status, body)

    # The token

    async def _known(self) -> str:
        token, until = self._own
        return token if token and time.time() < until else await self._shared()

    async def _shared(self, stale: str = "") -> str:
        """The token that all processes know, but for one that is stale."""
        try:
            kept = await self._scratch.get(self._place("token"))
        except Unavailable:
            return ""
        token, _, ends = (kept or "").partition("|")
        if not token or token == stale or time.time() >= float(ends):
            return ""
        self._own = token, float(ends)
        return token

    async def _may_renew(self) -> bool:
        """Of all processes one asks for a new token; without the shared memory each asks, and gets the same."""
        try:
            return await self._scratch.claim(self._place("renewing"), "1", _RENEWING_S)
        except Unavailable:
            return True

    async def _renewed(self, stale: str) -> str:
        """Asked for without force, which would void what others use; with it only where WeChat has no newer one."""
        try:
            if known := await self._shared(stale):
                return known  # written while we waited for our turn
            token, until = await self._asked(force=False)
            if token == stale:
                token, until = await self._asked(force=True)
            self._own = token, until
            await self._keep()
            return token
        finally:
            with contextlib.suppress(Unavailable):  # it runs out by itself
                await self._scratch.drop(self._place("renewing"))

    async def _asked(self, *, force: bool) -> tuple[str, float]:
        """A token and until when it is used. Raises SendError, of which none is `unknown`: no message has left us."""
        asked = {"grant_type": "client_credential", "appid": self._app_id, "secret": self._secret}
        try:
            found = await self._post("stable_token", {**asked, "force_refresh": force})
        except SendError as error:
            if error.reason == "unknown":
                raise SendError("unreachable", f"no access token: {error.detail}") from None
            raise
        token, lasts_s = str(found.get("access_token", "")), float(found.get("expires_in", 0))
        if not token:
            raise SendError("config", "WeChat gave no access token")
        return token, time.time() + max(lasts_s - EARLY_S, lasts_s / 2)

    async def _keep(self) -> None:
        token, until = self._own
        try:
            await self._scratch.put(self._place("token"), f"{token}|{until!r}", max(1, int(until - time.time())))
        except Unavailable:
            return  # this process knows it

    async def _waited(self, stale: str) -> str:
        """The token that another process is about to get."""
        for _ in range(int(_RENEWING_S / _LOOK_S)):
            await asyncio.sleep(_LOOK_S)
            self._own = ("", 0.0) if self._own[0] == stale else self._own
            known = await self._known()
            if known and known != stale:
                return known
        raise SendError("unreachable", "no access token")

    def _place(self, what: str) -> str:
        return f"wechat:{self._app_id}:{what}"


async def _whole(content: aiohttp.StreamReader) -> bytes:
    """All of an answer, however many pieces it comes in, or the first of one that is longer than it may be."""
    found = bytearray()
    while len(found) < MOST_BYTES and (piece := await content.read(MOST_BYTES - len(found))):
        found += piece
    return bytes(found)


def _read(status: int, body: bytes) -> Mapping[str, Any]:
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        found = None
    if status != 200 or not isinstance(found, dict):
        raise SendError("unknown", f"HTTP {status}")
    code = found.get("errcode", _OK)
    if code != _OK:
        raise Refused(code if isinstance(code, int) else 0)
    return found
