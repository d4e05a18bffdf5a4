"""`/try`: the page, what is done on it, and what happens as a stream of events."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import orjson
from aiohttp import web

from core.errors import BadRequest, NotFound
from core.models import Kiosk
from core.rates import Rate
from gateway.demo.stand_ins.twilio_orders import CODES
from gateway.demo.stand_ins.twilio_webhooks import WebhookFailed
from gateway.demo.trial.desk import TrialDesk
from gateway.demo.trial.hops import VISIT, watch, webhooks_watched
from gateway.demo.trial.trial import Trial
from gateway.demo.trial.visit import Visit
from gateway.house import House
from gateway.registry import Adapter
from kiosk.frame import COOKIE
from webui.client import sender
from webui.language import language_of
from webui.look import environment
from webui.look.policy import SCRIPTED_POLICY
from webui.page import NO_STORE, render
from webui.site import WEB

PATH = "/try"
KIOSK = "试用一体机"
MOST_WORDS, MOST_KEYS = 1600, 40
VISITS = "30/10 minutes"
_AT = PATH + "/visits/{visit}"
_ORDERS = frozenset({"ok", "lost", "slow", "cut after", *CODES})
_WORDS = ("try.", "staff.status.", "staff.move.", "staff.message.states.", "choice.follow")
# What the page shows in frames of its own.
_FRAMED = ("/kiosk/", "/board/")


class TrialPages:
    """`/try` in an application whose channels lead to the stand-ins of a trial."""

    address = PATH

    def __init__(self, trial: Trial, house: House) -> None:
        self._trial, self._house, self._desk = trial, house, TrialDesk(house)
        self._visits, self._kiosk = Rate("trials", VISITS), ""
        self._templates = environment(pages="webui.pages", trial="gateway.demo.trial")
        self._does: Mapping[str, Callable[[Visit, Mapping[str, Any]], Awaitable[None]]] = {
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
            "block": self._block,
        }

    def install(self, app: web.Application, adapters: Mapping[str, Adapter]) -> None:
        watch(self._house, adapters, self._trial.at)
        app.middlewares.append(webhooks_watched(self._trial.find))
        app.on_startup.append(self._place_kiosk)
        app.on_shutdown.append(self._send_home)
        app.on_response_prepare.append(_framed)
        app.add_routes(
            [
                web.get(PATH, self.page),
                web.post(f"{PATH}/visits", self.begin),
                web.get(f"{_AT}/events", self.events),
                web.post(_AT, self.do),
                web.get(f"{_AT}/files/{{key}}", self.file),
            ]
        )

    async def page(self, request: web.Request) -> web.Response:
        language = language_of(request, request.app[WEB].catalogues)
        response = render(
            request,
            "trial/try.html",
            templates=self._templates,
            cache=NO_STORE,
            words={key: language.text(key) for key in sorted(language.keys) if key.startswith(_WORDS)},
            board=next(iter(self._house.settings.boards), ""),
            language=language.code,
        )
        response.headers["Content-Security-Policy"] = f"{SCRIPTED_POLICY}; frame-src 'self'"
        return response

    async def begin(self, request: web.Request) -> web.Response:
        """Somebody begins: a telephone, a chat, a kiosk and a case of their own."""
        site = request.app[WEB]
        await self._visits.take(sender(request, site.trusted_proxies))
        visit = await self._trial.visit(language_of(request, site.catalogues).code)
        VISIT.set(visit)
        visit.begin("try.story.open")
        await self._desk.open(visit)
        answer = web.json_response({"id": visit.id, "number": visit.number}, headers={"Cache-Control": NO_STORE})
        secure = site.is_secure or None
        answer.set_cookie(COOKIE, self._kiosk, path="/kiosk/", samesite="Strict", httponly=True, secure=secure)
        return answer

    async def events(self, request: web.Request) -> web.StreamResponse:
        """Server-sent events, each JSON with its `kind`; Last-Event-ID goes on after that one."""
        visit = self._trial.known(request.match_info["visit"])
        last = request.headers.get("Last-Event-ID", "0")
        after = int(last) if last.isascii() and last.isdigit() and len(last) < MOST_KEYS else 0
        response = web.StreamResponse(headers={"Cache-Control": NO_STORE, "X-Accel-Buffering": "no"})
        response.content_type = "text/event-stream"
        await response.prepare(request)
        try:
            async for event in visit.events(after):
                await response.write(event)
        except ConnectionResetError:
            pass  # the page was left
        return response

    async def do(self, request: web.Request) -> web.Response:
        """`what` is done, as JSON with what it needs; what becomes of it is told in events. Raises HaobanError."""
        visit = self._trial.known(request.match_info["visit"])
        asked = await _asked(request)
        does = self._does.get(_text_of(asked, "what", MOST_KEYS))
        if does is None:
            raise BadRequest("this can't be done here")
        VISIT.set(visit)
        await does(visit, asked)
        return web.Response(status=204)

    async def file(self, request: web.Request) -> web.Response:
        """A file that the bot sent. Raises NotFound."""
        self._trial.known(request.match_info["visit"])
        upload = self._trial.telegram.service.files.get(request.match_info["key"])
        if upload is None:
            raise NotFound("there is no such file any more")
        headers = {"Content-Disposition": "attachment", "Cache-Control": NO_STORE}
        if upload.content.startswith(b"\x89PNG"):
            return web.Response(body=upload.content, content_type="image/png", headers={"Cache-Control": NO_STORE})
        return web.Response(body=upload.content, content_type="application/octet-stream", headers=headers)

    async def _place_kiosk(self, _app: web.Application) -> None:
        """Its token is known to this process alone: each start places it anew."""
        await Kiosk.filter(name=KIOSK).delete()
        self._kiosk = await self._house.kiosks.register(KIOSK, "", "demonstration")

    async def _send_home(self, _app: web.Application) -> None:
        await self._trial.close()

    # The telephone

    async def _text(self, visit: Visit, asked: Mapping[str, Any]) -> None:
        words = _text_of(asked, "words", MOST_WORDS)
        visit.begin("try.story.text")
        visit.tell("text", by="me", words=words)

        async def send() -> None:
            try:
                answer = await self._trial.twilio.text(visit.number, words)
            except WebhookFailed as failed:
                visit.tell("fault", about=str(failed))
                return
            if answer:
                visit.tell("text", by="centre", words=answer)

        visit.go_on(send())

    async def _dial(self, visit: Visit, _asked: Mapping[str, Any]) -> None:
        if visit.call is None:
            visit.begin("try.story.call")
            visit.call = self._trial.twilio.dial(visit.number, visit)

    async def _answer(self, visit: Visit, _asked: Mapping[str, Any]) -> None:
        if visit.call is not None:
            visit.begin("try.story.answered")
            visit.call.answer()

    async def _decline(self, visit: Visit, _asked: Mapping[str, Any]) -> None:
        if visit.call is not None:
            visit.call.decline()

    async def _press(self, visit: Visit, asked: Mapping[str, Any]) -> None:
        keys = _text_of(asked, "keys", MOST_KEYS)
        if set(keys) - set("0123456789*#"):
            raise BadRequest("a telephone has no such key")
        if visit.call is not None:
            visit.begin("try.story.keys")
            visit.call.press(keys)

    async def _speak(self, visit: Visit, asked: Mapping[str, Any]) -> None:
        if visit.call is not None:
            visit.begin("try.story.spoken")
            visit.call.speak(_text_of(asked, "words", MOST_WORDS))

    async def _heard(self, visit: Visit, _asked: Mapping[str, Any]) -> None:
        if visit.call is not None:
            visit.call.heard()

    async def _hang_up(self, visit: Visit, _asked: Mapping[str, Any]) -> None:
        if visit.call is not None:
            visit.call.hang_up()

    # The chat

    async def _write(self, visit: Visit, asked: Mapping[str, Any]) -> None:
        words = _text_of(asked, "words", MOST_WORDS)
        visit.begin("try.story.chat")
        visit.tell("chat", by="me", words=words, buttons=[], file=None)
        await self._trial.person(visit).write(words)

    async def _tap(self, visit: Visit, asked: Mapping[str, Any]) -> None:
        data, number = _text_of(asked, "data", 64), asked.get("message")
        message = visit.messages.get(number) if isinstance(number, int) else None
        if message is None:
            raise NotFound("there is no such message any more")
        visit.begin("try.story.tap")
        await self._trial.person(visit).tap(data, message)

    # The desk, and what is ordered of the stand-ins

    async def _open(self, visit: Visit, _asked: Mapping[str, Any]) -> None:
        visit.begin("try.story.open")
        await self._desk.open(visit)

    async def _move(self, visit: Visit, asked: Mapping[str, Any]) -> None:
        visit.begin("try.story.move")
        await self._desk.move(visit, _text_of(asked, "to", MOST_KEYS))

    async def _order(self, visit: Visit, asked: Mapping[str, Any]) -> None:
        how = _text_of(asked, "how", MOST_KEYS)
        if how not in _ORDERS:
            raise BadRequest("the stand-in knows no such order")
        self._trial.order(visit, how)

    async def _block(self, visit: Visit, asked: Mapping[str, Any]) -> None:
        self._trial.person(visit).block(blocked=asked.get("blocked") is True)


async def _asked(request: web.Request) -> Mapping[str, Any]:
    """A small JSON object: a form of another site can't send one. Raises BadRequest."""
    if request.content_type != "application/json":
        raise BadRequest("JSON is needed")
    try:
        asked = orjson.loads(await request.read())
    except orjson.JSONDecodeError:
        raise BadRequest("this is no JSON") from None
    if not isinstance(asked, dict):
        raise BadRequest("an object is needed")
    return asked


def _text_of(asked: Mapping[str, Any], name: str, most: int) -> str:
    value = asked.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= most:
        raise BadRequest(f"{name} is needed, of {most} characters at most")
    return value


async def _framed(request: web.Request, response: web.StreamResponse) -> None:
    """The kiosk and the board stand in frames of our own page here, and nowhere else."""
    if request.path.startswith(_FRAMED):
        policy = response.headers.get("Content-Security-Policy", "")
        response.headers["Content-Security-Policy"] = policy.replace("frame-ancestors 'none'", "frame-ancestors 'self'")
