"""Sending a caller in writing what is too long to keep in mind: one text message, asked for in the call."""

from __future__ import annotations

import asyncio
import re

import structlog

from core.asker import Asker
from core.dialogue.screen import Say, Screen
from core.dialogue.screens import Screens, Turn
from core.dialogue.text import TextRenderer
from core.errors import NotFound, SendError, Wait
from core.keys import Keys
from core.ports import Channel, Outbound
from core.rates import Rate

# A caller waits for the answer, and the provider hangs up after 15 s.
SEND_WITHIN_S = 4.0
_PHONE = re.compile(r"\+?\d{7,15}")
_log = structlog.get_logger()


class Texts:
    """Sends what an item requires to the telephone that is calling, through the channel it was given."""

    def __init__(self, screens: Screens, renderer: TextRenderer, rate: Rate, keys: Keys) -> None:
        self._screens, self._renderer, self._rate, self._keys = screens, renderer, rate, keys
        self._channel: Channel | None = None

    def through(self, channel: Channel) -> None:
        """Send by this channel of text messages from now on."""
        self._channel = channel

    def reaches(self, asker: Asker) -> bool:
        """Whether a text message can be sent to who asks."""
        return self._channel is not None and bool(_PHONE.fullmatch(asker.address))

    async def send(self, code: str, turn: Turn) -> Screen:
        """Send an item's requirements; the screen says what became of it."""
        if self._channel is None or not self.reaches(turn.asker):
            return Screen((Say("send.impossible"),), lead=turn.session.lead)
        try:
            # A caller's number can be forged: nobody shall be flooded through us.
            await self._rate.take(self._keys.sender(turn.asker.address))
            screen = await self._screens.items.item(code, 0, turn.language)
            text = self._renderer.render(screen, turn.language).text
            message = Outbound(turn.asker.address, text, turn.language.code)
            await asyncio.wait_for(self._channel.send(message), SEND_WITHIN_S)
        except (SendError, Wait, NotFound) as error:
            _log.warning("item not sent", channel=self._channel.name, error=type(error).__name__)
            return await self._told("send.failed", turn)
        except TimeoutError:
            # It may still arrive: neither promised nor denied, and not sent again.
            return await self._told("send.unsure", turn)
        return await self._told("send.sent", turn)

    async def _told(self, key: str, turn: Turn) -> Screen:
        """Back at the choices of where the caller was, without hearing it all again."""
        before = await self._screens.open(turn.session.lead or "welcome", turn)
        choices = tuple(choice for choice in before.choices if not choice.lead.startswith("send:"))
        return Screen((Say(key),), choices=choices, lead=turn.session.lead)
