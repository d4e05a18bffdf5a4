"""Text messages through Twilio: its webhook checked and answered in TwiML.

Sources: Twilio's documentation of "Webhooks security" (X-Twilio-Signature), "Messaging webhooks" (parameters, 15 s
time-out, repeats) and "TwiML for Programmable Messaging".
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field
from structlog import get_logger
from twilio.request_validator import RequestValidator
from twilio.twiml.messaging_response import MessagingResponse

from core.asker import Asker
from core.dialogue.conversation import Conversation
from core.errors import Unavailable
from core.scratch import Scratch

PATH = "/channels/twilio/sms"
ANSWERS_KEPT_S = 24 * 3600
_WORKING = "…"
_WAIT_S, _WAITS = 0.1, 100
_log = get_logger()


class TwilioSmsSettings(BaseModel):
    """`[channels.twilio_sms]`"""

    model_config = ConfigDict(extra="forbid")

    enabled: bool = False
    account_sid: str = Field(min_length=34, max_length=34, pattern="^AC[0-9a-fA-F]{32}$")
    auth_token: str = Field(min_length=1)
    from_number: str = Field(pattern=r"^\+\d{6,15}$")
    api_base: str = "https://api.twilio.com"


class TwilioSms:
    """Answers each incoming message once; a repeated MessageSid gets the same answer and has no second effect."""

    name = "twilio_sms"
    Settings = TwilioSmsSettings

    def __init__(
        self, settings: TwilioSmsSettings, conversation: Conversation, scratch: Scratch, public_url: str
    ) -> None:
        self._conversation, self._scratch = conversation, scratch
        self._account_sid = settings.account_sid
        self._validator = RequestValidator(settings.auth_token)
        self._url = public_url.rstrip("/") + PATH

    async def start(self) -> None:
        """Nothing to connect to: Twilio calls us."""

    async def stop(self) -> None:
        """Nothing to disconnect from."""

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        return (web.post(PATH, self.receive),)

    async def receive(self, request: web.Request) -> web.Response:
        """The webhook. 403 for what Twilio didn't sign, 400 for what isn't a message."""
        form = await _form(request)
        # Twilio signs the address it was given: ours as the public sees it, whatever a proxy makes of it.
        url = self._url + (f"?{request.query_string}" if request.query_string else "")
        if not self._validator.validate(url, form, request.headers.get("X-Twilio-Signature", "")):
            _log.warning("webhook refused", channel=self.name)
            raise web.HTTPForbidden(text="the signature does not fit")
        sid, sender = form.get("MessageSid", ""), form.get("From", "")
        if not sid or not sender or form.get("AccountSid") != self._account_sid:
            raise web.HTTPBadRequest(text="MessageSid, From and AccountSid are needed")
        return _twiml(await self._answer_once(sid, sender, form.get("Body", "")))

    async def _answer_once(self, sid: str, sender: str, body: str) -> str:
        key = f"twilio:{sid}"
        try:
            first = await self._scratch.claim(key, _WORKING, ANSWERS_KEPT_S)
        except Unavailable as error:
            # Without the memory a repeat is answered anew: a second answer is better than none.
            _log.warning("repeats not recognised", channel=self.name, error=str(error))
            return await self._conversation.answer(Asker("sms", sender), body)
        if not first and (known := await self._answered(key)) is not None:
            return known
        try:
            answer = await self._conversation.answer(Asker("sms", sender), body)
        except BaseException:
            await self._scratch.drop(key)
            raise
        await self._scratch.put(key, "=" + answer, ANSWERS_KEPT_S)
        return answer

    async def _answered(self, key: str) -> str | None:
        """The answer of the same message, waited for while it is being made."""
        for _ in range(_WAITS):
            known = await self._scratch.get(key)
            if known != _WORKING:
                return known[1:] if known else None
            await asyncio.sleep(_WAIT_S)
        return None


async def _form(request: web.Request) -> Mapping[str, str]:
    if request.content_type != "application/x-www-form-urlencoded":
        raise web.HTTPUnsupportedMediaType(text="a form is needed")
    try:
        posted = await request.post()
    except (UnicodeDecodeError, LookupError, ValueError) as error:
        raise web.HTTPBadRequest(text="the form can't be read") from error
    return {name: value for name, value in posted.items() if isinstance(value, str)}


def _twiml(answer: str) -> web.Response:
    response = MessagingResponse()
    if answer:
        response.message(answer)
    return web.Response(text=str(response), content_type="text/xml")
