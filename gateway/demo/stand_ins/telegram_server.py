"""A stand-in for Telegram on this machine: its Bot API as a bot sees it, every call recorded, failures on order."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout, web

from gateway.demo.stand_ins.telegram_methods import Json, Refused, Service, Upload

MOST_UPDATES = 100
MOST_REQUEST_BYTES = 50 * 2**20
# The real one waits longer between its tries, and tries for a day.
AGAIN_S, TRIES = 0.05, 5
_STRUCTURED = frozenset({"reply_markup", "allowed_updates", "commands", "link_preview_options"})


@dataclass(slots=True)
class Call:
    """One call of the bot: what it sent, and what it was answered; None where no answer reached it."""

    method: str
    fields: Mapping[str, Any]
    uploads: Mapping[str, Upload]
    answer: Json | None = None


@dataclass(frozen=True, slots=True)
class Slow:
    """Answers after so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class HangUp:
    """Ends the connection without an answer, having done what was asked or not."""

    done: bool


@dataclass(frozen=True, slots=True)
class Garbled:
    """Answers something that is not of the Bot API, as a proxy in between may."""

    status: int = 502
    body: str = "<html>Bad Gateway</html>"


Failure = Refused | Slow | HangUp | Garbled


@dataclass
class TelegramServer:
    """Serves on `url` until stopped. `orders` are the failures to come by method, each for one call.

    `reach` tells where the webhook's address is reached from here; `headers` go along with updates, by what was said
    along with them. It `keeps` so many calls, files and waiting updates, 0 for all.
    """

    token: str
    port: int = 0
    reach: Callable[[str], str] = lambda url: url
    headers: Callable[[str], Mapping[str, str]] = lambda _: {}
    keeps: int = 0
    calls: list[Call] = field(default_factory=list)
    orders: dict[str, deque[Failure]] = field(default_factory=lambda: defaultdict(deque))
    delivered: list[tuple[int, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.service = Service(int(self.token.partition(":")[0]), keeps=self.keeps)
        self._waiting: list[Json] = []
        self._traces: dict[int, str] = {}
        self._changed = asyncio.Condition()
        self._polls = 0
        self._runner: web.AppRunner | None = None
        self._postman: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Serve; on the same port again after a stop, with all that was known."""
        app = web.Application(client_max_size=MOST_REQUEST_BYTES)
        app.add_routes(
            [web.get("/file/bot{token}/files/{key}", self._file), web.route("*", "/{call:.*}", self._called)]
        )
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port, reuse_address=True)
        await site.start()
        self.port = self._runner.addresses[0][1]
        self._postman = asyncio.create_task(self._deliver())

    async def stop(self) -> None:
        """Go away, with open connections cut."""
        if self._postman is not None:
            self._postman.cancel()
            await asyncio.gather(self._postman, return_exceptions=True)
        if self._runner is not None:
            await self._runner.cleanup()

    async def send(self, trace: str = "", **content: Json) -> int:
        """Something happens that the bot is to know of, as the content of an Update; the update's number."""
        number = self.service.number()
        self._traces[number] = trace
        async with self._changed:
            if self.keeps and len(self._waiting) >= self.keeps:
                self._traces.pop(self._waiting.pop(1)["update_id"], None)
            self._waiting.append({"update_id": number, **content})
            self._changed.notify_all()
        return number

    async def settled(self, within_s: float = 10) -> None:
        """Until the bot has taken all there is. Raises TimeoutError."""
        async with asyncio.timeout(within_s), self._changed:
            await self._changed.wait_for(lambda: not self._waiting)

    async def called(self, method: str, times: int = 1, within_s: float = 10) -> list[Call]:
        """Until a method was called so often; those calls. Raises TimeoutError."""

        def found() -> list[Call]:
            return [call for call in self.calls if call.method == method]

        async with asyncio.timeout(within_s), self._changed:
            await self._changed.wait_for(lambda: len(found()) >= times)
        return found()

    # Calls

    async def _called(self, request: web.Request) -> web.StreamResponse:
        token, _, method = request.match_info["call"].removeprefix("bot").partition("/")
        fields, uploads = await _read(request)
        call = Call(method, fields, uploads)
        self.calls.append(call)
        if self.keeps:
            del self.calls[: -self.keeps], self.delivered[: -self.keeps]
        async with self._changed:
            self._changed.notify_all()
        order = self.orders[method].popleft() if self.orders[method] else None
        try:
            if isinstance(order, HangUp | Garbled) and not (isinstance(order, HangUp) and order.done):
                return _nothing(request, order)
            if isinstance(order, Refused):
                raise order
            if token != self.token:
                raise Refused(401, "Unauthorized")
            if isinstance(order, Slow):
                await asyncio.sleep(order.seconds)
            result = await self._result(method, fields, uploads)
        except Refused as refused:
            call.answer = _refusal(refused)
            return web.json_response(call.answer, status=refused.status)
        if isinstance(order, HangUp):
            return _nothing(request, order)
        call.answer = {"ok": True, "result": result}
        return web.json_response(call.answer)

    async def _result(self, method: str, fields: Mapping[str, Any], uploads: Mapping[str, Upload]) -> object:
        if method == "getUpdates":
            return await self._updates(int(fields.get("offset", 0)), float(fields.get("timeout", 0)))
        result = self.service.answer(method, fields, uploads)
        async with self._changed:
            self._changed.notify_all()
        return result

    async def _updates(self, offset: int, wait_s: float) -> list[Json]:
        """What waits from `offset` on; of two who ask, the first is sent away."""
        if self.service.webhook:
            raise Refused(409, "Conflict: can't use getUpdates method while webhook is active")
        self._polls += 1
        own = self._polls
        async with self._changed:
            self._waiting = [update for update in self._waiting if update["update_id"] >= offset]
            self._changed.notify_all()
            try:
                async with asyncio.timeout(wait_s):
                    await self._changed.wait_for(lambda: self._waiting or own != self._polls)
            except TimeoutError:
                return []
            if own != self._polls:
                raise Refused(409, "Conflict: terminated by other getUpdates request")
            return self._waiting[:MOST_UPDATES]

    async def _file(self, request: web.Request) -> web.StreamResponse:
        upload = self.service.files.get(request.match_info["key"])
        order = self.orders["file"].popleft() if self.orders["file"] else None
        if isinstance(order, HangUp | Garbled):
            return _nothing(request, order)
        if upload is None or request.match_info["token"] != self.token:
            raise web.HTTPNotFound
        return web.Response(body=upload.content)

    # The webhook

    async def _deliver(self) -> None:
        """Send updates to the webhook while there is one, each until it is taken or was tried often enough."""
        async with ClientSession(timeout=ClientTimeout(total=60)) as http:
            while True:
                async with self._changed:
                    await self._changed.wait_for(lambda: self._waiting and self.service.webhook)
                    update = self._waiting[0]
                for _ in range(TRIES):
                    status = await self._post(http, update)
                    self.delivered.append((update["update_id"], status))
                    if status == web.HTTPOk.status_code:
                        break
                    await asyncio.sleep(AGAIN_S)
                self._traces.pop(update["update_id"], None)
                async with self._changed:
                    self._waiting.remove(update)
                    self._changed.notify_all()

    async def _post(self, http: ClientSession, update: Json) -> int:
        webhook = self.service.webhook
        headers = {
            "X-Telegram-Bot-Api-Secret-Token": webhook.get("secret_token", ""),
            **self.headers(self._traces.get(update["update_id"], "")),
        }
        try:
            async with http.post(self.reach(webhook["url"]), json=update, headers=headers) as answer:
                return answer.status
        except (ClientError, TimeoutError):
            return 0


async def _read(request: web.Request) -> tuple[Json, dict[str, Upload]]:
    """The fields and files of a call, sent as JSON, as a form or in the query."""
    if request.content_type == "application/json":
        return await request.json(), {}
    fields: Json = dict(request.query)
    uploads = {}
    for name, value in (await request.post()).items():
        if isinstance(value, web.FileField):
            uploads[name] = Upload(value.filename, value.file.read())
        elif isinstance(value, str):
            fields[name] = json.loads(value) if name in _STRUCTURED else value
    return fields, uploads


def _nothing(request: web.Request, order: HangUp | Garbled) -> web.Response:
    if isinstance(order, HangUp) and request.transport is not None:
        request.transport.abort()
        return web.Response()
    assert isinstance(order, Garbled)  # noqa: S101  (the other kind)
    return web.Response(status=order.status, text=order.body, content_type="text/html")


def _refusal(refused: Refused) -> Json:
    told: Json = {"ok": False, "error_code": refused.status, "description": refused.description}
    if refused.retry_after is not None:
        told["parameters"] = {"retry_after": refused.retry_after}
    return told
