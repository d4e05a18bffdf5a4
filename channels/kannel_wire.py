"""What Kannel sends us and is asked for: its requests read, its sendsms called, its words put into our terms.

Source: Kannel's user guide, "Using the HTTP interface to send SMS messages" and "SMS push reply codes".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network
from typing import Annotated, Any
from urllib.parse import unquote_to_bytes

from aiohttp import web
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from channels.carrier_numbers import NumberStyle
from channels.lists import listed
from channels.provider_client import Answer, ProviderClient
from core.dialogue.segments import is_gsm
from core.errors import SendError
from core.notify.states import State

ALL_REPORTS = "31"
REPORTS: Mapping[str, State] = {
    "1": State.DELIVERED,
    "2": State.FAILED,
    "4": State.ACCEPTED,  # it waits in the carrier's centre
    "8": State.SENT,  # the carrier's centre has it
    "16": State.FAILED,  # the carrier's centre refused it
}
_SEVEN_BIT, _UCS2 = "0", "2"
_CHARSETS = frozenset({"utf-8", "iso-8859-1", "latin1", "windows-1252", "us-ascii", "gbk", "gb18030"})


class KannelSettings(BaseModel):
    """`[channels.kannel]`: `secret` and `allowed` tell Kannel from others, `callback_url` is how it reaches us."""

    model_config = ConfigDict(extra="forbid")

    enabled: bool = False
    secret: str = Field(min_length=16, pattern=r"^[A-Za-z0-9_.~-]+$")
    allowed: Annotated[tuple[IPv4Network | IPv6Network, ...], BeforeValidator(listed)] = Field(
        (IPv4Network("127.0.0.1/32"), IPv6Network("::1/128")), validate_default=True
    )
    callback_url: str = Field("http://127.0.0.1:8080", pattern="^https?://")
    send_url: str = Field(pattern="^https?://")
    username: str = Field(min_length=1)
    password: str = Field(min_length=1)
    sender: str = Field("", pattern=r"^\+?\d{0,20}$")
    numbers: NumberStyle = "international"
    smsc: str = ""
    status_url: str = Field("", pattern="^(https?://.*)?$")
    status_password: str = ""
    per_second: float = Field(0, ge=0, le=2000)
    account_per_second: float = Field(0, ge=0, le=2000)


@dataclass(frozen=True, slots=True)
class Arrived:
    """A text message as Kannel hands it over; `text` is None for one without words that can be read."""

    id: str
    sender: str
    text: str | None


def arrived(query: str) -> Arrived:
    """The message that a request brings. 400 for one without its number or its sender."""
    fields = {name: value for name, _, value in (pair.partition("=") for pair in query.split("&"))}
    sender = _bytes(fields, "from").decode("ascii", "replace")
    name = _bytes(fields, "id").decode("ascii", "replace")
    if not sender or not name or len(name) > 64 or len(sender) > 20:
        raise web.HTTPBadRequest(text="id and from are needed")
    coding = _bytes(fields, "coding").decode("ascii", "replace")
    return Arrived(name, sender, _text(_bytes(fields, "text"), coding, _bytes(fields, "charset")))


def _bytes(fields: Mapping[str, str], name: str) -> bytes:
    return unquote_to_bytes(fields.get(name, "").replace("+", " "))


def _text(body: bytes, coding: str, charset: bytes) -> str | None:
    """Kannel hands over what is in UTF-16 as it came, and the seven-bit alphabet in a charset that it names."""
    if coding == _UCS2:
        return body.decode("utf-16-be", "replace")
    if coding in ("", _SEVEN_BIT):
        named = charset.decode("ascii", "replace").lower()
        return body.decode(named if named in _CHARSETS else "utf-8", "replace")
    return None


class GatewayClient:
    """Kannel's smsbox, to which messages are handed, and its bearerbox, which tells how it is."""

    def __init__(self, settings: KannelSettings) -> None:
        self._settings = settings
        self._client = ProviderClient()

    async def start(self) -> None:
        await self._client.start()

    async def stop(self) -> None:
        await self._client.stop()

    async def send(self, to: str, text: str, report_address: str) -> None:
        """Hand a message over. Raises SendError."""
        headers = {
            "X-Kannel-Username": self._settings.username,
            "X-Kannel-Password": self._settings.password,
            "X-Kannel-From": self._settings.sender,
            "X-Kannel-To": to,
            "X-Kannel-SMSC": self._settings.smsc,
            "X-Kannel-Coding": _SEVEN_BIT if is_gsm(text) else _UCS2,
        }
        if report_address:
            headers |= {"X-Kannel-DLR-Mask": ALL_REPORTS, "X-Kannel-DLR-Url": report_address}
        filled = {name: value for name, value in headers.items() if value}
        answer = await self._client.post_text(self._settings.send_url, text, filled)
        if answer.status != web.HTTPAccepted.status_code:
            raise _refused(answer)

    async def probe(self) -> str:
        """How Kannel is: by its status page where that is set, else by whether its sendsms knows us."""
        if self._settings.status_url:
            return await self._status()
        # A message to nobody: who may send is looked at first.
        answer = await self._client.post_text(
            self._settings.send_url,
            "",
            {"X-Kannel-Username": self._settings.username, "X-Kannel-Password": self._settings.password},
        )
        if answer.status == web.HTTPForbidden.status_code:
            raise _refused(answer)
        return "answers"

    async def _status(self) -> str:
        answer = await self._client.get(self._settings.status_url, {"password": self._settings.status_password})
        page = answer.body.decode("utf-8", "replace")
        if answer.status != web.HTTPOk.status_code or "Denied" in page[:200]:
            raise SendError("config", "the status page refuses: see channels.kannel.status_url and status_password")
        online, lines = page.count("(online "), page.partition("SMSC connections:")[2]
        if not online:
            raise SendError("unreachable", "Kannel answers, but no connection to a carrier is online")
        return f"answers, {online} of {sum('[' in line for line in lines.splitlines())} connections to carriers online"


def _refused(answer: Answer) -> SendError:
    told: Any = answer.body.decode("utf-8", "replace").strip()[:80]
    match answer.status:
        case web.HTTPForbidden.status_code:
            return SendError("config", f"Kannel: {told}")
        case web.HTTPServiceUnavailable.status_code:
            return SendError("throttled", f"Kannel: {told}", retry_after=answer.retry_after)
        case web.HTTPNotFound.status_code | web.HTTPBadRequest.status_code:
            return SendError("rejected", f"Kannel: {told}")
    return SendError("unknown", f"HTTP {answer.status}")
