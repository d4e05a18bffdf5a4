"""What citizens ask about random cases of a database, each with the right PIN, from many senders."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections.abc import Callable, Sequence
from itertools import count
from typing import NamedTuple
from urllib.parse import urlencode

import asyncpg
import orjson
from twilio.request_validator import RequestValidator

from bench.load import get, post
from bench.servers import SECRET
from core.keys import Keys

SENDERS = 20_000
PUBLIC_URL = "https://haoban.example"
ACCOUNT, AUTH_TOKEN = "AC" + "0" * 32, "a token for measuring"
SMS = "/channels/twilio/sms"
CHANNEL = {
    "CHANNELS__TWILIO_SMS__ENABLED": "true",
    "CHANNELS__TWILIO_SMS__ACCOUNT_SID": ACCOUNT,
    "CHANNELS__TWILIO_SMS__AUTH_TOKEN": AUTH_TOKEN,
    "CHANNELS__TWILIO_SMS__FROM_NUMBER": "+8610000000000",
    "SERVER__PUBLIC_URL": PUBLIC_URL,
}
MOST_CASES = 50_000
_CASES = f"SELECT id, number FROM approval_case WHERE status <> 'draft' ORDER BY {{order}} LIMIT {MOST_CASES}"
_serials = count(1)


class Known(NamedTuple):
    id: int
    number: str


class Questions:
    """Requests drawn at random from the cases of one database, each drawing another one."""

    def __init__(self, cases: Sequence[Known], senders: int = SENDERS) -> None:
        self._cases, self._senders = cases, senders
        self._keys, self._dice = Keys(SECRET), random.Random(20260102)
        self._validator = RequestValidator(AUTH_TOKEN)

    def status(self, number: int) -> list[bytes]:
        """The JSON API, by number and PIN."""
        return self._drawn(number, self._status)

    def sms(self, number: int) -> list[bytes]:
        """Twilio's webhook, signed."""
        return self._drawn(number, self._sms)

    def page(self, number: int) -> list[bytes]:
        """What the code on a receipt opens."""
        return self._drawn(number, self._page)

    def items(self, words: Sequence[str]) -> Callable[[int], list[bytes]]:
        """The search for items by everyday words."""
        paths = [f"/api/v1/items?{urlencode({'q': word})}" for word in words]
        return lambda number: [get(path, self._sender()) for path in self._dice.choices(paths, k=number)]

    def pairs(self, number: int, way: str) -> tuple[list[bytes], list[bytes]]:
        """Questions to the JSON API, and about the same cases the other way: `sms` or `page`."""
        cases = self._dice.choices(self._cases, k=number)
        ask = {"sms": self._sms, "page": self._page}[way]
        return [self._status(case) for case in cases], [ask(case) for case in cases]

    def _drawn(self, number: int, ask: Callable[[Known], bytes]) -> list[bytes]:
        return [ask(case) for case in self._dice.choices(self._cases, k=number)]

    def _status(self, case: Known) -> bytes:
        body = orjson.dumps({"number": case.number, "pin": self._keys.pin(case.number, 1)})
        return post("/api/v1/status", body, "application/json", self._sender())

    def _sms(self, case: Known) -> bytes:
        serial = next(_serials)
        form = {
            "MessageSid": f"SM{serial:032x}",
            "AccountSid": ACCOUNT,
            "From": f"+86138{serial % self._senders:08d}",
            "To": "+8610000000000",
            "Body": f"CX {case.number} {self._keys.pin(case.number, 1)}",
            "NumMedia": "0",
        }
        signature = self._validator.compute_signature(PUBLIC_URL + SMS, form)
        kind = "application/x-www-form-urlencoded"
        return post(SMS, urlencode(form).encode(), kind, {"X-Twilio-Signature": signature})

    def _page(self, case: Known) -> bytes:
        return get(f"/q/{self._keys.token(case.id, 1)}", self._sender())

    def _sender(self) -> dict[str, str]:
        sender = self._dice.randrange(self._senders)
        return {"X-Forwarded-For": f"10.20.{sender >> 8}.{sender & 255}"}


def questions(url: str, senders: int = SENDERS) -> Questions:
    """About the cases of a database, which is put in order and written to the disk first."""
    if url.startswith("sqlite://"):
        with sqlite3.connect(url.removeprefix("sqlite://")) as connection:
            return Questions([Known(*row) for row in connection.execute(_CASES.format(order="id * 7919 % 10007"))])
    return Questions(asyncio.run(_of_postgres(url)), senders)


async def _of_postgres(url: str) -> list[Known]:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("VACUUM ANALYZE", timeout=3600)
        await connection.execute("CHECKPOINT", timeout=3600)
        return [Known(*row) for row in await connection.fetch(_CASES.format(order="md5(number)"))]
    finally:
        await connection.close()
