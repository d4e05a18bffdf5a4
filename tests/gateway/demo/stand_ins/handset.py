"""A telephone in the hand of a test: it keeps what came, and does what it was told to do when it is spoken to."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from gateway.demo.stand_ins.twilio_call import Call, Spoken
from gateway.demo.stand_ins.twilio_records import Message


class Handset:
    def __init__(self, *does: Callable[[Call], object]) -> None:
        self.texts: list[str] = []
        self.said: list[Spoken] = []
        self.asked: list[int] = []
        self.ended = ""
        self.rang = 0
        self._does = list(does)
        self.answers = True

    def receives(self, message: Message) -> None:
        self.texts.append(message.body)

    def rings(self, call: Call) -> None:
        self.rang += 1
        if self.answers:
            call.answer()

    def hears(self, call: Call, said: Iterable[Spoken]) -> None:
        self.said += said
        call.heard()

    def is_asked(self, call: Call, digits: int) -> None:
        self.asked.append(digits)
        if self._does:
            self._does.pop(0)(call)

    def over(self, call: Call, why: str) -> None:
        self.ended = why
