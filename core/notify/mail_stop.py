"""No more mail, by one click: what stands in each mail that one can do without, and what the click then does.

Source: RFC 8058, one-click unsubscribing: the mail program posts to the address in the mail, without anybody signed in.
"""

from __future__ import annotations

from dataclasses import dataclass

from core.database import reading
from core.errors import NotFound
from core.keys import Keys
from core.models import Message
from core.notify.addresses import masked
from core.notify.consent import Consent
from core.notify.states import REFUSABLE, Kind

PATH = "/mail/stop"
BY = "mail"
_PURPOSE = "mail stop"
_MOST_DIGITS = 18


@dataclass(frozen=True, slots=True)
class Stopping:
    """Whose mail it is about, masked, the language they read, and whether they have none already."""

    address: str
    language: str
    stopped: bool


def stop_token(keys: Keys, message_id: int) -> str:
    """What a mail's address to stop at ends with: it tells nothing of the person."""
    return f"{message_id}-{keys.mark(_PURPOSE, str(message_id))}"


class MailStop:
    def __init__(self, keys: Keys, consent: Consent) -> None:
        self._keys, self._consent = keys, consent

    async def state(self, token: str) -> Stopping:
        """Raises NotFound for a token that is none of ours."""
        address, language = await _of(self._message_id(token))
        return Stopping(masked(address), language, await self._is_out(address))

    async def stop(self, token: str) -> None:
        """No more mail to the address that a message went to but what the law has told; again: changes nothing.

        Raises NotFound for a token that is none of ours.
        """
        address, _ = await _of(self._message_id(token))
        if not await self._is_out(address):
            await self._consent.opt_out(address, BY, kind=Kind.MAIL)

    async def _is_out(self, address: str) -> bool:
        """Of every purpose, and not only of one."""
        return all([await self._consent.is_out(address, Kind.MAIL, purpose) for purpose in REFUSABLE])

    def _message_id(self, token: str) -> int:
        number, _, mark = token.partition("-")
        is_number = number.isascii() and number.isdigit() and len(number) <= _MOST_DIGITS
        if not is_number or not self._keys.is_marked(_PURPOSE, number, mark):
            raise NotFound("this address is not valid")
        return int(number)


@reading
async def _of(message_id: int) -> tuple[str, str]:
    message = await Message.get_or_none(id=message_id, kind=Kind.MAIL)
    if message is None:
        raise NotFound("this address is not valid")
    return message.address, message.language
