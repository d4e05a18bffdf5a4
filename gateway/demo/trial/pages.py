"""`/try`: the page, what is done on it, and what happens as a stream of events."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import orjson
from aiohttp import web

from core.errors import BadRequest, NotFound, Wait
from core.models import Case, Kiosk
from core.rates import Rate
from gateway.demo.trial.acts import Acts
from gateway.demo.trial.desk import TrialDesk
from gateway.demo.trial.hops import watch, webhooks_watched
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
KIOSK = "试用自助机"
VISITS = "30/10 minutes"
MOST_STREAMS = 4
MOST_DIGITS = 9
_AT = PATH + "/visits/{visit}"
_WORDS = ("try.", "staff.status.", "staff.move.", "staff.message.states.")
_MEDIA = {"css": "text/css", "js": "text/javascript"}
# What the page shows in frames of its own.
_FRAMED = ("/kiosk/", "/board/")


class TrialPages:
    """`/try` in an application whose channels lead to the stand-ins of a trial."""

    address = PATH

    def __init__(self, trial: Trial, house: House) -> None:
        self._trial, self._house, self._desk = trial, house, TrialDesk(house)
        self._acts, self._visits = Acts(trial, self._desk), Rate("trials", VISITS)
        self._templates = environment(pages="webui.pages", trial="gateway.demo.trial")

    def install(self, app: web.Application, adapters: Mapping[str, Adapter]) -> None:
        # All numbers lead to the stand-ins: here even made-up ones may be told.
        self._house.outbox.spares_applicants = False
        self._trial.on_leave = self._left
        watch(self._house, adapters, self._trial.at)
        app.middlewares.append(webhooks_watched(self._trial.find))
        app.on_startup.append(self._clear_up)
        app.on_shutdown.append(self._send_home)
        app.on_response_prepare.append(_framed)
        app.add_routes(
            [
                web.get(PATH, self.page),
                web.get(f"{PATH}/{{name}}.{{kind:css|js}}", _part),
                web.post(f"{PATH}/visits", self.begin),
                web.get(_AT, self.known),
                web.get(f"{_AT}/events", self.events),
                web.post(_AT, self.do),
                web.get(f"{_AT}/files/{{key}}", self.file),
            ]
        )

    async def page(self, request: web.Request) -> web.Response:
        catalogues = request.app[WEB].catalogues
        language = language_of(request, catalogues)
        words: dict[str, Any] = {key: language.text(key) for key in sorted(language.keys) if key.startswith(_WORDS)}
        words["follow"] = [catalogues[code].text("choice.follow") for code in catalogues.codes]
        response = render(
            request,
            "trial/try.html",
            templates=self._templates,
            cache=NO_STORE,
            words=words,
            board=next(iter(self._house.settings.boards), ""),
            language=language.code,
            own=lambda name: f"{PATH}/{name}?v={_parts()[name][1]}",
        )
        response.headers["Content-Security-Policy"] = f"{SCRIPTED_POLICY}; frame-src 'self'"
        return response

    async def begin(self, request: web.Request) -> web.Response:
        """Somebody begins: a telephone, a chat, a kiosk and a case of their own."""
        await _asked(request)
        site = request.app[WEB]
        await self._visits.take(sender(request, site.trusted_proxies))
        visit = await self._trial.visit(language_of(request, site.catalogues).code)
        visit.kiosk = f"{KIOSK} {visit.number[-4:]} {visit.id[:6]}"
        token = await self._house.kiosks.register(visit.kiosk, "", "demonstration")
        await self._acts.open(visit)
        answer = web.json_response({"id": visit.id, "number": visit.number}, headers={"Cache-Control": NO_STORE})
        secure = site.is_secure or None
        answer.set_cookie(COOKIE, token, path="/kiosk/", samesite="Strict", httponly=True, secure=secure)
        return answer

    async def known(self, request: web.Request) -> web.Response:
        """Whether the visit goes on. Raises NotFound."""
        self._trial.known(request.match_info["visit"])
        return web.Response(status=204)

    async def events(self, request: web.Request) -> web.StreamResponse:
        """Server-sent events, each JSON with its `kind`; Last-Event-ID goes on after that one."""
        visit = self._trial.known(request.match_info["visit"])
        if visit.listeners >= MOST_STREAMS:
            raise Wait(1)
        last = request.headers.get("Last-Event-ID", "0")
        after = int(last) if last.isascii() and last.isdigit() and len(last) <= MOST_DIGITS else 0
        response = web.StreamResponse(headers={"Cache-Control": NO_STORE, "X-Accel-Buffering": "no"})
        response.content_type = "text/event-stream"
        with visit.listening():
            await response.prepare(request)
            try:
                async for event in visit.events(after):
                    if request.transport is None or request.transport.is_closing():
                        break
                    if event:
                        await response.write(event)
            except ConnectionResetError:
                pass  # the page was left
        return response

    async def do(self, request: web.Request) -> web.Response:
        """`what` is done, as JSON with what it needs; what becomes of it is told in events. Raises HaobanError."""
        visit = self._trial.known(request.match_info["visit"])
        await self._acts.do(visit, await _asked(request))
        return web.Response(status=204)

    async def file(self, request: web.Request) -> web.Response:
        """A file that the bot sent the visitor. Raises NotFound."""
        visit, key = self._trial.known(request.match_info["visit"]), request.match_info["key"]
        upload = self._trial.telegram.service.files.get(key)
        if upload is None or not visit.was_sent(key):
            raise NotFound("there is no such file any more")
        kept = {"Cache-Control": NO_STORE}
        if upload.content.startswith(b"\x89PNG"):
            return web.Response(body=upload.content, content_type="image/png", headers=kept)
        kept["Content-Disposition"] = "attachment"
        return web.Response(body=upload.content, content_type="application/octet-stream", headers=kept)

    async def _left(self, visit: Visit) -> None:
        await Kiosk.filter(name=visit.kiosk).delete()
        await self._desk.forget(visit.number)

    async def _clear_up(self, _app: web.Application) -> None:
        """After a program that ended without a word: its visits are over too."""
        await Kiosk.filter(name__startswith=KIOSK).delete()
        left = Case.filter(channel="demo", mobile__startswith=self._trial.NUMBERS.removeprefix("+86"))
        for mobile in await left.distinct().values_list("mobile", flat=True):
            await self._desk.forget(f"+86{mobile}")

    async def _send_home(self, _app: web.Application) -> None:
        await self._trial.close()


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


@cache
def _parts() -> Mapping[str, tuple[bytes, str]]:
    """The page's own scripts and styles by their names, with their digests: nowhere else are they to be had."""
    folder = files(__package__).joinpath("static")
    bodies = {file.name: file.read_bytes() for file in folder.iterdir() if file.name.endswith(tuple(_MEDIA))}
    return {name: (body, hashlib.sha256(body).hexdigest()[:16]) for name, body in bodies.items()}


async def _part(request: web.Request) -> web.Response:
    name, kind = request.match_info["name"], request.match_info["kind"]
    if (part := _parts().get(f"{name}.{kind}")) is None:
        raise NotFound("there is no such file")
    kept = {"Cache-Control": "no-cache", "ETag": f'"{part[1]}"'}
    return web.Response(body=part[0], content_type=_MEDIA[kind], charset="utf-8", headers=kept)


async def _framed(request: web.Request, response: web.StreamResponse) -> None:
    """The kiosk and the board stand in frames of our own page here, and nowhere else."""
    if request.path.startswith(_FRAMED):
        policy = response.headers.get("Content-Security-Policy", "")
        response.headers["Content-Security-Policy"] = policy.replace("frame-ancestors 'none'", "frame-ancestors 'self'")
