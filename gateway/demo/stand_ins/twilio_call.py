"""A call at Twilio: it rings, does what each document of the webhook says, and tells the webhook what was keyed.

Sources: Twilio's documentation of "TwiML for Programmable Voice": Say, Pause, Gather (numDigits, finishOnKey, timeout,
bargeIn, actionOnEmptyResult), Redirect, Dial (DialCallStatus), Hangup.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urljoin
from xml.etree import ElementTree as Xml

from gateway.demo.stand_ins.twilio_records import CallRecord
from gateway.demo.stand_ins.twilio_webhooks import WebhookFailed

MOST_STEPS = 200
MOST_UNHEARD = 100
LONGEST_PAUSE_S = 10
# How long somebody listens at most, who doesn't tell when it was said to the end.
SAID_S, A_CHARACTER_S = 3.0, 0.35
HUMAN, MACHINE = "human", "machine_end_beep"


class NotUnderstood(Exception):
    """A document that isn't TwiML, or says what no call can do: Twilio says that an application error has occurred."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """A sentence and the language it is spoken in, as zh-CN."""

    text: str
    language: str


class Ear(Protocol):
    """Who holds the telephone. All of it is told at once, nothing is waited for."""

    def rings(self, call: Call) -> None: ...

    def hears(self, call: Call, said: Iterable[Spoken]) -> None: ...

    def is_asked(self, call: Call, digits: int) -> None:
        """Keys are listened for: so many, 0 when any number is taken."""
        ...

    def over(self, call: Call, why: str) -> None: ...


Post = Callable[[str, Mapping[str, str]], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class _Keyed:
    keys: str


@dataclass(frozen=True, slots=True)
class _Uttered:
    words: str


class Call:
    """One call. Its person answers, presses, speaks and hangs up; `run` is what Twilio does.

    `trace` goes along with its webhooks: what the person does last may be told by it.
    """

    def __init__(self, record: CallRecord, ear: Ear, post: Post, *, ring_s: float = 30) -> None:
        self.record, self._ear, self._post, self._ring_s = record, ear, post, ring_s
        self._answered: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._done: asyncio.Queue[_Keyed | _Uttered] = asyncio.Queue()
        self._heard = asyncio.Event()
        self._running: asyncio.Task[None] | None = None
        self.trace, self.is_answered = "", record.direction == "inbound"

    # The person

    def answer(self, by: str = HUMAN) -> None:
        self._settle(by)

    def decline(self) -> None:
        self._settle("busy")

    def press(self, keys: str) -> None:
        for key in keys:
            self._do(_Keyed(key))

    def speak(self, words: str) -> None:
        self._do(_Uttered(words))

    def heard(self) -> None:
        """What was said last was said to its end."""
        self._heard.set()

    def hang_up(self) -> None:
        self._settle("canceled")
        if self._running is not None and self.is_answered:
            self._running.cancel()

    def _do(self, what: _Keyed | _Uttered) -> None:
        """What is done faster than it is listened to is lost at some point, as it is in life."""
        if self._done.qsize() < MOST_UNHEARD:
            self._done.put_nowait(what)

    def _settle(self, how: str) -> None:
        if not self._answered.done():
            self._answered.set_result(how)

    # Twilio

    async def run(self) -> None:
        """From the first ring to the end. Never raises for what the webhook does; `record.status` tells how it went."""
        self._running = asyncio.create_task(self._run())
        try:
            await asyncio.wait({self._running})
        finally:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)
            if self.record.status == "in-progress":
                self.record.status = "completed"
            self._ear.over(self, self.record.status)

    async def _run(self) -> None:
        if self.record.direction != "inbound" and not await self._is_answered():
            return
        self.record.status, self.is_answered = "in-progress", True
        try:
            await self._follow(self.record.url)
            self.record.status = "completed"
        except (NotUnderstood, WebhookFailed, ValueError):
            self.record.status = "failed"

    async def _is_answered(self) -> bool:
        self.record.status = "ringing"
        self._ear.rings(self)
        try:
            async with asyncio.timeout(self._ring_s):
                how = await self._answered
        except TimeoutError:
            how = "no-answer"
        if how in (HUMAN, MACHINE):
            self.record.answered_by = how
            return True
        self.record.status = how
        return False

    async def _follow(self, url: str) -> None:
        """One document after the other, each telling where the next is and what it is sent."""
        form: Mapping[str, str] = {}
        for _ in range(MOST_STEPS):
            step = await self._document(_read(await self._post(url, self.record.form(form))), url)
            if step is None:
                return
            url, form = urljoin(url, step[0]), step[1]

    async def _document(self, document: Xml.Element, url: str) -> tuple[str, dict[str, str]] | None:
        """Do what it says; where it goes on, and with what. Without an action that is where it came from."""
        for verb in document:
            match verb.tag:
                case "Say":
                    await self._say([verb])
                case "Pause":
                    await asyncio.sleep(min(float(verb.get("length", "1")), LONGEST_PAUSE_S))
                case "Gather":
                    if (given := await self._gather(verb)) is not None:
                        return verb.get("action", url), given
                case "Redirect":
                    return (verb.text or "").strip(), {}
                case "Dial":
                    # Nobody else has a telephone here.
                    return verb.get("action", url), {"DialCallStatus": "no-answer"}
                case "Hangup":
                    return None
                case _:
                    raise NotUnderstood(verb.tag)
        return None

    async def _say(self, says: Iterable[Xml.Element]) -> None:
        spoken = [Spoken(say.text or "", say.get("language", "en-US")) for say in says]
        if not spoken:
            return
        self._heard.clear()
        self._ear.hears(self, spoken)
        longest_s = SAID_S + A_CHARACTER_S * sum(len(one.text) for one in spoken)
        try:
            async with asyncio.timeout(longest_s):
                await self._heard.wait()
        except TimeoutError:
            return

    async def _gather(self, gather: Xml.Element) -> dict[str, str] | None:
        """What was keyed or spoken; None when nothing was, and the document goes on below."""
        most = int(gather.get("numDigits", "0"))
        self._ear.is_asked(self, most)
        first = await self._first(gather)
        if isinstance(first, _Uttered):
            return {"SpeechResult": first.words, "Confidence": "0.9"}
        if first is not None:
            return await self._keyed(first.keys, gather, most)
        return {} if gather.get("actionOnEmptyResult") == "true" else None

    async def _first(self, gather: Xml.Element) -> _Keyed | _Uttered | None:
        """The first that a person does, be it while something is said to them."""
        saying = asyncio.ensure_future(self._say(gather.iter("Say")))
        doing = asyncio.ensure_future(self._next(gather))
        try:
            await asyncio.wait({saying, doing}, return_when=asyncio.FIRST_COMPLETED)
            if not doing.done():
                await asyncio.wait({doing}, timeout=float(gather.get("timeout", "5")))
            return doing.result() if doing.done() else None
        finally:
            for each in (saying, doing):
                each.cancel()
            await asyncio.gather(saying, doing, return_exceptions=True)

    async def _next(self, gather: Xml.Element) -> _Keyed | _Uttered:
        """What is listened for; anything else goes unheard."""
        listened = gather.get("input", "dtmf").split()
        while True:
            done = await self._done.get()
            if ("dtmf" if isinstance(done, _Keyed) else "speech") in listened:
                return done

    async def _keyed(self, first: str, gather: Xml.Element, most: int) -> dict[str, str]:
        """All the keys, until there are enough, the last one is pressed, or no other comes in time."""
        last, keys = gather.get("finishOnKey", "#"), ""
        key = first
        while True:
            if key == last:
                return {"Digits": keys, "FinishedOnKey": key}
            keys += key
            if most and len(keys) >= most:
                return {"Digits": keys}
            try:
                async with asyncio.timeout(float(gather.get("timeout", "5"))):
                    done = await self._next(gather)
            except TimeoutError:
                return {"Digits": keys}
            if isinstance(done, _Uttered):
                return {"Digits": keys}
            key = done.keys


def _read(document: str) -> Xml.Element:
    try:
        found = Xml.fromstring(document)  # noqa: S314  (our own program's)
    except Xml.ParseError:
        raise NotUnderstood("no XML") from None
    if found.tag != "Response":
        raise NotUnderstood(found.tag)
    return found
