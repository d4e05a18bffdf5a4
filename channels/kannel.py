"""Text messages through Kannel, the gateway that many counties run before their carriers.

Source: Kannel's user guide, "Setting up SMS services" (get-url, its escape codes and the X-Kannel headers of answers),
"Setting up more complex services: delivery reports" (dlr-mask, dlr-url).
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping
from ipaddress import ip_address
from urllib.parse import urlencode

from aiohttp import web
from structlog import get_logger

from channels.called_back import message_id
from channels.carrier_numbers import from_carrier, to_carrier
from channels.kannel_wire import REPORTS, GatewayClient, KannelSettings, arrived
from core.asker import Asker
from core.dialogue.said import Said, Unreadable, Written
from core.dialogue.segments import is_gsm
from core.notify.states import Kind, State
from core.ports import Outbound, Receipt, Sent
from core.switchboard import Switchboard

PATH, STATUS_PATH = "/channels/kannel/sms", "/channels/kannel/status"
_log = get_logger()


class Kannel:
    """Kannel asks us with each message and sends what we answer. Its proof is the receipt of the handset."""

    name = "kannel"
    kind = Kind.TEXT
    proof = State.DELIVERED
    asks_as = "sms"
    Settings = KannelSettings

    def __init__(self, settings: KannelSettings, switchboard: Switchboard) -> None:
        self._settings, self._switchboard = settings, switchboard
        self._gateway = GatewayClient(settings)
        self.account = f"kannel:{settings.send_url}"
        self.per_second, self.account_per_second = settings.per_second, settings.account_per_second

    async def start(self, *, receiving: bool = True) -> None:
        await self._gateway.start()

    async def stop(self) -> None:
        await self._gateway.stop()

    async def send(self, message: Outbound) -> Sent:
        """Raises SendError; `unknown` when the message may have been taken."""
        report = self._report_address(message.id) if message.id else ""
        await self._gateway.send(to_carrier(message.to, self._settings.numbers), message.text, report)
        return Sent("")

    async def probe(self) -> str:
        return await self._gateway.probe()

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        return (
            web.get(PATH, self.receive, allow_head=False),
            web.get(STATUS_PATH, self.status, allow_head=False),
        )

    async def receive(self, request: web.Request) -> web.Response:
        """Kannel's get-url: what is answered, it sends. 403 for who isn't Kannel, 400 for what isn't a message."""
        self._admit(request)
        came = arrived(request.rel_url.raw_query_string)

        async def make() -> str:
            asker = Asker(self.asks_as, from_carrier(came.sender))
            said: Said = Unreadable() if came.text is None else Written(came.text)
            conversation, text = self._switchboard.conversation, self._switchboard.text
            message = await conversation.answer(asker, said, text)
            return message.text if message else ""

        text = await self._switchboard.once.answer(f"kannel:{came.id}", make)
        return web.Response(text=text, headers=_coding(text))

    async def status(self, request: web.Request) -> web.Response:
        """Kannel's dlr-url: answered when the receipt is kept. 403 for who isn't Kannel."""
        self._admit(request)
        message, report = message_id(request), request.query.get("report", "")
        if (state := REPORTS.get(report)) is not None:
            word = " ".join(filter(None, (report, request.query.get("answer", ""))))
            provider_id = request.query.get("provider", "")
            await self._switchboard.receipts.take(Receipt(message, state, word, provider_id))
        return web.Response(status=204)

    def _admit(self, request: web.Request) -> None:
        """Kannel speaks to us itself: what comes through a proxy is somebody else's."""
        secret = request.query.get("secret", "").encode(errors="surrogatepass")
        known = hmac.compare_digest(secret, self._settings.secret.encode())
        if not (known and self._is_near(request)):
            _log.warning("webhook refused", path=request.path)
            raise web.HTTPForbidden(text="the secret or the address does not fit")

    def _is_near(self, request: web.Request) -> bool:
        if request.remote is None or not _FORWARDED.isdisjoint(name.lower() for name in request.headers):
            return False
        remote = ip_address(request.remote)
        return any(remote in network for network in self._settings.allowed)

    def _report_address(self, message: int) -> str:
        """Where the receipt goes; Kannel fills in what stands behind the percent signs."""
        own = urlencode({"secret": self._settings.secret, "message": message})
        return f"{self._settings.callback_url.rstrip('/')}{STATUS_PATH}?{own}&report=%d&answer=%A&provider=%F"


_FORWARDED = frozenset({"x-forwarded-for", "forwarded"})


def _coding(text: str) -> Mapping[str, str]:
    """How Kannel is to send an answer: in the seven-bit alphabet where that has all of it, else as UTF-16."""
    return {"X-Kannel-Coding": "0" if is_gsm(text) else "2"}
