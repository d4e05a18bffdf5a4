"""A test message through real channels to an address of one's own, each followed until its receipt is there."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

import click

from core.errors import BadRequest, HaobanError, SendError
from core.notify.addresses import contact, is_mail
from core.notify.live_check import LiveCheck
from core.notify.queue import Queue
from core.notify.recipients import Recipient
from core.notify.states import LOST, Kind, State, proves
from core.ports import Outbound, Sent
from gateway.command import with_house
from gateway.house import House
from gateway.registry import Adapter, Switched, switched_on
from gateway.settings import Settings

HANDED_OVER_WITHIN_S = 30.0
LOOK_EVERY_S = 0.3


async def checked_live(settings: Settings, address: str, by: str, wait_s: float, language: str) -> bool:
    """Send a test message by each channel that reaches an address, or by one; say what became of it; whether all came.

    Raises BadRequest for an address that no channel reaches.
    """
    address = contact(address) or address
    chosen = _reaching(address, by, switched_on(settings))
    well = True
    for one in chosen:
        # A ladder of this channel alone: a test message never climbs.
        notify = settings.notify.model_copy(update={"ladder": (one.place,)})
        led = settings.model_copy(update={"notify": notify})

        async def check(house: House, one: Switched = one) -> bool:
            return await _checked(house, one, _recipient(one, address, language), wait_s)

        well &= await with_house(led, check)
    return well


def _reaching(address: str, by: str, switched: Sequence[Switched]) -> list[Switched]:
    kinds = {Kind.MAIL} if is_mail(address) else {Kind.TEXT, Kind.VOICE} if address.startswith("+") else {Kind.CHAT}
    found = [one for one in switched if one.adapter.kind in kinds and by in ("", one.place)]
    if not found:
        on = ", ".join(one.place for one in switched) or "none"
        raise BadRequest(f"no channel{f' {by}' if by else ''} reaches this address; channels switched on: {on}")
    return found


def _recipient(one: Switched, address: str, language: str) -> Recipient:
    name = f"check:{one.place}"
    match one.adapter.kind:
        case Kind.CHAT:
            return Recipient(name, "", {one.place: address}, language)
        case Kind.MAIL:
            return Recipient(name, "", {}, language, {one.place: address})
    return Recipient(name, address, {}, language)


async def _checked(house: House, one: Switched, recipient: Recipient, wait_s: float) -> bool:
    check = LiveCheck(house.outbox, Queue(house.database))
    adapter = one.build(house.switchboard)
    begun = time.monotonic()
    try:
        await adapter.start(receiving=False)
        try:
            message = await check.write(recipient)
            became = await _handed_over(adapter, message)
            await check.settle(message, became, adapter.proof)
            if isinstance(became, SendError):
                return _say(one.place, f"message {message.id}: {became.reason}: {became.detail}", well=False)
            _say(one.place, f"message {message.id}: taken over after {_since(begun)} as {became.provider_id or '-'}")
            return await _followed(check, adapter, one.place, message, begun, wait_s)
        finally:
            await adapter.stop()
    except HaobanError as error:
        return _say(one.place, str(error), well=False)


async def _handed_over(adapter: Adapter, message: Outbound) -> Sent | SendError:
    try:
        async with asyncio.timeout(HANDED_OVER_WITHIN_S):
            return await adapter.send(message)
    except SendError as error:
        return error
    except TimeoutError:
        return SendError("unknown", f"no answer in {HANDED_OVER_WITHIN_S:.0f} s")


async def _followed(
    check: LiveCheck, adapter: Adapter, place: str, message: Outbound, begun: float, wait_s: float
) -> bool:
    """Until the channel's proof is there, the message is lost, or the time is over."""
    told = State.ACCEPTED
    while True:
        heard = await check.heard(message)
        if heard.state != told:
            told = heard.state
            words = f" ({', '.join(heard.words)})" if heard.words else ""
            _say(place, f"message {message.id}: {told} after {_since(begun)}{words}", well=told not in LOST)
        if proves(heard.state, adapter.proof):
            return True
        if heard.state in LOST:
            return False
        if time.monotonic() - begun > wait_s:
            return _say(place, f"message {message.id}: {_missing(adapter, heard.state, wait_s)}", well=False)
        await asyncio.sleep(LOOK_EVERY_S)


def _missing(adapter: Adapter, state: State, wait_s: float) -> str:
    hint = "does `haoban serve` run, and is server.public_url reached from outside?" if adapter.routes() else ""
    return f"{state}, but not {adapter.proof} in {wait_s:.0f} s{': ' if hint else ''}{hint}"


def _since(begun: float) -> str:
    return f"{time.monotonic() - begun:.1f} s"


def _say(place: str, what: str, *, well: bool = True) -> bool:
    click.echo(f"{'ok ' if well else '!! '} {place:<22} {what}")
    return well
