"""Somebody who tries the program: their telephone, their chat and their case, and all that happens there as events."""

from __future__ import annotations

import asyncio
import secrets
from collections import deque
from collections.abc import AsyncIterator, Coroutine, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import orjson

from core.local_time import now
from gateway.demo.stand_ins.telegram_methods import Json
from gateway.demo.stand_ins.twilio_call import Call, Spoken
from gateway.demo.stand_ins.twilio_records import Message
from gateway.demo.trial.stories import Stories

KEPT_EVENTS = 500
MOST_MESSAGES = 200
ALIVE_EVERY_S = 15


class Visit:
    """What happens is told in events, numbered from 1; who comes late is told the last of them, and how it stands."""

    def __init__(self, number: str, chat: int, language: str) -> None:
        self.id, self.number, self.chat, self.language = secrets.token_urlsafe(18), number, chat, language
        self.case: Mapping[str, Any] = {}
        self.call: Call | None = None
        self.digits = 0
        self.order, self.is_blocked = "ok", False
        self.kiosk = ""
        self.messages: dict[int, Json] = {}
        self.listeners = 0
        self.has_left = False
        self.seen_at: datetime = now()
        self.stories = Stories(self.tell)
        self._events: deque[tuple[int, bytes]] = deque(maxlen=KEPT_EVENTS)
        self._last, self._changed = 0, asyncio.Event()
        self._under_way: set[asyncio.Task[None]] = set()

    # Events

    def tell(self, kind: str, **values: Any) -> None:
        self._last += 1
        body = orjson.dumps({"kind": kind, **values})
        self._events.append((self._last, b"id: %d\ndata: %s\n\n" % (self._last, body)))
        self._changed.set()
        self._changed = asyncio.Event()

    def shows(self, **case: Any) -> None:
        """How the case stands now."""
        self.case = case
        self.tell("case", **case)

    async def events(self, after: int) -> AsyncIterator[bytes]:
        """All events after one; then how things stand `now`; then each new one as it happens, and signs of life.

        In between an empty one, each second: a moment to see whether anybody is there still.
        """
        told_now, quiet_s = False, 0
        while not self.has_left:
            changed = self._changed
            for number, event in list(self._events):
                if number > after:
                    after = number
                    yield event
            if not told_now:
                told_now = True
                yield b"data: %s\n\n" % orjson.dumps(self._now())
            try:
                async with asyncio.timeout(1):
                    await changed.wait()
            except TimeoutError:
                quiet_s += 1
                yield b"" if quiet_s % ALIVE_EVERY_S else b": alive\n\n"

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Somebody looks at the page."""
        self.listeners += 1
        try:
            yield
        finally:
            self.listeners -= 1
            self.seen_at = now()

    def _now(self) -> Json:
        state = "idle" if self.call is None else "talking" if self.call.is_answered else "ringing"
        call = {"state": state, "digits": self.digits}
        stands = {"case": self.case, "call": call, "order": self.order, "blocked": self.is_blocked}
        return {"kind": "now", "language": self.language, **stands}

    def go_on(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something whose outcome is told in events."""
        task = asyncio.create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def leave(self) -> None:
        """Nobody is there any more."""
        self.has_left = True
        self._changed.set()
        if self.call is not None:
            self.call.hang_up()
        for task in tuple(self._under_way):
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)

    # The telephone

    def receives(self, message: Message) -> None:
        self.tell("text", by="centre", words=message.body)

    def rings(self, call: Call) -> None:
        if self.call is not None:
            call.decline()
            return
        self.call, self.digits = call, 0
        self.tell("ringing", number=call.record.sender)

    def hears(self, call: Call, said: Iterable[Spoken]) -> None:
        self.tell("said", parts=[{"words": one.text, "language": one.language} for one in said])

    def is_asked(self, call: Call, digits: int) -> None:
        self.digits = digits
        self.tell("listening", digits=digits)

    def over(self, call: Call, why: str) -> None:
        if self.call is call:
            self.call = None
            self.tell("hung_up", why=why)

    # The chat

    def sees(self, message: Json) -> None:
        """What the bot wrote."""
        self.messages[message["message_id"]] = message
        while len(self.messages) > MOST_MESSAGES:
            del self.messages[next(iter(self.messages))]
        rows = message.get("reply_markup", {}).get("inline_keyboard", ())
        buttons = [[{"label": one["text"], "data": one["callback_data"]} for one in row] for row in rows]
        file = _file(message)
        self.tell(
            "chat",
            by="centre",
            message=message["message_id"],
            words=message.get("text", ""),
            buttons=buttons,
            file=file and {"key": file["file_id"], "name": file.get("file_name", ""), "picture": "photo" in message},
        )

    def was_sent(self, key: str) -> bool:
        """Whether the bot sent the visitor a file, by its name in the store."""
        return any(file["file_id"] == key for message in self.messages.values() if (file := _file(message)))


def _file(message: Json) -> Json | None:
    file: Json | None = message.get("document") or (message.get("photo") or [None])[-1]
    return file
