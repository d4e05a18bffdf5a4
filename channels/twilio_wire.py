"""What Twilio sends us and is answered: signed requests read, TwiML written; the only user of its library.

Sources: Twilio's documentation of "Webhooks security" (X-Twilio-Signature), "TwiML for Programmable Messaging" and
"TwiML for Programmable Voice: Gather, Say, Dial".
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping
from xml.sax.saxutils import escape

from aiohttp import web
from multidict import CIMultiDict
from pydantic import BaseModel, ConfigDict, Field
from structlog import get_logger
from twilio.request_validator import RequestValidator
from twilio.twiml import TwiML
from twilio.twiml.messaging_response import MessagingResponse
from twilio.twiml.voice_response import Gather, VoiceResponse

from core.form_body import fields_in

__all__ = ["Gather", "TwiML", "TwilioSettings", "VoiceResponse", "Webhooks", "message_reply", "twiml"]

API = "https://api.twilio.com"
UTF_8, MOST_FIELDS = "utf-8", 200
_log = get_logger()


class TwilioSettings(BaseModel):
    """What every Twilio channel's section has; the rates are messages or calls a second, 0 for no limit."""

    model_config = ConfigDict(extra="forbid")

    enabled: bool = False
    account_sid: str = Field(min_length=34, max_length=34, pattern="^AC[0-9a-fA-F]{32}$")
    auth_token: str = Field(min_length=1)
    from_number: str = Field(pattern=r"^\+\d{6,15}$")
    api_base: str = Field(API, pattern="^https?://")
    per_second: float = Field(0, ge=0, le=1000)
    account_per_second: float = Field(0, ge=0, le=1000)


class Webhooks:
    """Reads what Twilio sends to one of our addresses, `public_url` being how the public reaches us."""

    def __init__(self, settings: TwilioSettings, public_url: str) -> None:
        self._account_sid = settings.account_sid
        self._begun = hmac.new(settings.auth_token.encode(), digestmod="sha1")
        self._validator = RequestValidator(settings.auth_token)
        self._public_url = public_url.rstrip("/")

    def address(self, path: str) -> str:
        return self._public_url + path

    async def read(self, request: web.Request, *needed: str) -> Mapping[str, str]:
        """The form of a request. 403 for what Twilio didn't sign, 400 for what isn't whole."""
        form = await _form(request)
        # Twilio signs the address it was given: ours as the public sees it, whatever a proxy makes of it.
        raw = request.rel_url.raw_query_string
        url = self.address(request.path) + (f"?{raw}" if raw else "")
        if not self._is_signed(url, form, request.headers.get("X-Twilio-Signature", "")):
            _log.warning("webhook refused", path=request.path)
            raise web.HTTPForbidden(text="the signature does not fit")
        if form.get("AccountSid") != self._account_sid or not all(form.get(name) for name in needed):
            raise web.HTTPBadRequest(text=f"AccountSid, {', '.join(needed)} are needed")
        # Signed as it came. A carrier that misreads an alphabet may bring NUL, which no database keeps.
        return {name: value.replace("\0", " ") for name, value in form.items()}

    def _is_signed(self, url: str, form: Mapping[str, str], signature: str) -> bool:
        """Whether Twilio signed it. Nearly always the address is as we gave it, which is looked at here; the library's
        own check tries it with a port and without one, and takes each of them apart first: half of what a text message
        costs on its way in.
        """
        mac = self._begun.copy()
        mac.update((url + "".join([name + form[name] for name in sorted(form)])).encode())
        right = base64.b64encode(mac.digest())
        if hmac.compare_digest(right, signature.encode(errors="replace")):
            return True
        return bool(self._validator.validate(url, form, signature))


def message_reply(text: str) -> str:
    """The TwiML that answers a text message; an empty text answers nothing."""
    return _BEFORE + escape(text) + _AFTER if text else _NOTHING


def _around_a_message() -> tuple[str, str]:
    """What the library writes before and after the words of a message; it is the same each time, and dear to write."""
    response, words = MessagingResponse(), "words"
    response.message(words)
    before, _, after = str(response).partition(words)
    return before, after


_BEFORE, _AFTER = _around_a_message()
_NOTHING = str(MessagingResponse())
_XML = CIMultiDict({"Content-Type": "text/xml; charset=utf-8"})


def twiml(text: str) -> web.Response:
    return web.Response(body=text.encode(), headers=_XML)


async def _form(request: web.Request) -> Mapping[str, str]:
    if request.content_type != "application/x-www-form-urlencoded":
        raise web.HTTPUnsupportedMediaType(text="a form is needed")
    if (request.charset or UTF_8).lower() != UTF_8:  # others have characters that can't be written in it
        raise web.HTTPBadRequest(text="a form in UTF-8 is needed")
    return fields_in(await request.read(), MOST_FIELDS)
