"""Text messages through Twilio: each incoming one answered once, notices sent, and receipts taken for them.

Sources: Twilio's documentation of "Messaging webhooks" (parameters, 15 s time-out, repeats) and "Track outbound message
status" (StatusCallback).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from aiohttp import web

from channels.called_back import message_id
from channels.twilio_rest import MESSAGE_STATES, TwilioRest
from channels.twilio_wire import TwilioSettings, Webhooks, message_reply, twiml
from core.asker import Asker
from core.dialogue.said import Said, Unreadable, Written
from core.notify.states import Kind, State
from core.ports import Outbound, Receipt, Sent
from core.switchboard import Switchboard

PATH = "/channels/twilio/sms"
STATUS_PATH = "/channels/twilio/status"


class TwilioSmsSettings(TwilioSettings):
    """`[channels.twilio_sms]`"""


class TwilioSms:
    """A repeated MessageSid gets the same answer and has no second effect. Its proof is the receipt of the handset."""

    name = "twilio_sms"
    kind = Kind.TEXT
    proof = State.DELIVERED
    asks_as = "sms"
    Settings = TwilioSmsSettings

    def __init__(self, settings: TwilioSmsSettings, switchboard: Switchboard) -> None:
        self._settings, self._switchboard = settings, switchboard
        self._webhooks = Webhooks(settings, switchboard.public_url)
        self._rest = TwilioRest(settings)
        self.account = f"twilio:{settings.account_sid}"
        self.per_second, self.account_per_second = settings.per_second, settings.account_per_second

    async def start(self, *, receiving: bool = True) -> None:
        await self._rest.start()

    async def stop(self) -> None:
        await self._rest.stop()

    async def send(self, message: Outbound) -> Sent:
        """Raises SendError; `unknown` when the message may have been taken."""
        form = {"To": message.to, "From": self._settings.from_number, "Body": message.text}
        if message.id:
            form["StatusCallback"] = f"{self._webhooks.address(STATUS_PATH)}?message={message.id}"
        return Sent(await self._rest.create("Messages", form))

    async def probe(self) -> str:
        return await self._rest.balance()

    async def records(self, message: Outbound, since: datetime) -> Sequence[Receipt]:
        return await self._rest.messages(message, since)

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        return web.post(PATH, self.receive), web.post(STATUS_PATH, self.status)

    async def receive(self, request: web.Request) -> web.Response:
        """The webhook. 403 for what Twilio didn't sign, 400 for what isn't a message."""
        form = await self._webhooks.read(request, "MessageSid", "From")

        async def make() -> str:
            asker = Asker(self.asks_as, form["From"])
            conversation, text = self._switchboard.conversation, self._switchboard.text
            message = await conversation.answer(asker, _said(form), text)
            return message.text if message else ""

        return twiml(message_reply(await self._switchboard.once.answer(f"twilio:{form['MessageSid']}", make)))

    async def status(self, request: web.Request) -> web.Response:
        """The webhook of receipts: answered when they are kept. 403 for what Twilio didn't sign."""
        form = await self._webhooks.read(request, "MessageSid", "MessageStatus")
        word = form["MessageStatus"]
        if (state := MESSAGE_STATES.get(word)) is not None:
            told = f"{word} {form['ErrorCode']}" if form.get("ErrorCode") else word
            receipt = Receipt(message_id(request), state, told, form["MessageSid"])
            await self._switchboard.receipts.take(receipt)
        return web.Response(status=204)


def _said(form: Mapping[str, str]) -> Said:
    """Its words; a picture without any can't be read."""
    words = form.get("Body", "")
    return Unreadable() if not words.strip() and form.get("NumMedia", "0") != "0" else Written(words)
