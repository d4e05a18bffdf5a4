"""A stranger at an entrance: what they bring, and what there is in the county that they may know of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any, TypeVar
from urllib.parse import quote

from bench.day.course import Day
from bench.day.people import Known
from bench.day.settings import ACCOUNT, AUTH_TOKEN, PUBLIC_URL
from bench.outbox import Way, put
from gateway.demo.stand_ins.twilio_webhooks import signature

MESSAGES = 240
MOSTLY = 0.85
PRINTER = "file:/dev/null"
WAYS = {
    "sms": Way("channels.twilio_sms", "text", "+86139"),
    "kannel": Way("channels.kannel", "text", "+86138"),
    "voice": Way("channels.twilio_voice", "voice", "+86137"),
    "mail": Way("channels.email", "mail", "somebody@m"),
}
_SENT = "SELECT id FROM message WHERE place = $1"
_FINISHED = "SELECT number FROM approval_case WHERE status IN ('completed', 'delivered')"

Request = tuple[str, str, dict[str, Any]]
Chosen = TypeVar("Chosen")


@dataclass(frozen=True)
class Facts:
    """What there is: numbers of messages by their channel, finished cases, a code of an item."""

    messages: Mapping[str, list[int]]
    finished: list[Known]
    item: str


@dataclass(frozen=True)
class Drawn:
    """What was drawn for one input; without dice everything is right that can be."""

    said: str = ""
    more: Any = None
    raw: bytes = b""
    seed: int | None = None


class Stranger:
    """The `n`-th who comes: the same input again is a new request, for a repeated one would only be remembered."""

    def __init__(self, day: Day, facts: Facts, n: int, drawn: Drawn) -> None:
        self.day, self.facts, self.n = day, facts, n
        self.said, self.more, self.raw = drawn.said, drawn.more, drawn.raw
        self._dice = None if drawn.seed is None else Random(f"{drawn.seed} {drawn.said}")
        self.case = self.one_of(day.county.standing)
        self.finished = self.one_of(facts.finished)

    def pick(self, right: Chosen, *others: Chosen) -> Chosen:
        """What is right, or any of these, each choice for itself."""
        return right if self._dice is None else self._dice.choice((right, *others))

    def mostly(self, right: Chosen, *others: Chosen) -> Chosen:
        """What is right in most cases: a request with many parts would hardly ever be let in otherwise."""
        return right if self._dice is None or self._dice.random() < MOSTLY else self._dice.choice(others)

    def one_of(self, known: list[Chosen]) -> Chosen:
        return known[self.n % len(known)] if self._dice is None else self._dice.choice(known)

    def times(self, most: int) -> range:
        """From once to so many times."""
        return range(self.pick(*range(1, most + 1)))

    def message(self, way: str) -> object:
        """The number of a message that was sent so, or something else in its place."""
        known = self.one_of(self.facts.messages[way])
        return self.mostly(known, self.said, known + 10**6)

    def header(self) -> str:
        """The words as far as a header can carry them."""
        return "".join(filter(str.isprintable, self.said)).strip()


Make = Callable[[Stranger], tuple[Request, ...]]


async def facts_of(day: Day) -> Facts:
    """Put messages there that providers can send receipts for, and printers; all that strangers may know."""
    await put(day.town.url, MESSAGES, "sent", "fuzz", tuple(WAYS.values()))
    await day.town.rows("UPDATE kiosk SET printer = $1", PRINTER)
    finished = {row["number"] for row in await day.town.rows(_FINISHED)}
    messages = {name: [row["id"] for row in await day.town.rows(_SENT, way.place)] for name, way in WAYS.items()}
    [item] = await day.town.rows("SELECT task_code FROM service_item ORDER BY id LIMIT 1")
    known = [case for case in day.county.standing if case.number in finished]
    return Facts(messages, known, item["task_code"])


def quoted(what: object) -> str:
    """As a part of an address."""
    return quote(str(what), safe="")


def by_twilio(path: str, form: dict[str, str]) -> Request:
    """Signed as Twilio signs."""
    form = {"AccountSid": ACCOUNT, **form}
    headers = {"X-Twilio-Signature": signature(AUTH_TOKEN, PUBLIC_URL + path, form)}
    return "POST", path, {"data": form, "headers": headers}
