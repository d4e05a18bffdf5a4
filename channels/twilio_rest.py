"""What we ask of Twilio: messages and calls made, its records read, its refusals put into our terms.

Sources: Twilio's documentation of the "Messages resource", the "Calls resource" and its "Error and warning dictionary".
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from channels.provider_client import Answer, ProviderClient
from channels.twilio_wire import TwilioSettings
from core.errors import SendError, SendReason
from core.notify.states import State
from core.ports import Outbound, Receipt

_REASONS: Mapping[int, SendReason] = {
    20003: "config",  # wrong credentials
    20404: "config",
    21606: "config",  # a sender that isn't ours
    21211: "invalid",  # no telephone number
    21214: "invalid",  # a number that can't be called
    21614: "invalid",  # no mobile number
    21610: "opted_out",  # the recipient sent STOP
    21611: "throttled",  # the sender's queue is full
}
MESSAGE_STATES: Mapping[str, State] = {
    "accepted": State.ACCEPTED,
    "scheduled": State.ACCEPTED,
    "queued": State.ACCEPTED,
    "sending": State.ACCEPTED,
    "sent": State.SENT,
    "delivered": State.DELIVERED,
    "read": State.READ,
    "undelivered": State.FAILED,
    "failed": State.FAILED,
    "canceled": State.FAILED,
}
CALL_STATES: Mapping[str, State] = {
    "queued": State.ACCEPTED,
    "initiated": State.ACCEPTED,
    "ringing": State.ACCEPTED,
    "in-progress": State.SENT,
    "answered": State.SENT,
    # The notice that was heard to its end was told before; a call that ends without that failed.
    "completed": State.FAILED,
    "busy": State.FAILED,
    "no-answer": State.FAILED,
    "failed": State.FAILED,
    "canceled": State.FAILED,
}


class TwilioRest:
    """Twilio's interface for one account."""

    def __init__(self, settings: TwilioSettings) -> None:
        self._settings = settings
        self._account = f"{settings.api_base.rstrip('/')}/2010-04-01/Accounts/{settings.account_sid}"
        self._client = ProviderClient(settings.account_sid, settings.auth_token)

    async def start(self) -> None:
        await self._client.start()

    async def stop(self) -> None:
        await self._client.stop()

    async def create(self, resource: str, form: Mapping[str, str]) -> str:
        """Make a message or a call; Twilio's name for it. Raises SendError."""
        answer = await self._client.post(f"{self._account}/{resource}.json", form)
        if answer.status == web.HTTPCreated.status_code:
            sid = answer.content.get("sid") if isinstance(answer.content, dict) else None
            if not sid:
                raise SendError("unknown", "an answer without a sid")
            return str(sid)
        raise _refused(answer)

    async def balance(self) -> str:
        """What is left on the account. Raises SendError. Source: "Balance resource"."""
        answer = await self._client.get(f"{self._account}/Balance.json", {})
        if answer.status != web.HTTPOk.status_code or not isinstance(answer.content, dict):
            raise _refused(answer)
        return f"answers, balance {answer.content.get('balance')} {answer.content.get('currency')}"

    async def messages(self, sought: Outbound, since: datetime) -> list[Receipt]:
        """What Twilio knows of messages to somebody with the same words since a moment's day."""
        # Twilio searches by the day in UTC.
        query = {"To": sought.to, "From": self._settings.from_number, "DateSent>": f"{since.astimezone(UTC):%Y-%m-%d}"}
        answer = await self._client.get(f"{self._account}/Messages.json", query)
        if answer.status != web.HTTPOk.status_code or not isinstance(answer.content, dict):
            raise _refused(answer)
        same = [found for found in answer.content.get("messages", ()) if _is_same(found, sought)]
        return [_receipt(sought.id, str(found.get("status")), str(found["sid"])) for found in same]


def _receipt(message: int, word: str, sid: str) -> Receipt:
    return Receipt(message, MESSAGE_STATES.get(word, State.ACCEPTED), word, sid)


def _is_same(found: Any, sought: Outbound) -> bool:
    return isinstance(found, dict) and found.get("body") == sought.text and bool(found.get("sid"))


def _refused(answer: Answer) -> SendError:
    code = answer.content.get("code") if isinstance(answer.content, dict) else 0
    code = code if isinstance(code, int) else 0
    if answer.status == web.HTTPTooManyRequests.status_code:
        return SendError("throttled", "HTTP 429", retry_after=answer.retry_after)
    if answer.status >= web.HTTPInternalServerError.status_code or answer.status < web.HTTPBadRequest.status_code:
        return SendError("unknown", f"HTTP {answer.status}")
    if code in _REASONS:
        return SendError(_REASONS[code], f"Twilio {code}")
    if answer.status in (web.HTTPUnauthorized.status_code, web.HTTPForbidden.status_code, web.HTTPNotFound.status_code):
        return SendError("config", f"HTTP {answer.status}, Twilio {code}")
    return SendError("rejected", f"Twilio {code}")
