"""Text messages through Twilio: each incoming one answered once, and messages sent unasked.

Sources: Twilio's documentation of "Messaging webhooks" (parameters, 15 s time-out, repeats).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from aiohttp import web

from channels.twilio_wire import Sender, TwilioSettings, Webhooks, message_reply, twiml
from core.asker import Asker
from core.dialogue.said import Said, Unreadable, Written
from core.ports import Outbound, Sent
from core.switchboard import Switchboard

PATH = "/channels/twilio/sms"


class TwilioSmsSettings(TwilioSettings):
    """`[channels.twilio_sms]`"""


class TwilioSms:
    """A repeated MessageSid gets the same answer and has no second effect."""

    name = "twilio_sms"
    Settings = TwilioSmsSettings

    def __init__(self, settings: TwilioSmsSettings, switchboard: Switchboard) -> None:
        self._switchboard = switchboard
        self._webhooks = Webhooks(settings, switchboard.public_url)
        self._sender = Sender(settings)

    async def start(self) -> None:
        await self._sender.start()

    async def stop(self) -> None:
        await self._sender.stop()

    async def send(self, message: Outbound) -> Sent:
        return await self._sender.send(message)

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        return (web.post(PATH, self.receive),)

    async def receive(self, request: web.Request) -> web.Response:
        """The webhook. 403 for what Twilio didn't sign, 400 for what isn't a message."""
        form = await self._webhooks.read(request, "MessageSid", "From")

        async def make() -> str:
            asker = Asker("sms", form["From"])
            conversation, text = self._switchboard.conversation, self._switchboard.text
            message = await conversation.answer(asker, _said(form), text)
            return message.text if message else ""

        return twiml(message_reply(await self._switchboard.once.answer(f"twilio:{form['MessageSid']}", make)))


def _said(form: Mapping[str, str]) -> Said:
    """Its words; a picture without any can't be read."""
    words = form.get("Body", "")
    return Unreadable() if not words.strip() and form.get("NumMedia", "0") != "0" else Written(words)
