"""Somebody who tries the program: their telephone, their chat and their case, and all that happens there as events."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections import deque
from collections.abc import AsyncIterator, Coroutine, Iterable
from datetime import datetime
from typing import Any

import orjson

from core.local_time import now
from gateway.demo.stand_ins.telegram_methods import Json
from gateway.demo.stand_ins.twilio_call import Call, Spoken
from gateway.demo.stand_ins.twilio_records import Message

KEPT_EVENTS = 500
# Moments come from two clocks: the database's and the one that the hops are timed by.
A_LITTLE_S = 0.005
MOST_MESSAGES = 200


class Visit:
    """What happens is told in events, numbered from 1; who comes late is told the last of them."""

    def __init__(self, number: str, chat: int, language: str) -> None:
        self.id, self.number, self.chat, self.language = secrets.token_urlsafe(18), number, chat, language
        self.case = ""
        self.call: Call | None = None
        self.messages: dict[int, Json] = {}
        self.has_left = False
        self.seen_at: datetime = now()
        self._events: deque[tuple[int, bytes]] = deque(maxlen=KEPT_EVENTS)
        self._last, self._changed = 0, asyncio.Event()
        self._begun: dict[int, float] = {}
        self._stories: dict[int, int] = {}
        self._under_way: set[asyncio.Task[None]] = set()

    # Events

    def tell(self, kind: str, **values: Any) -> None:
        self._last += 1
        body = orjson.dumps({"kind": kind, "at": int(time.time() * 1000), **values})
        self._events.append((self._last, b"id: %d\ndata: %s\n\n" % (self._last, body)))
        self._changed.set()
        self._changed = asyncio.Event()

    async def events(self, after: int) -> AsyncIterator[bytes]:
        """All events after one, then each new one as it happens; an empty one now and then as a sign of life."""
        while not self.has_left:
            changed = self._changed
            for number, event in list(self._events):
                if number > after:
                    after = number
                    yield event
            try:
                async with asyncio.timeout(15):
                    await changed.wait()
            except TimeoutError:
                yield b": alive\n\n"

    def begin(self, what: str) -> None:
        """Something new is done: its hops are told with the time since now."""
        story = len(self._begun) + 1
        self._begun[story] = time.perf_counter()
        self.tell("story", story=story, what=what)

    def sent(self, message: int, written_at: datetime) -> None:
        """A message of ours leaves that was written at a moment: by what was being done then."""
        ago_s = (now() - written_at).total_seconds()
        written = time.perf_counter() - ago_s
        begun = [story for story, at in self._begun.items() if at <= written + A_LITTLE_S]
        self._stories[message] = max(begun, default=1)

    def hop(self, name: str, about: str, begun: float, fault: str = "", message: int = 0) -> None:
        """A hop that ends now, on the way of a message of ours if that is known, else of what was done last.

        When it began after what was done, and how long it took, is told in milliseconds.
        """
        story = self._stories.get(message, len(self._begun))
        ended = time.perf_counter()
        times = {
            "after": round((begun - self._begun.get(story, begun)) * 1000, 1),
            "ms": round((ended - begun) * 1000, 1),
        }
        self.tell("hop", story=story, hop=name, about=about, fault=fault, **times)

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
        self.call = call
        self.tell("ringing", number=call.record.sender)

    def hears(self, call: Call, said: Iterable[Spoken]) -> None:
        self.tell("said", parts=[{"words": one.text, "language": one.language} for one in said])

    def is_asked(self, call: Call, digits: int) -> None:
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
        file = message.get("document") or (message.get("photo") or [None])[-1]
        self.tell(
            "chat",
            by="centre",
            message=message["message_id"],
            words=message.get("text", ""),
            buttons=buttons,
            file=file and {"key": file["file_id"], "name": file.get("file_name", ""), "picture": "photo" in message},
        )
