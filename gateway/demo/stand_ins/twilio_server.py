"""A stand-in for Twilio on this machine: its interface answered as documented, receipts and webhooks as it sends them.

Sources: Twilio's documentation of the "Messages resource", "Calls resource", "Balance resource", "Messaging webhooks",
"Track outbound message status" and "Error and warning dictionary".
"""

from __future__ import annotations

import asyncio
import hmac
from collections import Counter, deque
from collections.abc import Callable, Coroutine, Mapping
from itertools import count
from typing import Any, Protocol
from xml.etree import ElementTree as Xml

from aiohttp import encode_basic_auth, web
from multidict import MultiMapping

from gateway.demo.stand_ins.twilio_call import Call, Ear
from gateway.demo.stand_ins.twilio_orders import CODES, NOTHING_TOLD, Behaviour, FateOf, well
from gateway.demo.stand_ins.twilio_records import CallRecord, Json, Message
from gateway.demo.stand_ins.twilio_webhooks import Headers, Reach, WebhookFailed, Webhooks

MOST_TEXT = 1600
MOST_TOLD = 50
_ACCOUNT = "/2010-04-01/Accounts/{account}"


class Phone(Ear, Protocol):
    """A telephone that somebody holds."""

    def receives(self, message: Message) -> None: ...


class TwilioServer:
    """An account with one number. `took` is what really reached people; `sms_url` and `voice_url` are its webhooks.

    `phones` are the telephones that somebody holds: of all others it is only known that they take messages and that
    nobody answers there. `tells` is whether receipts are sent, `keeps` how many messages and calls are remembered, 0
    for all of them.
    """

    def __init__(
        self,
        account: str,
        auth_token: str,
        *,
        number: str = "+8610000000000",
        reach: Reach = lambda url: url,
        headers: Headers = lambda *_: {},
        tells: bool = True,
        keeps: int = 0,
    ) -> None:
        self._tells = tells
        self.account, self.number, self.port = account, number, 0
        self.behaves: Behaviour = well
        self.fate: FateOf = lambda _: NOTHING_TOLD
        self.slow_s, self.ring_s, self.records = 0.3, 0.0, True
        self.sms_url = self.voice_url = ""
        self.took: list[Message | CallRecord] = []
        self._keeps = keeps
        self.asked = 0
        self.refused_webhooks: deque[tuple[str, int]] = deque(maxlen=100)
        self.phones: dict[str, Phone] = {}
        self._authorization = encode_basic_auth(account, auth_token)
        self._webhooks = Webhooks(auth_token, reach, headers)
        self._serials, self._reached = count(1), asyncio.Event()
        self._under_way: set[asyncio.Task[None]] = set()
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        app = web.Application()
        app.add_routes(
            [
                web.post(f"{_ACCOUNT}/Messages.json", self._message),
                web.get(f"{_ACCOUNT}/Messages.json", self._messages),
                web.get(f"{_ACCOUNT}/Messages/{{sid}}.json", self._one),
                web.post(f"{_ACCOUNT}/Calls.json", self._call),
                web.get(f"{_ACCOUNT}/Calls/{{sid}}.json", self._one),
                web.get(f"{_ACCOUNT}/Balance.json", self._balance),
            ]
        )
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port, reuse_address=True).start()
        self.port = self._runner.addresses[0][1]
        await self._webhooks.start()

    async def stop(self) -> None:
        for task in tuple(self._under_way):
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)
        if self._runner is not None:
            await self._runner.cleanup()
        await self._webhooks.stop()

    async def reached(self, within_s: float = 30) -> None:
        """Until the first message is taken over."""
        async with asyncio.timeout(within_s):
            await self._reached.wait()

    def times(self) -> Counter[tuple[str, str]]:
        """How often each text reached each number."""
        return Counter((one.to, one.body) for one in self.took if isinstance(one, Message))

    # People

    async def text(self, sender: str, body: str, trace: str = "") -> str:
        """Somebody sends a text message; what it is answered, empty when it isn't. Raises WebhookFailed."""
        message = Message(self.account, self._sid("SM"), self.number, sender, body, direction="inbound")
        document = await self._webhooks.post(self.sms_url, message.form(), sender, trace)
        return "".join(Xml.fromstring(document).itertext()) if document else ""  # noqa: S314  (our own program's)

    def dial(self, caller: str, ear: Ear) -> Call:
        """Somebody calls the number."""
        record = CallRecord(
            self.account, self._sid("CA"), self.number, caller, self.voice_url, direction="inbound", status="ringing"
        )
        return self._begin(record, caller, ear)

    # Its interface

    async def _message(self, request: web.Request) -> web.StreamResponse:
        form = await request.post()
        message = Message(self.account, self._sid("SM"), _of(form, "To"), _of(form, "From"), _of(form, "Body"))
        message.callback = _of(form, "StatusCallback")
        fault = self._fault(request, message.sender, message.to)
        if not fault and not 0 < len(message.body) <= MOST_TEXT:
            fault = (400, 21602 if not message.body else 21617, "Message body is required, of 1600 characters at most")
        return await self._done(request, message, fault, lambda: self._deliver(message))

    async def _call(self, request: web.Request) -> web.StreamResponse:
        form = await request.post()
        call = CallRecord(self.account, self._sid("CA"), _of(form, "To"), _of(form, "From"), _of(form, "Url"))
        call.callback = _of(form, "StatusCallback")
        ring_s = float(_of(form, "Timeout") or 60)
        return await self._done(
            request, call, self._fault(request, call.sender, call.to), lambda: self._ring(call, ring_s)
        )

    def _fault(self, request: web.Request, sender: str, to: str) -> tuple[int, int, str] | None:
        if not self._is_known(request):
            return 401, 20003, "Authenticate"
        if not to.startswith("+"):
            return 400, 21211, "Invalid 'To' Phone Number"
        if sender != self.number:
            return 400, 21606, "The 'From' phone number is not a valid phone number of this account"
        return None

    def _is_known(self, request: web.Request) -> bool:
        given = request.headers.get("Authorization", "")
        return request.match_info["account"] == self.account and hmac.compare_digest(given, self._authorization)

    async def _done(
        self,
        request: web.Request,
        what: Message | CallRecord,
        fault: tuple[int, int, str] | None,
        after: Callable[[], Coroutine[Any, Any, None]],
    ) -> web.StreamResponse:
        """Answer a request for a message or a call, and go on with it, as was ordered."""
        self.asked += 1
        how = self.behaves(self.asked, what.to)
        if fault or how in CODES:
            return _refused(*(fault or CODES[how]))
        if how == "cut before":
            return await _cut(request)
        self.took.append(what)
        if self._keeps:
            del self.took[: -self._keeps]
        self._reached.set()
        self._go_on(after())
        if how == "slow":
            await asyncio.sleep(self.slow_s)
        if how == "garbage":
            return web.Response(text="<html>oops", status=201)
        if how == "cut after":
            return await _cut(request)
        return web.json_response({**what.told(), "status": "queued"}, status=201)

    async def _messages(self, request: web.Request) -> web.Response:
        if not self._is_known(request):
            return _refused(401, 20003, "Authenticate")
        kept = reversed(self.took if self.records else ())
        found = [
            one.told()
            for one in kept
            if isinstance(one, Message) and one.to == request.query.get("To", one.to) and _is_since(one, request.query)
        ][:MOST_TOLD]
        page: Json = {"page": 0, "page_size": MOST_TOLD, "start": 0, "end": max(0, len(found) - 1)}
        uri = str(request.rel_url)
        return web.json_response(
            {**page, "uri": uri, "first_page_uri": uri, "next_page_uri": None, "previous_page_uri": None}
            | {"messages": found}
        )

    async def _one(self, request: web.Request) -> web.Response:
        if not self._is_known(request):
            return _refused(401, 20003, "Authenticate")
        found = next((one for one in self.took if one.sid == request.match_info["sid"]), None)
        return web.json_response(found.told()) if found else _refused(404, 20404, "The resource was not found")

    async def _balance(self, request: web.Request) -> web.Response:
        if not self._is_known(request):
            return _refused(401, 20003, "Authenticate")
        return web.json_response({"account_sid": self.account, "balance": "12.30", "currency": "USD"})

    # What becomes of it

    async def _deliver(self, message: Message) -> None:
        """To the telephone, if somebody holds it, and what the carrier tells of it to the webhook."""
        fate = self.fate(message.to)
        phone = self.phones.get(message.to)
        if phone is not None and fate.error is None:
            phone.receives(message)
        for state in fate.states:
            await asyncio.sleep(fate.after_s)
            message.status = state
            message.error = fate.error if state in ("undelivered", "failed") else None
            await self._tell(message.callback, message.form(), message.to)

    async def _ring(self, record: CallRecord, ring_s: float) -> None:
        if (phone := self.phones.get(record.to)) is not None:
            await self._run(self._made(record, record.to, phone, ring_s), record.to)
            return
        await asyncio.sleep(self.ring_s)
        record.status = "no-answer"
        await self._tell(record.callback, record.form(), record.to)

    def _begin(self, record: CallRecord, person: str, ear: Ear) -> Call:
        call = self._made(record, person, ear, 0)
        self._go_on(self._run(call, person))
        return call

    def _made(self, record: CallRecord, person: str, ear: Ear, ring_s: float) -> Call:
        async def post(url: str, form: Mapping[str, str]) -> str:
            return await self._webhooks.post(url, form, person, call.trace)

        call = Call(record, ear, post, ring_s=ring_s)
        return call

    async def _run(self, call: Call, person: str) -> None:
        await call.run()
        await self._tell(call.record.callback, call.record.form(), person)

    async def _tell(self, url: str, form: Mapping[str, str], person: str) -> None:
        """A receipt. Twilio brings most of them but once."""
        if not url or not self._tells:
            return
        try:
            await self._webhooks.post(url, form, person)
        except WebhookFailed as failed:
            self.refused_webhooks.append((url, failed.status))

    def _go_on(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    def _sid(self, prefix: str) -> str:
        return f"{prefix}{next(self._serials):032x}"


def _of(form: MultiMapping[Any], name: str) -> str:
    value = form.get(name, "")
    return value if isinstance(value, str) else ""


def _is_since(message: Message, query: MultiMapping[str]) -> bool:
    return f"{message.made:%Y-%m-%d}" >= query.get("DateSent>", "")


def _refused(status: int, code: int, words: str) -> web.Response:
    told = {"code": code, "message": words, "more_info": f"/docs/errors/{code}", "status": status}
    headers = {"Retry-After": "1"} if status == web.HTTPTooManyRequests.status_code else {}
    return web.json_response(told, status=status, headers=headers)


async def _cut(request: web.Request) -> web.Response:
    """End the connection without an answer."""
    if request.transport is not None:
        request.transport.abort()
    await asyncio.sleep(1)
    return web.Response()
