"""Whatever strangers send to every public entrance: refused or answered, soon, and without leaving anything behind.

python -m bench.day.strangers --inputs 20000
"""

from __future__ import annotations

import argparse
import asyncio
import io
import json
import sys
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from aiohttp import ClientError, ClientSession, ClientTimeout, FormData, TCPConnector
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bench.day.books import Entry, logged
from bench.day.citizens import SMS, TELEGRAM, VOICE, from_kiosk
from bench.day.clerks import PNG
from bench.day.course import Day, day
from bench.day.plan import Plan
from bench.day.report import books, keep
from bench.day.settings import ACCOUNT, AUTH_TOKEN, BOT_SECRET, PUBLIC_URL
from bench.day.town import WEB, town
from core.cases import Actor, Role
from core.database import Database
from core.errors import HaobanError
from core.exchange import import_items
from gateway.demo.stand_ins.twilio_webhooks import signature

SLOW_S, HANGS_S = 1.0, 20.0
WARM_UP, MOST_GROWTH = 0.25, 1.1
ENTRANCES = (
    *("sms", "voice", "receipt", "telegram", "status", "items", "page", "rating", "code", "form", "kiosk", "shelf"),
    *("photograph", "sign in", "scan", "other"),
)
NASTY = (
    *(
        "",
        "\0",
        "' OR 1=1 --",
        "{{7*7}}",
        "{0}",
        "%s%n",
        "../../etc/passwd",
        "<script>",
        "😀" * 40,
        "\u202e12",
        "１２３４",
    ),
    *("CX 261123000018 1", "查询", "9" * 400, "-1", "1e309", "null", "\ud7ff\uffff", "a\r\nSet-Cookie: x=1", "𠮷", "Ǆ"),
)
words = st.one_of(st.sampled_from(NASTY), st.text(max_size=120), st.text("0123456789*# CXcx查询", max_size=40))
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=6,
)
mutations = st.lists(st.tuples(st.integers(0, 4000), st.binary(min_size=1, max_size=8)), max_size=6)


def _office() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("word/document.xml", "<w/>")
    return made.getvalue()


FILES = (
    PNG,
    b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF",
    _office(),
    b"GIF89a",
    b"PK\x03\x04",
    b"\xff\xd8\xff\xe0",
)
LISTS = (
    ("csv", "实施主体,事项名称,实施编码,事项类型\n局,事项,FUZZ1,行政许可\n".encode()),
    ("json", json.dumps([{"task_code": "FUZZ2", "name": "x", "department": "y", "materials": [{}]}]).encode()),
    ("xlsx", _office()),
)


def mutated(content: bytes, changes: list[tuple[int, bytes]]) -> bytes:
    """With other bytes here and there."""
    for at, put in changes:
        at %= len(content) + 1
        content = content[:at] + put + content[at + len(put) :]
    return content


@dataclass
class Strangers:
    """Who sends; what came of it is counted by the entrance."""

    day: Day
    http: ClientSession
    sent: Counter[str] = field(default_factory=Counter)
    amiss: list[str] = field(default_factory=list)
    slowest_s: float = 0.0
    serial: int = 0

    async def send(self, entrance: str, said: str, more: Any, raw: bytes) -> None:
        """One input; once more when its answer took long, for others have the machine too."""
        self.serial += 1
        request = _requests(self)[entrance](said, more, raw)
        took_s, status = await self._asked(*request)
        if took_s > SLOW_S:
            took_s, status = await self._asked(*request)
        self.sent[entrance] += 1
        self.slowest_s = max(self.slowest_s, took_s)
        if status >= 500 or took_s > SLOW_S:
            self.amiss.append(f"{entrance}: HTTP {status} in {took_s:.1f} s: {said!r:.80} {more!r:.80} {raw!r:.60}")

    async def _asked(self, method: str, path: str, sent: dict[str, Any]) -> tuple[float, int]:
        """How long it took, and the status: none for a closed line, and for a 503 that says when to come back."""
        began = time.perf_counter()
        own = {"X-Forwarded-For": f"10.{self.serial >> 16 & 63}.{self.serial >> 8 & 255}.{self.serial & 255}"}
        sent = sent | {"headers": own | sent.get("headers", {})}
        try:
            async with self.http.request(method, path, allow_redirects=False, **sent) as got:
                await got.read()
                status = 0 if got.status == 503 and "Retry-After" in got.headers else got.status
        except (ClientError, ValueError):
            status = 0
        except TimeoutError:
            status = 599
        return time.perf_counter() - began, status


Request = tuple[str, str, dict[str, Any]]


def _requests(who: Strangers) -> dict[str, Callable[[str, Any, bytes], Request]]:
    """The request that brings an input to an entrance, by the entrance's name."""
    n, case, kiosk = who.serial, who.day.county.standing[who.serial % 50], from_kiosk(who.day.county, 0)
    caller, secret = f"+86155{n:08d}", {"X-Telegram-Bot-Api-Secret-Token": BOT_SECRET}
    head = who.day.teams[0].members["head"]
    chat = {"id": 7_000_000 + n, "type": "private"}

    def signed(path: str, form: dict[str, str]) -> Request:
        form = {"AccountSid": ACCOUNT, **form}
        return (
            "POST",
            path,
            {"data": form, "headers": {"X-Twilio-Signature": signature(AUTH_TOKEN, PUBLIC_URL + path, form)}},
        )

    def update(said: str, more: Any, _raw: bytes) -> Request:
        message = {
            "message_id": 1,
            "date": 0,
            "chat": chat,
            "from": {"id": chat["id"], "is_bot": False, "first_name": "x"},
        }
        body = {"update_id": 10_000_000 + n, "message": message | {"text": said}} if n % 3 else more
        return "POST", TELEGRAM, {"data": json.dumps(body), "headers": secret | {"Content-Type": "application/json"}}

    def scan(said: str, _more: Any, raw: bytes) -> Request:
        form = FormData({"mark": head.mark})
        form.add_field("file", raw, filename=said[:60] or "x")
        return "POST", f"/staff/cases/{case.number}/files", {"data": form, "headers": head._headers}

    return {
        "sms": lambda said, more, raw: signed(SMS, {"MessageSid": f"SMF{n}", "From": caller, "Body": said}),
        "voice": lambda said, more, raw: signed(
            f"{VOICE}?turn={n % 4}",
            {"CallSid": f"CAF{n // 4}", "From": "+8615600000000", ("Digits", "SpeechResult")[n % 2]: said},
        ),
        "receipt": lambda said, more, raw: signed(
            f"/channels/twilio/status?message={quote(said)}", {"MessageSid": said or "x", "MessageStatus": "delivered"}
        ),
        "telegram": update,
        "status": lambda said, more, raw: (
            ("POST", "/api/v1/status", {"json": {"number": said, "pin": more}})
            if n % 2
            else ("POST", "/api/v1/status", {"data": raw})
        ),
        "items": lambda said, more, raw: (
            "GET",
            f"/{'api/v1/' * (n % 2)}items?{('q', 'department', 'page', 'limit')[n // 2 % 4]}={quote(said)}",
            {},
        ),
        "shelf": lambda said, more, raw: ("GET", f"/kiosk/zh/guide/topic?name={quote(said)}", {"headers": kiosk}),
        "page": lambda said, more, raw: ("POST", "/cases", {"data": {"number": said, "pin": case.pin}}),
        "rating": lambda said, more, raw: (
            "POST",
            "/cases/rating",
            {"data": {"token": case.token if n % 2 else said, "score": said, "words": said}},
        ),
        "code": lambda said, more, raw: ("GET", f"/q/{quote(said, safe='')}{case.token[n % 32 :]}", {}),
        "form": lambda said, more, raw: (
            "GET",
            f"/{('forms', 'items', 'board', 'notices')[n % 4]}/{quote(said, safe='')}",
            {},
        ),
        "kiosk": lambda said, more, raw: (
            "POST",
            "/kiosk/zh/case",
            {"data": {"number": said, "token": said}, "headers": kiosk},
        ),
        "photograph": lambda said, more, raw: ("POST", "/kiosk/zh/photograph", {"data": raw, "headers": kiosk}),
        "sign in": lambda said, more, raw: ("POST", "/staff/sign-in", {"data": {"login": said, "password": said}}),
        "scan": scan,
        "other": lambda said, more, raw: (("PUT", "HEAD", "OPTIONS")[n % 3], f"/{quote(said)}", {"data": raw}),
    }


async def send_all(today: Day, inputs: int) -> list[Entry]:
    """So many inputs, the memory measured after a part of them and at the end."""
    loop = asyncio.get_running_loop()
    await today.teams[0].members["head"].page("/staff/work")
    connector, timeout = TCPConnector(limit=50), ClientTimeout(total=HANGS_S)
    async with ClientSession(f"http://127.0.0.1:{today.town.port}", connector=connector, timeout=timeout) as http:
        strangers = Strangers(today, http)

        def run(count: int) -> None:
            @settings(
                max_examples=count,
                deadline=None,
                database=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
            @given(st.sampled_from(ENTRANCES), words, json_values, st.sampled_from(FILES), mutations)
            def one(entrance: str, said: str, more: Any, content: bytes, changes: list[tuple[int, bytes]]) -> None:
                sent: Future[None] = asyncio.run_coroutine_threadsafe(
                    strangers.send(entrance, said, more, mutated(content, changes)), loop
                )
                sent.result(3 * HANGS_S)

            one()

        await asyncio.to_thread(run, max(1, round(inputs * WARM_UP)))
        before = {name: today.town.memory_mib(name) for name in WEB}
        await asyncio.to_thread(run, inputs - round(inputs * WARM_UP))
    grown = {name: today.town.memory_mib(name) / before[name] for name in WEB}
    memory = [f"{name}: {times:.2f} times of {before[name]:.0f} MiB" for name, times in grown.items()]
    print("memory:", *memory, f"slowest {strangers.slowest_s:.2f} s", sep="\n  ")
    left_out = sorted(set(ENTRANCES) - strangers.sent.keys())
    return [
        *(Entry(f"Inputs at: {name}", strangers.sent[name], []) for name in ENTRANCES),
        Entry("No 5xx, and no answer later than 1 s", strangers.sent.total(), strangers.amiss),
        Entry("Entrances that were tried", len(ENTRANCES), left_out),
        Entry(
            "Memory that doesn't grow",
            len(grown),
            [one for one, times in zip(memory, grown.values(), strict=True) if times > MOST_GROWTH],
        ),
        logged(today),
    ]


def send_lists(url: str, folder: Path, inputs: int) -> Entry:
    """Lists of items, spoiled: taken, or refused with a reason."""
    amiss: list[str] = []

    @settings(
        max_examples=inputs,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.sampled_from(LISTS), mutations, words)
    def one(kind: tuple[str, bytes], changes: list[tuple[int, bytes]], said: str) -> None:
        path = folder / f"spoiled.{kind[0]}"
        path.write_bytes(mutated(kind[1].replace("事项".encode(), said.encode()[:60]), changes))
        try:
            asyncio.run(_imported(url, path))
        except HaobanError:
            pass
        except Exception as error:
            amiss.append(f"{type(error).__name__}: {error!s:.200} {path.read_bytes()!r:.200}")

    one()
    return Entry("Spoiled lists imported, or refused", inputs, amiss)


async def _imported(url: str, path: Path) -> None:
    database = Database(url)
    await database.open()
    try:
        await import_items(database, path, Actor("bench", Role.SYSTEM, channel="import"))
    finally:
        await database.close()


async def receive(inputs: int) -> list[Entry]:
    """All of it against the whole program."""
    with town() as machines:
        async with day(machines, Plan(0.005, 1)) as today:
            entries = await send_all(today, inputs)
            lists = await asyncio.to_thread(send_lists, machines.url, machines.folder, max(10, inputs // 100))
            machines.stop()
    return [*entries, lists]


def main(given_words: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=20_000)
    entries = asyncio.run(receive(parser.parse_args(given_words).inputs))
    text = "\n".join(["# Whatever strangers send", "", *books(entries)]) + "\n"
    print(text, f"kept in {keep(text, 'strangers.md')}", sep="\n")
    return 0 if all(entry.holds for entry in entries) else 1


if __name__ == "__main__":
    sys.exit(main())
