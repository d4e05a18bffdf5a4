"""Somebody who chats with the bot in the stand-in for Telegram: what they write and tap becomes its updates.

Source: Telegram's "Bot API": Update, Message, CallbackQuery.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from gateway.demo.stand_ins.telegram_methods import Json
from gateway.demo.stand_ins.telegram_server import TelegramServer


class Person:
    """A private chat; `sees` is told of each message that the bot sends there."""

    def __init__(self, server: TelegramServer, number: int, name: str, language: str, sees: Callable[[Json], None]):
        self._server, self.number = server, number
        self._user: Json = {"id": number, "is_bot": False, "first_name": name, "language_code": language}
        self._chat: Json = {"id": number, "type": "private", "first_name": name}
        server.service.chats[number] = self._chat
        server.service.watching[number] = sees

    async def write(self, words: str, trace: str = "") -> None:
        """Words, or a command as /start with what a link brought along."""
        await self._server.send(trace, message=self._message() | {"from": self._user, "text": words})

    async def show(self, picture: bytes) -> None:
        """A photograph. Raises OSError for what isn't a picture."""
        await self._server.send(
            message=self._message() | {"from": self._user, "photo": [self._server.service.photo(picture)]}
        )

    async def tap(self, data: str, message: Json, trace: str = "") -> None:
        """A button under a message of the bot's."""
        query = str(self._server.service.number())
        self._server.service.taps.add(query)
        await self._server.send(
            trace,
            callback_query={
                "id": query,
                "from": self._user,
                "chat_instance": str(self.number),
                "message": message,
                "data": data,
            },
        )

    def block(self, *, blocked: bool) -> None:
        """Whether the person has stopped the bot."""
        blocks = self._server.service.blocked
        (blocks.add if blocked else blocks.discard)(self.number)

    def leave(self) -> None:
        """The chat is gone, and nothing can be sent there any more."""
        for known in (self._server.service.chats, self._server.service.watching):
            known.pop(self.number, None)
        self._server.service.blocked.discard(self.number)

    def _message(self) -> Json:
        return {"message_id": self._server.service.number(), "date": int(time.time()), "chat": self._chat}
