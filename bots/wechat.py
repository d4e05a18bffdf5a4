"""The WeChat official account: the conversation as text with links to tap, notices, and codes that bind a case.

Source: WeChat's documentation for official accounts. It waits five seconds for an answer and asks three times.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine, Iterable, Mapping
from typing import Any, Literal

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, model_validator
from structlog import get_logger

from bots import wechat_xml as xml
from bots.wechat_api import OUTSIDE, Refused, WeChatApi
from bots.wechat_crypto import Seal, Unsealable, is_signed, signature
from bots.wechat_notices import Template, filled
from bots.wechat_xml import Arrived, Malformed
from core.asker import Asker
from core.dialogue.chat import Button, ChatMessage
from core.dialogue.screen import Picture
from core.errors import NotFound, SendError, Unavailable
from core.notify.states import Kind, State
from core.ports import Outbound, Sent
from core.switchboard import Switchboard

PATH, CODE_PATH = "/bots/wechat", "/bots/wechat/qr/{token}.png"
PASSIVE_S = 4.5
SKEW_S = 300
CODE_KEPT_S = 30 * 24 * 3600
STOP_S = 2.0
_log = get_logger(channel="wechat")


class WeChatSettings(BaseModel):
    """`[bots.wechat]`, as the account's page "基本配置" has it; `templates` are subscribed notices by their events."""

    model_config = ConfigDict(extra="forbid")

    enabled: bool = False
    app_id: str = Field(pattern=r"^wx[0-9a-f]{16}$")
    app_secret: str = Field(min_length=16)
    token: str = Field(pattern=r"^[A-Za-z0-9]{3,32}$")
    mode: Literal["encrypted", "plain"] = "encrypted"
    aes_key: str = Field("", pattern=r"^([A-Za-z0-9]{43})?$")
    api_base: str = Field("https://api.weixin.qq.com", pattern="^https?://")
    templates: dict[str, Template] = Field(default_factory=dict)
    per_second: float = Field(0, ge=0, le=1000)
    account_per_second: float = Field(0, ge=0, le=1000)

    @model_validator(mode="after")
    def _has_its_key(self) -> WeChatSettings:
        if self.mode == "encrypted" and not self.aes_key:
            raise ValueError("mode encrypted needs the aes_key")
        return self


class WeChat:
    """That WeChat took a message is all it ever says of it: its answer is the proof."""

    name = "wechat"
    kind = Kind.CHAT
    proof = State.SENT
    asks_as = "wechat"
    Settings = WeChatSettings

    def __init__(self, settings: WeChatSettings, switchboard: Switchboard) -> None:
        self._settings, self._switchboard = settings, switchboard
        self._seal = Seal(settings.aes_key, settings.app_id) if settings.mode == "encrypted" else None
        self._api = WeChatApi(settings.api_base, settings.app_id, settings.app_secret, switchboard.scratch)
        self._late: dict[str, asyncio.Task[None]] = {}
        self.account = f"wechat:{settings.app_id}"
        self.per_second, self.account_per_second = settings.per_second, settings.account_per_second

    async def start(self, *, receiving: bool = True) -> None:
        await self._api.start()

    async def stop(self) -> None:
        """Answers that are late are waited for a moment, and then given up."""
        if self._late:
            await asyncio.wait(self._late.values(), timeout=STOP_S)
        for task in tuple(self._late.values()):
            task.cancel()
        await asyncio.gather(*self._late.values(), return_exceptions=True)
        await self._api.stop()

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        return (
            web.get(PATH, self.prove, allow_head=False),
            web.post(PATH, self.receive),
            web.get(CODE_PATH, self.draw, allow_head=False),
        )

    async def probe(self) -> str:
        await self._api.token()
        return "answers, and gives us an access token"

    # What arrives

    async def prove(self, request: web.Request) -> web.Response:
        """WeChat asks once whether the address is ours. 403 for who isn't WeChat."""
        query = request.query
        self._admit(query.get("signature", ""), query.get("timestamp", ""), query.get("nonce", ""))
        return web.Response(text=query.get("echostr", ""))

    async def receive(self, request: web.Request) -> web.Response:
        """The webhook. 403 for what WeChat didn't sign, 400 for what can't be read."""
        body = await request.read()
        try:
            came = await self._opened(request.query, body)
        except (Malformed, Unsealable) as error:
            raise web.HTTPBadRequest(text=str(error)) from None
        if came.said is None or came.name in self._late:
            return _nothing()
        answering = asyncio.create_task(self._answer(came))
        done, _ = await asyncio.wait({answering}, timeout=PASSIVE_S)
        if not done:
            self._begin(came.name, self._answer_late(came, answering))
            return _nothing()
        pieces, is_new = answering.result()
        first, *rest = pieces or [""]
        if rest and is_new:
            self._begin(f"{came.name}:rest", self._say_all(came.user, rest))
        return self._passive(came, first) if first else _nothing()

    async def _opened(self, query: Mapping[str, str], body: bytes) -> Arrived:
        """A message that WeChat signed, and lately. Raises Malformed, Unsealable, 403."""
        at, nonce = query.get("timestamp", ""), query.get("nonce", "")
        if self._seal is None:
            signed = query.get("signature", "")
            self._admit(signed, at, nonce)
            found = xml.fields(body)
        else:
            found = xml.fields(body)
            signed = query.get("msg_signature", "")
            self._admit(signed, at, nonce, found.get("Encrypt", ""))
            found = xml.fields(self._seal.open(found.get("Encrypt", "")))
        came = xml.arrived(found)
        await self._once_alone(signed, came.name)
        return came

    def _admit(self, given: str, at: str, nonce: str, *more: str) -> None:
        signed = is_signed(given, self._settings.token, at, nonce, *more)
        lately = at.isascii() and at.isdigit() and len(at) <= 12 and abs(time.time() - int(at)) <= SKEW_S
        if not (signed and lately):
            _log.warning("webhook refused")
            raise web.HTTPForbidden(text="the signature does not fit")

    async def _once_alone(self, signed: str, name: str) -> None:
        """A signature is good for one message, which may come again; in plain mode it does not cover what is said."""
        scratch, place = self._switchboard.scratch, f"wechat:signed:{signed}"
        try:
            if not await scratch.claim(place, name, 2 * SKEW_S) and await scratch.get(place) != name:
                raise web.HTTPForbidden(text="this signature was used before")
        except Unavailable:
            return  # that it is of these minutes is all that can be known now

    async def _answer(self, came: Arrived) -> tuple[list[str], bool]:
        """The answer in pieces that WeChat takes, none for one of a flood; and whether it was not made before."""
        is_new = False

        async def make() -> str:
            nonlocal is_new
            is_new = True
            assert came.said is not None  # noqa: S101  (asked by the caller)
            asker = Asker(self.asks_as, came.user)
            answer = await self._switchboard.conversation.answer(asker, came.said, self._switchboard.chat)
            return self._written(answer) if answer else ""

        text = await self._switchboard.once.answer(f"wechat:{self._settings.app_id}:{came.name}", make)
        return xml.cut(text), is_new

    def _written(self, answer: ChatMessage) -> str:
        """The words, addresses of what goes with them, and a link to tap for each choice."""
        files = [self._address(one) for one in answer.attachments]
        rows = [*map(_link, answer.buttons), " ".join(map(_link, answer.steps))]
        return "\n".join(part for part in (answer.text, *files, *rows) if part)

    def _address(self, attachment: object) -> str:
        if isinstance(attachment, Picture):
            return attachment.address
        slug = getattr(attachment, "slug", "")
        return f"{self._switchboard.public_url}/forms/{slug}"

    def _passive(self, came: Arrived, text: str) -> web.Response:
        at = int(time.time())
        body = xml.passive(came, text, at)
        if self._seal is not None:
            content, nonce = self._seal.seal(body), str(at)
            signed = signature(self._settings.token, str(at), nonce, content)
            body = xml.sealed(content, signed, str(at), nonce)
        return web.Response(body=body, content_type="application/xml")

    def _begin(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._late[name] = task
        task.add_done_callback(lambda _: self._late.pop(name, None))

    async def _answer_late(self, came: Arrived, answering: asyncio.Task[tuple[list[str], bool]]) -> None:
        try:
            pieces, is_new = await answering
        except Exception as error:
            _log.error("answer failed", error=type(error).__name__)
            return
        if is_new:
            await self._say_all(came.user, pieces)

    async def _say_all(self, user: str, pieces: Iterable[str]) -> None:
        """By customer service, in their order. What fails is the citizen's to ask again."""
        try:
            for piece in pieces:
                await self._api.say(user, piece)
        except SendError as error:
            _log.warning("not sent", reason=error.reason, detail=error.detail)

    # Notices

    async def send(self, message: Outbound) -> Sent:
        """A message to who wrote lately, else a notice that they subscribed to. Raises SendError."""
        first, *rest = xml.cut(message.text) or [""]
        try:
            await self._api.say(message.to, first)
        except Refused as refused:
            if refused.code not in OUTSIDE:
                raise
            await self._subscribed(message)
            return Sent("", State.SENT)
        try:
            for piece in rest:
                await self._api.say(message.to, piece)
        except SendError as error:
            raise SendError("unknown", f"in the middle: {error.detail}") from None
        return Sent("", State.SENT)

    async def _subscribed(self, message: Outbound) -> None:
        try:
            content = await self._switchboard.contents.of(message.id)
        except NotFound:
            raise SendError("rejected", "the message has no content any more") from None
        except Unavailable:
            raise SendError("throttled", "the database is away") from None
        template = self._settings.templates.get(content.event) or self._settings.templates.get("default")
        if template is None:
            raise SendError("rejected", f"bots.wechat.templates has none for {content.event}")
        language = self._switchboard.languages[content.language]
        await self._api.notify(
            message.to, template.id, str(content.facts.get("link", "")), filled(template, content.facts, language)
        )

    # Codes

    async def draw(self, request: web.Request) -> web.Response:
        """The code that binds a case to who scans it in WeChat. Raises NotFound for a token that isn't ours."""
        token = request.match_info["token"]
        if self._switchboard.keys.read_token(token) is None:
            raise NotFound("this code is not valid")
        try:
            file = await self._switchboard.attachments.read(Picture(await self._scene(token)))
        except SendError as error:
            raise Unavailable(f"WeChat gave no code: {error.reason}") from None
        headers = {"Cache-Control": "private, max-age=86400"}
        return web.Response(body=file.content, content_type=file.media_type, headers=headers)

    async def _scene(self, token: str) -> str:
        """WeChat is asked once a day for a case, not by each who looks at its page."""
        place = f"wechat:code:{self._switchboard.keys.mark('wechat code', token)}"
        try:
            if kept := await self._switchboard.scratch.get(place):
                return kept
            address = await self._api.code(token, CODE_KEPT_S)
            await self._switchboard.scratch.put(place, address, 24 * 3600)
        except Unavailable:
            return await self._api.code(token, CODE_KEPT_S)
        return address


def _link(button: Button) -> str:
    """A link that sends its key when it is tapped; a number can be typed as well."""
    label = f"{button.key} {button.label}" if button.key.isdecimal() else button.label
    escaped = label.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return f'<a href="weixin://bizmsgmenu?msgmenucontent={button.key}&msgmenuid={button.turn}">{escaped}</a>'


def _nothing() -> web.Response:
    return web.Response(text="success")
