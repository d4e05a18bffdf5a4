"""The providers of the day, played on this machine, with a record of all they took and every receipt they sent."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from bench.day.settings import ACCOUNT, AUTH_TOKEN, BOT, NUMBER, PUBLIC_URL
from gateway.demo.stand_ins.telegram_methods import Refused
from gateway.demo.stand_ins.telegram_server import Failure, Garbled, HangUp, Slow, TelegramServer
from gateway.demo.stand_ins.twilio_call import Call, Spoken
from gateway.demo.stand_ins.twilio_orders import DELIVERED, UNREACHABLE, Fate
from gateway.demo.stand_ins.twilio_records import CallRecord, Message
from gateway.demo.stand_ins.twilio_server import TwilioServer
from gateway.demo.stand_ins.twilio_webhooks import WebhookFailed

CARRIED_S = 0.2
LIKELY_OFF = 0.03
MISHAPS = ("slow", "429", "500", "garbage", "cut after", "cut before")


@dataclass(frozen=True, slots=True)
class Told:
    """A receipt that was sent, and whether the program took it."""

    sid: str
    word: str
    taken: bool


class Listener:
    """Somebody who answers the telephone and hears every notice to its end."""

    def rings(self, call: Call) -> None:
        call.answer()

    def hears(self, call: Call, _said: Iterable[Spoken]) -> None:
        call.heard()

    def is_asked(self, _call: Call, _digits: int) -> None: ...

    def over(self, _call: Call, _why: str) -> None: ...

    def receives(self, _message: Message) -> None: ...


class Twilio(TwilioServer):
    """Carries text messages to handsets, of which a few are switched off: half of their owners answer a call."""

    def __init__(self, port_of_program: int) -> None:
        super().__init__(ACCOUNT, AUTH_TOKEN, number=NUMBER, reach=self._here)
        self.port_of_program, self.told = port_of_program, list[Told]()
        self.dice = random.Random(20261128)
        self.fate = self._fate
        self.bad = 0.0
        self.behaves = self._behave
        self._off: set[str] = set()

    def _here(self, url: str) -> str:
        return url.replace(PUBLIC_URL, f"http://127.0.0.1:{self.port_of_program}", 1)

    def _behave(self, _number: int, _to: str) -> str:
        return self.dice.choice(MISHAPS) if self.dice.random() < self.bad else "ok"

    def _fate(self, to: str) -> Fate:
        if self.dice.random() < LIKELY_OFF and to not in self.phones:
            if self.dice.random() < 0.5:
                self.phones[to] = Listener()
            return Fate(UNREACHABLE.states, UNREACHABLE.error, CARRIED_S)
        return Fate(DELIVERED.states, None, CARRIED_S)

    async def _tell(self, url: str, form: dict[str, str], person: str) -> None:
        sid = form.get("MessageSid") or form["CallSid"]
        word = form.get("MessageStatus") or form["CallStatus"]
        try:
            await self._webhooks.post(url, form, person)
        except WebhookFailed:
            self.told.append(Told(sid, word, taken=False))
        else:
            self.told.append(Told(sid, word, taken=True))

    @property
    def is_quiet(self) -> bool:
        """Whether nothing is under way any more."""
        return not self._under_way

    @property
    def texts(self) -> list[Message]:
        return [one for one in self.took if isinstance(one, Message)]

    @property
    def calls(self) -> list[CallRecord]:
        return [one for one in self.took if isinstance(one, CallRecord)]


class Telegram(TelegramServer):
    """Knows every chat that it is asked for."""

    def __init__(self) -> None:
        super().__init__(BOT)
        self.dice = random.Random(20261129)

    def know(self, chat: int) -> None:
        self.service.chats[chat] = {"id": chat, "type": "private", "first_name": "Test"}

    def misbehave(self, count: int) -> None:
        """Let so many of the next calls fail, each in a way of its own."""
        ways: tuple[Failure, ...] = (
            Refused(429, "Too Many Requests: retry after 1", 1),
            Refused(500, "Internal Server Error"),
            Slow(2),
            HangUp(done=True),
            HangUp(done=False),
            Garbled(),
        )
        self.orders["sendMessage"].extend(self.dice.choice(ways) for _ in range(count))

    def behave(self) -> None:
        self.orders["sendMessage"].clear()

    def sent(self) -> Counter[tuple[int, str]]:
        """How often each text reached each chat, whether or not the bot was answered."""
        return Counter((message["chat"]["id"], message["text"]) for message in self.arrived)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.arrived: list[dict[str, object]] = []
        sent = self.service._sent

        def kept(fields: object, **content: object) -> dict[str, object]:
            message = sent(fields, **content)
            if "text" in message:
                self.arrived.append(message)
            return message

        self.service._sent = kept
