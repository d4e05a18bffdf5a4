"""All that is Twilio's own: signed requests read, TwiML written, messages handed over; the only user of its library.

Sources: Twilio's documentation of "Webhooks security" (X-Twilio-Signature), "TwiML for Programmable Messaging", "TwiML
for Programmable Voice: Gather, Say, Dial", "Messages resource" and its "Error and warning dictionary".
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from aiohttp import ClientError, encode_basic_auth, web
from aiohttp.client_exceptions import ClientConnectorError
from pydantic import BaseModel, ConfigDict, Field
from structlog import get_logger
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.http.response import Response
from twilio.request_validator import RequestValidator
from twilio.rest import Client
from twilio.twiml import TwiML
from twilio.twiml.messaging_response import MessagingResponse
from twilio.twiml.voice_response import Gather, VoiceResponse

from core.errors import SendError, SendReason
from core.ports import Outbound, Sent

__all__ = ["Gather", "Sender", "TwiML", "TwilioSettings", "VoiceResponse", "Webhooks", "message_reply", "twiml"]

API = "https://api.twilio.com"
SEND_TIMEOUT_S = 10
LONGEST_WAIT_S = 3600.0
_REASONS: Mapping[int, SendReason] = {
    20003: "config",  # wrong credentials
    20404: "config",
    21606: "config",  # a sender that isn't ours
    21211: "invalid",  # no telephone number
    21614: "invalid",  # no mobile number
    21610: "opted_out",  # the recipient sent STOP
    21611: "throttled",  # the sender's queue is full
}
_log = get_logger()


class TwilioSettings(BaseModel):
    """What every Twilio channel's section has."""

    model_config = ConfigDict(extra="forbid")

    enabled: bool = False
    account_sid: str = Field(min_length=34, max_length=34, pattern="^AC[0-9a-fA-F]{32}$")
    auth_token: str = Field(min_length=1)
    from_number: str = Field(pattern=r"^\+\d{6,15}$")
    api_base: str = Field(API, pattern="^https?://")


class Webhooks:
    """Reads what Twilio sends to one of our addresses, `public_url` being how the public reaches us."""

    def __init__(self, settings: TwilioSettings, public_url: str) -> None:
        self._account_sid = settings.account_sid
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
        if not self._validator.validate(url, form, request.headers.get("X-Twilio-Signature", "")):
            _log.warning("webhook refused", path=request.path)
            raise web.HTTPForbidden(text="the signature does not fit")
        if form.get("AccountSid") != self._account_sid or not all(form.get(name) for name in needed):
            raise web.HTTPBadRequest(text=f"AccountSid, {', '.join(needed)} are needed")
        return form


class Sender:
    """Hands text messages over to Twilio."""

    def __init__(self, settings: TwilioSettings) -> None:
        self._settings = settings
        self._http: _HttpClient | None = None
        self._client: Client | None = None

    async def start(self) -> None:
        self._http = _HttpClient(self._settings.api_base)
        self._client = Client(self._settings.account_sid, self._settings.auth_token, http_client=self._http)

    async def stop(self) -> None:
        if self._http is not None:
            await self._http.close()

    async def send(self, message: Outbound) -> Sent:
        """Raises SendError; `unknown` when the message may have been taken."""
        if self._client is None:
            raise SendError("config", "the channel is not started")
        try:
            async with asyncio.timeout(SEND_TIMEOUT_S):
                made = await self._client.messages.create_async(
                    to=message.to, from_=self._settings.from_number, body=message.text
                )
        except TwilioRestException as error:
            raise _refused(error) from error
        except ClientConnectorError as error:
            raise SendError("unreachable", type(error).__name__) from error
        except (TimeoutError, ClientError, TwilioException) as error:
            raise SendError("unknown", type(error).__name__) from error
        return Sent(str(made.sid))


class _HttpClient(AsyncTwilioHttpClient):  # type: ignore[misc]
    """The library's own client, sent to another server that speaks the same interface where the settings say so."""

    def __init__(self, api_base: str) -> None:
        super().__init__(timeout=None)
        self._api_base = api_base.rstrip("/")

    async def request(self, method: str, url: str, **kwargs: Any) -> Response:
        # Seconds and credentials as the library hands them on are deprecated below it; who sends keeps the time.
        kwargs["timeout"] = None
        if auth := kwargs.pop("auth", None):
            kwargs["headers"] = {**(kwargs.get("headers") or {}), "Authorization": encode_basic_auth(*auth)}
        response = await super().request(method, self._api_base + url.removeprefix(API), **kwargs)
        if response.status_code == web.HTTPTooManyRequests.status_code:
            # Told here, for the library's own exception knows nothing of when to come again.
            raise SendError("throttled", "HTTP 429", retry_after=_seconds(response.headers))
        return response


def _seconds(headers: Mapping[str, str] | None) -> float | None:
    """When Twilio wants to be asked again; it writes seconds."""
    told = (headers or {}).get("Retry-After", "")
    return min(float(told), LONGEST_WAIT_S) if told.isascii() and told.isdigit() else None


def _refused(error: TwilioRestException) -> SendError:
    status, code = int(error.status), int(error.code or 0)
    if code in _REASONS:
        return SendError(_REASONS[code], f"Twilio {code}")
    if status in (web.HTTPUnauthorized.status_code, web.HTTPNotFound.status_code):
        return SendError("config", f"Twilio {code}")
    if status >= web.HTTPInternalServerError.status_code:
        return SendError("unknown", f"HTTP {status}")
    return SendError("rejected", f"Twilio {code}")


def message_reply(text: str) -> str:
    """The TwiML that answers a text message; an empty text answers nothing."""
    response = MessagingResponse()
    if text:
        response.message(text)
    return str(response)


def twiml(text: str) -> web.Response:
    return web.Response(text=text, content_type="text/xml")


async def _form(request: web.Request) -> Mapping[str, str]:
    if request.content_type != "application/x-www-form-urlencoded":
        raise web.HTTPUnsupportedMediaType(text="a form is needed")
    try:
        posted = await request.post()
    except (UnicodeDecodeError, LookupError, ValueError) as error:
        raise web.HTTPBadRequest(text="the form can't be read") from error
    return {name: value for name, value in posted.items() if isinstance(value, str)}
