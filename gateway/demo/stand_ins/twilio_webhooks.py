"""Twilio's side of webhooks: forms signed with the account's token and posted to whoever was named for them.

Sources: Twilio's documentation of "Webhooks security" (what is signed) and of "Messaging webhooks" (how long an answer
is waited for).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping

from aiohttp import ClientError, ClientSession, ClientTimeout

ANSWER_S = 15
Reach = Callable[[str], str]
Headers = Callable[[str, str], Mapping[str, str]]
"""What goes along with a webhook about a person's message or call, by the person's number and the call's trace."""


class WebhookFailed(Exception):
    """A webhook that did not answer as Twilio needs it; `status` 0 when it didn't answer at all."""

    def __init__(self, status: int) -> None:
        super().__init__(f"HTTP {status}" if status else "no answer")
        self.status = status


def signature(auth_token: str, url: str, form: Mapping[str, str]) -> str:
    """What Twilio writes in X-Twilio-Signature."""
    signed = url + "".join(name + form[name] for name in sorted(form))
    return base64.b64encode(hmac.new(auth_token.encode(), signed.encode(), hashlib.sha1).digest()).decode()


class Webhooks:
    """`reach` tells where an address of the account is reached from here; `headers` go along."""

    def __init__(self, auth_token: str, reach: Reach = lambda url: url, headers: Headers = lambda *_: {}) -> None:
        self._auth_token, self._reach, self._headers = auth_token, reach, headers
        self._http: ClientSession | None = None

    async def start(self) -> None:
        self._http = ClientSession(timeout=ClientTimeout(total=ANSWER_S))

    async def stop(self) -> None:
        if self._http is not None:
            await self._http.close()

    async def post(self, url: str, form: Mapping[str, str], person: str, trace: str = "") -> str:
        """What the webhook answers about a person's message or call. Raises WebhookFailed."""
        assert self._http is not None, "not started"  # noqa: S101
        headers = {"X-Twilio-Signature": signature(self._auth_token, url, form), **self._headers(person, trace)}
        try:
            async with self._http.post(self._reach(url), data=form, headers=headers) as answer:
                if answer.status >= 300:
                    raise WebhookFailed(answer.status)
                return await answer.text()
        except (ClientError, TimeoutError, OSError):
            raise WebhookFailed(0) from None
