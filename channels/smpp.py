"""Text messages straight to a carrier's centre by SMPP 3.4: several binds, receipts by its own names for messages.

Every process that is started binds, and whichever the SMSC hands a message or a receipt to takes it.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Iterable
from itertools import count
from typing import Literal

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field
from structlog import get_logger

from channels import smpp_wire as wire
from channels.carrier_numbers import NumberStyle, from_carrier, to_carrier
from channels.smpp_incoming import Incoming
from channels.smpp_names import Named, Names
from channels.smpp_receipt import report
from channels.smpp_session import Login, Refused, Session
from channels.smpp_text import segmented
from channels.smpp_wire import Address, Delivered, Frame
from core.asker import Asker
from core.dialogue.said import Said, Unreadable, Written
from core.errors import NotFound, SendError, Unavailable
from core.notify.states import Kind, State
from core.ports import Outbound, Receipt, Sent
from core.switchboard import Switchboard

_TON_OF = {"plus": 1, "international": 1, "national": 0}
_ISDN = 1
PLACE = "channels.smpp"
SLOW_DOWN_S, PATIENCE_S = 1.0, (1.0, 2.0, 3.0)
BOUND_WITHIN_S = 5.0
_log = get_logger(channel="smpp")


class SmppSettings(BaseModel):
    """`[channels.smpp]`: `numbers` is how the carrier wants telephones, `sender` and its types are as it gave them."""

    model_config = ConfigDict(extra="forbid")

    enabled: bool = False
    host: str = Field(min_length=1)
    port: int = Field(2775, ge=1, le=65535)
    tls: bool = False
    system_id: str = Field(min_length=1, max_length=15, pattern=r"^[\x21-\x7e]+$")
    password: str = Field(max_length=8, pattern=r"^[\x21-\x7e]*$")
    system_type: str = Field("", max_length=12, pattern=r"^[\x21-\x7e]*$")
    sender: str = Field(min_length=1, max_length=20, pattern=r"^(\+?\d+|[A-Za-z0-9 ]{1,11})$")
    sender_ton: int = Field(0, ge=0, le=6)
    sender_npi: Literal[0, 1, 3, 4, 6, 8, 9, 10, 14, 18] = 1
    numbers: NumberStyle = "international"
    binds: int = Field(1, ge=1, le=8)
    window: int = Field(10, ge=1, le=200)
    enquire_s: int = Field(30, ge=5, le=600)
    receipt_ids: Literal["auto", "same"] = "auto"
    per_second: float = Field(0, ge=0, le=2000)
    account_per_second: float = Field(0, ge=0, le=2000)


class Smpp:
    """Its proof is the receipt of the handset."""

    name = "smpp"
    kind = Kind.TEXT
    proof = State.DELIVERED
    asks_as = "sms"
    Settings = SmppSettings

    def __init__(self, settings: SmppSettings, switchboard: Switchboard) -> None:
        self._settings, self._switchboard = settings, switchboard
        self._login = Login(
            settings.host, settings.port, settings.tls, settings.system_id, settings.password, settings.system_type
        )
        self._sender = Address(settings.sender, settings.sender_ton, settings.sender_npi)
        self.account = f"smpp:{settings.system_id}@{settings.host}"
        self.per_second, self.account_per_second = settings.per_second, settings.account_per_second
        self._names = Names(switchboard, PLACE, either=settings.receipt_ids == "auto")
        self._incoming = Incoming(switchboard.scratch, PLACE)
        self._sessions = [self._session() for _ in range(settings.binds)]
        # From anywhere, so that two processes don't begin with the same.
        self._references = count(random.randrange(256))  # noqa: S311
        self._rest_until = self._patient_until = 0.0
        self._tasks: list[asyncio.Task[None]] = []

    def _session(self) -> Session:
        limits = {"window": self._settings.window, "enquire_s": self._settings.enquire_s}
        return Session(self._login, self._handle, self._incoming.lost, **limits)

    async def start(self, *, receiving: bool = True) -> None:
        """Connects beside the program's start: an SMSC that is away must not keep the other channels waiting.

        Who only sends connects with the first message.
        """
        if receiving:
            self._connect()

    def _connect(self) -> None:
        if not self._tasks:
            self._patient_until = time.monotonic() + BOUND_WITHIN_S
            self._tasks = [asyncio.create_task(session.run()) for session in self._sessions]

    async def stop(self) -> None:
        for session in self._sessions:
            await session.finish()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for session in self._sessions:
            await session.aclose()

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        return ()

    async def probe(self) -> str:
        """Binds once, for sending only so that nothing is handed to us, and takes leave."""
        session = self._session()
        try:
            await session.bound(only_sending=True)
        except Refused as refused:
            raise SendError("config", f"the bind was refused: {refused}") from None
        try:
            live = asyncio.create_task(session.last())
            await session.enquire()
            live.cancel()
            await asyncio.gather(live, return_exceptions=True)
        finally:
            await session.aclose()
        return "the SMSC let us bind and answers"

    # What goes out

    async def send(self, message: Outbound) -> Sent:
        """Raises SendError; `unknown` when a part of it may have been taken."""
        to = to_carrier(message.to, self._settings.numbers)
        return Sent((await self._submitted(to, message.text, message.id))[0])

    async def _submitted(self, number: str, text: str, message: int) -> list[str]:
        """Hand over the segments one after the other, on one bind; the SMSC's names for them."""
        if (rest_s := self._rest_until - time.monotonic()) > 0:
            raise SendError("throttled", "the SMSC asked for fewer", retry_after=rest_s)
        session = await self._idlest()
        to = Address(number, _TON_OF[self._settings.numbers], _ISDN)
        coding, contents = segmented(text, next(self._references))
        named, names = Named(message, len(contents), number), list[str]()
        for content in contents:

            def written(sequence: int, content: bytes = content) -> bytes:
                how = wire.Manner(coding, in_parts=len(contents) > 1, receipt=bool(message))
                return wire.submit(sequence, self._sender, to, content, how)

            try:
                answer = await self._handed(session, written, named, patiently=bool(names))
            except SendError as error:
                # A part is on its way already: all of it again would be twice.
                raise SendError("unknown", f"in the middle: {error.detail}") if names else error from None
            names.append(wire.message_id(answer.body))
            if message:
                await self._names.share(names[-1], named)
        return names

    async def _handed(
        self, session: Session, written: Callable[[int], bytes], named: Named, *, patiently: bool
    ) -> Frame:
        """Hand over one segment; `patiently` once more where the SMSC asks for fewer, since others of it are gone."""

        def heard(answer: Frame) -> None:
            if named.message and answer.status == wire.OK:
                self._names.note(wire.message_id(answer.body), named)

        for pause_s in (*(PATIENCE_S if patiently else ()), None):
            answer = await session.submit(written, heard)
            if answer.status == wire.OK:
                return answer
            error = _refused(answer)
            if error.reason == "throttled":
                self._rest_until = time.monotonic() + SLOW_DOWN_S
            if error.reason != "throttled" or pause_s is None:
                raise error
            await asyncio.sleep(pause_s)
        raise AssertionError("unreachable")

    async def _idlest(self) -> Session:
        self._connect()
        if time.monotonic() < self._patient_until:
            await self._bound_soon()
        bound = [session for session in self._sessions if session.is_bound]
        if not bound:
            raise SendError("unreachable", "not bound to the SMSC")
        return min(bound, key=lambda session: session.load)

    async def _bound_soon(self) -> None:
        """The first messages are quicker than the first bind."""
        if any(session.is_bound for session in self._sessions):
            return
        ready = [asyncio.create_task(session.ready.wait()) for session in self._sessions]
        await asyncio.wait(ready, timeout=BOUND_WITHIN_S, return_when=asyncio.FIRST_COMPLETED)
        for waiting in ready:
            waiting.cancel()

    # What comes in

    async def _handle(self, came: Delivered) -> int:
        return await (self._take_receipt(came) if came.is_receipt else self._take_message(came))

    async def _take_receipt(self, came: Delivered) -> int:
        said = report(came)
        if said.state is None or not said.message_id:
            return wire.OK
        found = await self._names.find(said.message_id, came.source)
        if found is None:
            return wire.OK  # of an answer, or of somebody else with the same account
        state = await self._names.state_of(found, said.message_id, said.state)
        try:
            await self._switchboard.receipts.take(Receipt(found.message, state, said.word, said.message_id))
        except NotFound:
            return wire.OK
        except Unavailable:
            return wire.TRY_LATER
        return wire.OK

    async def _take_message(self, came: Delivered) -> int:
        """Answer a question once its last part is here. Raises Unavailable where it is to be sent again."""
        if await self._switchboard.is_off(PLACE):
            return wire.TRY_LATER
        whole = await self._incoming.whole(came)
        if whole is None:
            return wire.OK
        asker = Asker(self.asks_as, from_carrier(came.source))

        async def make() -> str:
            said: Said = Unreadable() if whole.text is None else Written(whole.text)
            answer = await self._switchboard.conversation.answer(asker, said, self._switchboard.text)
            return answer.text if answer else ""

        try:
            text = await self._incoming.once(whole.mark, make)
        except BaseException:
            await self._incoming.again(whole)
            raise
        await self._incoming.done(whole)
        if text:
            await self._answer(came.source, text)
        return wire.OK

    async def _answer(self, number: str, text: str) -> None:
        """Tried for as long as the SMSC waits; what fails after that is the citizen's to ask again."""
        for pause_s in (*PATIENCE_S, None):
            try:
                await self._submitted(number, text, 0)
            except SendError as error:
                if error.reason not in ("throttled", "unreachable") or pause_s is None:
                    _log.warning("not answered", reason=error.reason, detail=error.detail)
                    return
                await asyncio.sleep(pause_s)
            else:
                return


def _refused(answer: Frame) -> SendError:
    name = wire.status_name(answer.status)
    match answer.status:
        case wire.THROTTLED | wire.QUEUE_FULL | wire.SYSTEM_ERROR:
            return SendError("throttled", name, retry_after=SLOW_DOWN_S)
        case wire.BAD_DESTINATION:
            return SendError("invalid", name)
    return SendError("rejected", name)
