"""Notices by e-mail: handed to a server that takes mail for the centre, and those that come back read as failures.

Sources: RFC 5321 (SMTP), RFC 3464 (what comes back), RFC 8058 (one-click unsubscribing).
"""

from __future__ import annotations

from collections.abc import Iterable

from aiohttp.web import AbstractRouteDef

from channels.email_bounces import Bounces
from channels.email_letter import Letters
from channels.email_relay import Relay
from channels.email_settings import EmailSettings
from core.errors import NotFound, SendError, Unavailable
from core.notify.contents import Content
from core.notify.states import Kind, State
from core.ports import Outbound, Sent
from core.switchboard import Switchboard


class Email:
    """Nobody asks through it. That a server took a mail is all that one hears of most: it is the proof.

    What comes back later takes the proof away again.
    """

    name = "email"
    kind = Kind.MAIL
    proof = State.SENT
    asks_as = ""
    Settings = EmailSettings

    def __init__(self, settings: EmailSettings, switchboard: Switchboard) -> None:
        self._contents = switchboard.contents
        self._letters = Letters(settings, switchboard)
        self._relay = Relay(settings)
        self._bounces = Bounces(settings, switchboard) if settings.bounces_host else None
        self.account = f"mail:{settings.host}:{settings.username}"
        self.per_second, self.account_per_second = settings.per_second, settings.account_per_second

    async def start(self, *, receiving: bool = True) -> None:
        if receiving and self._bounces is not None:
            self._bounces.start()

    async def stop(self) -> None:
        if self._bounces is not None:
            await self._bounces.stop()
        await self._relay.stop()

    async def send(self, message: Outbound) -> Sent:
        """Raises SendError; `unknown` when the mail may have been taken."""
        letter = await self._letters.write(await self._content(message))
        await self._relay.deliver(message.to, letter.content)
        return Sent(letter.name, State.SENT)

    async def probe(self) -> str:
        told = await self._relay.probe()
        return f"{told}; {await self._bounces.probe()}" if self._bounces is not None else told

    def routes(self) -> Iterable[AbstractRouteDef]:
        return ()

    async def _content(self, message: Outbound) -> Content:
        if not message.id:
            return Content(0, "", "", message.language, message.to, message.text, {}, ())
        try:
            return await self._contents.of(message.id)
        except NotFound:
            raise SendError("invalid", "its words are not kept any more") from None
        except Unavailable:
            raise SendError("unreachable", "the database does not answer") from None
