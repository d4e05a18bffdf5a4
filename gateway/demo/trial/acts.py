"""What is done on `/try`: with the telephone, in the chat, at the desk, and what is ordered of the stand-ins."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from core.errors import BadRequest, NotFound
from core.rates import Rate
from gateway.demo.stand_ins.twilio_orders import CODES
from gateway.demo.stand_ins.twilio_webhooks import WebhookFailed
from gateway.demo.trial.desk import TrialDesk
from gateway.demo.trial.hops import trace
from gateway.demo.trial.stories import DOING, Doing
from gateway.demo.trial.trial import Trial
from gateway.demo.trial.visit import Visit

MOST_WORDS, MOST_KEYS, MOST_DATA = 1600, 40, 64
CASES = "30/hour"
_ORDERS = frozenset({"ok", "lost", "slow", "cut after", *CODES})
Asked = Mapping[str, Any]


class Acts:
    """Each act begins a story, in which all that follows from it is told."""

    def __init__(self, trial: Trial, desk: TrialDesk) -> None:
        self._trial, self._desk = trial, desk
        self._cases = Rate("trial cases", CASES)
        self._does: Mapping[str, Callable[[Visit, Asked], Awaitable[None]]] = {
            "text": self._text,
            "dial": self._dial,
            "answer": self._answer,
            "decline": self._decline,
            "press": self._press,
            "speak": self._speak,
            "heard": self._heard,
            "hang_up": self._hang_up,
            "write": self._write,
            "tap": self._tap,
            "open": self._open,
            "move": self._move,
            "order": self._order,
            "language": self._language,
        }

    async def do(self, visit: Visit, asked: Asked) -> None:
        """Raises BadRequest for what can't be done, NotFound for what isn't there any more, Wait."""
        does = self._does.get(text_of(asked, "what", MOST_KEYS))
        if does is None:
            raise BadRequest("this can't be done here")
        await does(visit, asked)

    async def open(self, visit: Visit) -> None:
        """Take in a case for the visitor."""
        await self._open(visit, {})

    # The telephone

    async def _text(self, visit: Visit, asked: Asked) -> None:
        words = text_of(asked, "words", MOST_WORDS)
        story = _begin(visit, "try.story.text")
        visit.tell("text", by="me", words=words)

        async def send() -> None:
            try:
                answer = await self._trial.twilio.text(visit.number, words, trace(visit, story))
            except WebhookFailed as failed:
                visit.tell("fault", status=failed.status)
                return
            if answer:
                visit.tell("text", by="centre", words=answer)

        visit.go_on(send())

    async def _dial(self, visit: Visit, _asked: Asked) -> None:
        if visit.call is not None:
            raise BadRequest("there is a call already")
        story = _begin(visit, "try.story.call")
        visit.digits = 0
        visit.call = self._trial.twilio.dial(visit.number, visit)
        visit.call.trace = trace(visit, story)

    async def _answer(self, visit: Visit, _asked: Asked) -> None:
        if visit.call is None:
            raise BadRequest("nobody calls")
        visit.call.answer()

    async def _decline(self, visit: Visit, _asked: Asked) -> None:
        if visit.call is not None:
            visit.call.decline()

    async def _press(self, visit: Visit, asked: Asked) -> None:
        keys = text_of(asked, "keys", MOST_KEYS)
        if set(keys) - set("0123456789*#"):
            raise BadRequest("a telephone has no such key")
        if visit.call is not None:
            visit.call.trace = trace(visit, _begin(visit, "try.story.keys"))
            visit.call.press(keys)

    async def _speak(self, visit: Visit, asked: Asked) -> None:
        words = text_of(asked, "words", MOST_WORDS)
        if visit.call is not None:
            visit.call.trace = trace(visit, _begin(visit, "try.story.spoken"))
            visit.call.speak(words)

    async def _heard(self, visit: Visit, _asked: Asked) -> None:
        if visit.call is not None:
            visit.call.heard()

    async def _hang_up(self, visit: Visit, _asked: Asked) -> None:
        if visit.call is not None:
            visit.call.hang_up()

    # The chat

    async def _write(self, visit: Visit, asked: Asked) -> None:
        words = text_of(asked, "words", MOST_WORDS)
        story = _begin(visit, "try.story.chat")
        visit.tell("chat", by="me", words=words, buttons=[], file=None)
        await self._trial.person(visit).write(words, trace(visit, story))

    async def _tap(self, visit: Visit, asked: Asked) -> None:
        data, number = text_of(asked, "data", MOST_DATA), asked.get("message")
        message = visit.messages.get(number) if isinstance(number, int) else None
        if message is None:
            raise NotFound("there is no such message any more")
        story = _begin(visit, "try.story.tap")
        await self._trial.person(visit).tap(data, message, trace(visit, story))

    async def _language(self, visit: Visit, asked: Asked) -> None:
        self._trial.speaks(visit, text_of(asked, "language", MOST_KEYS))

    # The desk, and what is ordered of the stand-ins

    async def _open(self, visit: Visit, _asked: Asked) -> None:
        await self._cases.take(visit.id)
        await self._desk.open(visit, _begin(visit, "try.story.open"))

    async def _move(self, visit: Visit, asked: Asked) -> None:
        to = text_of(asked, "to", MOST_KEYS)
        self._desk.may_move(visit, to)
        await self._desk.move(visit, to, _begin(visit, "try.story.move"))

    async def _order(self, visit: Visit, asked: Asked) -> None:
        how = text_of(asked, "how", MOST_KEYS)
        if how not in _ORDERS:
            raise BadRequest("the stand-in knows no such order")
        visit.order, visit.is_blocked = how, asked.get("blocked") is True
        self._trial.person(visit).block(blocked=visit.is_blocked)


def _begin(visit: Visit, what: str) -> int:
    story = visit.stories.begin(what)
    DOING.set(Doing(visit, story))
    return story


def text_of(asked: Asked, name: str, most: int) -> str:
    """A text of a request. Raises BadRequest when it isn't one, or has more characters than it may."""
    value = asked.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= most:
        raise BadRequest(f"{name} is needed, of {most} characters at most")
    return value
