"""The voice line on the centre's own exchange, Asterisk: it hands calls over, and makes those that bring a notice.

Source: Asterisk's documentation of FastAGI (the application AGI with an agi:// address) and of the action Originate.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from structlog import get_logger

from channels.agi import MOST_LINE_BYTES, Agi, HungUp
from channels.ami import Ami, Packet
from channels.asterisk_call import RING_S, Call
from channels.carrier_numbers import NumberStyle, from_carrier, to_carrier
from channels.lists import listed
from channels.speech import SpeechSettings, SpeechStore
from core.asker import Asker
from core.dialogue.prompts import fixed
from core.errors import NotFound, SendError, SettingsError
from core.notify.states import Kind, State
from core.ports import Outbound, Prompt, Receipt, Sent
from core.switchboard import Switchboard

PLACE = "channels.asterisk"
MARK = "notice call"
_NOTICE = re.compile(r"notice/(\d{1,18})/([0-9a-f]{32})")
_ACTION = re.compile(r"haoban-notice-(\d{1,18})")
_NUMBER = re.compile(r"\+?\d{3,15}")
_ADDRESS = r"^[A-Za-z0-9.:\[\]-]+:\d{1,5}$"
ENDED_S = 5.0
_log = get_logger(channel="asterisk")


class AsteriskSettings(BaseModel):
    """`[channels.asterisk]`: calls come to `listen`, which the exchange knows as `agi_url`; `ami` is its manager."""

    model_config = ConfigDict(extra="forbid")

    enabled: bool = False
    listen: str = Field("127.0.0.1:4573", pattern=_ADDRESS)
    allowed: Annotated[tuple[IPv4Network | IPv6Network, ...], BeforeValidator(listed)] = Field(
        (IPv4Network("127.0.0.1/32"), IPv6Network("::1/128")), validate_default=True
    )
    most_calls: int = Field(300, ge=1, le=5000)
    agi_url: str = Field("agi://127.0.0.1:4573", pattern=r"^agi://[A-Za-z0-9.:\[\]-]+$")
    ami: str = Field("127.0.0.1:5038", pattern=_ADDRESS)
    ami_username: str = ""
    ami_password: str = ""
    from_number: str = Field("", pattern=r"^(\+?\d{3,15})?$")
    dial: str = Field("PJSIP/{number}@carrier", pattern=r"^[A-Za-z0-9_/@.{}:-]+$")
    numbers: NumberStyle = "national"
    wait_s: int = Field(6, ge=2, le=30)
    detect_machines: bool = True
    speech: SpeechSettings = Field(default_factory=SpeechSettings)
    per_second: float = Field(1, ge=0, le=100)
    account_per_second: float = Field(0, ge=0, le=100)

    @model_validator(mode="after")
    def _is_whole(self) -> AsteriskSettings:
        if "{number}" not in self.dial:
            raise ValueError("dial must have {number} in it")
        if self.ami_username and not self.ami_password:
            raise ValueError("ami_password is missing")
        return self


class Asterisk:
    """Calls that come in, and calls that say a notice. Their proof is a person who heard it to its end."""

    name = "asterisk"
    kind = Kind.VOICE
    proof = State.READ
    asks_as = "voice"
    Settings = AsteriskSettings

    def __init__(self, settings: AsteriskSettings, switchboard: Switchboard) -> None:
        self._settings, self._switchboard = settings, switchboard
        self._speech = SpeechStore(settings.speech, fixed(switchboard.languages))
        host, _, port = settings.ami.rpartition(":")
        self._ami = Ami(host, int(port), settings.ami_username, settings.ami_password, self._failed)
        self._server: asyncio.Server | None = None
        self._calls: set[asyncio.Task[None]] = set()
        self.account = f"asterisk:{settings.ami}"
        self.per_second, self.account_per_second = settings.per_second, settings.account_per_second

    async def start(self, *, receiving: bool = True) -> None:
        """Raises SettingsError where the address is taken."""
        if not receiving:
            return
        self._speech.start()
        host, _, port = self._settings.listen.rpartition(":")
        try:
            self._server = await asyncio.start_server(
                self._take, host.strip("[]"), int(port), limit=MOST_LINE_BYTES, reuse_port=True
            )
        except OSError as error:
            problem = f"{PLACE}.listen: {self._settings.listen} can't be used: {error.strerror}"
            raise SettingsError([problem]) from None

    async def stop(self) -> None:
        """Calls under way are cut off: the exchange goes on in its dialplan."""
        if self._server is not None:
            self._server.close()
        for call in tuple(self._calls):
            call.cancel()
        if self._calls:
            await asyncio.wait(self._calls, timeout=ENDED_S)
        await self._ami.stop()
        await self._speech.stop()

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        return ()

    async def send(self, message: Outbound) -> Sent:
        """Call somebody; what is said is asked for when they answer. Raises SendError."""
        if not self._settings.ami_username:
            raise SendError("config", f"{PLACE}.ami_username is not set: no calls can be made")
        number = to_carrier(message.to, self._settings.numbers)
        if not _NUMBER.fullmatch(number):
            raise SendError("invalid", "no telephone number")
        mark = self._switchboard.keys.mark(MARK, str(message.id))
        answer = await self._ami.ask(
            "Originate",
            ActionID=f"haoban-notice-{message.id}",
            Channel=self._settings.dial.replace("{number}", number),
            Application="AGI",
            Data=f"{self._settings.agi_url}/notice/{message.id}/{mark}",
            Timeout=str(RING_S * 1000),
            Async="true",
            **({"CallerID": self._settings.from_number} if self._settings.from_number else {}),
        )
        if answer.get("Response") == "Success":
            return Sent(answer.get("ActionID", ""))
        told = answer.get("Message", "")[:80]
        raise SendError("config" if "permission" in told.lower() else "rejected", f"Originate: {told}")

    async def probe(self) -> str:
        """Whether the exchange's manager takes our name; without one the line only answers."""
        if not self._settings.ami_username:
            return f"listens on {self._settings.listen}; no calls are made: ami_username is not set"
        answer = await self._ami.ask("Ping")
        if answer.get("Response") != "Success":
            raise SendError("config", "the exchange's manager does not answer a ping")
        return "the exchange's manager answers"

    # What the prompts sound like

    def prompts(self) -> list[Prompt]:
        return self._speech.prompts()

    async def wave(self, name: str) -> bytes:
        return await self._speech.wave(name)

    # Calls

    def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self._may_call(writer) or len(self._calls) >= self._settings.most_calls:
            _log.warning("call refused", calls=len(self._calls))
            writer.close()
            return
        call = asyncio.create_task(self._live(reader, writer))
        self._calls.add(call)
        call.add_done_callback(self._calls.discard)

    async def _live(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._handle(Agi(reader, writer))
        except HungUp:
            pass
        except Exception as error:  # the exchange goes on in its dialplan, and other calls are none of its business
            _log.error("call broken off", error=type(error).__name__)
        finally:
            writer.close()

    def _may_call(self, writer: asyncio.StreamWriter) -> bool:
        peer = writer.get_extra_info("peername")
        return bool(peer) and any(ip_address(peer[0]) in network for network in self._settings.allowed)

    async def _handle(self, agi: Agi) -> None:
        """A call that came in, or one that we made. A line that is switched off leaves callers to the dialplan."""
        about = await agi.opened()
        call = Call(agi, self._speech, self._switchboard, dial=self._settings.dial, wait_s=self._settings.wait_s)
        if notice := _NOTICE.fullmatch(about.get("network_script", "")):
            await self._tell(call, int(notice[1]), notice[2])
        elif not await self._switchboard.is_off(PLACE):
            await call.converse(Asker(self.asks_as, _caller(about)))

    async def _tell(self, call: Call, message: int, mark: str) -> None:
        """Say a notice to who was called, and keep whether it was heard to its end."""
        if not self._switchboard.keys.is_marked(MARK, str(message), mark):
            raise NotFound("this is no call of ours")
        words = await self._switchboard.spoken.words(message)
        take = self._switchboard.receipts.take
        try:
            heard = await call.notify(words, detects_machines=self._settings.detect_machines)
        except HungUp:
            await take(Receipt(message, State.FAILED, "hung up before the end"))
            raise
        state = State.DELIVERED if heard.by == "machine" else State.READ
        await take(Receipt(message, state, "heard to the end", heard_by=heard.by))
        await call.hang_up()

    async def _failed(self, action: str, packet: Packet) -> None:
        """A call that nobody took."""
        if named := _ACTION.fullmatch(action):
            reason = _REASONS.get(packet.get("Reason", ""), f"reason {packet.get('Reason', '')[:10]}")
            await self._switchboard.receipts.take(Receipt(int(named[1]), State.FAILED, reason))


_REASONS = {"0": "no such number", "1": "no answer", "3": "no answer", "5": "busy", "8": "congestion"}


def _caller(about: dict[str, str] | Packet) -> str:
    """Who calls. A caller without a number is known by the call alone, or strangers would go on with each other's."""
    number = from_carrier(about.get("callerid", ""))
    return number if _NUMBER.fullmatch(number) else f"call:{about.get('uniqueid', '')}"
