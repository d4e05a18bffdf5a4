"""Which of our messages an SMSC speaks of: its names for their segments, known here, to all processes, or for good."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass

from cachetools import LRUCache

from channels.smpp_receipt import spellings
from core.dialogue.segments import segments
from core.errors import Unavailable
from core.notify.states import State
from core.switchboard import Switchboard

MOST_KNOWN = 100_000
# Carriers try for up to three days to reach a telephone.
KEPT_S = 3 * 24 * 3600
# A receipt may be quicker than the answer to the message, or than what another process writes down of it.
AGAIN_S = (0.2, 1.0, 3.0)
_TAIL = 8


@dataclass(frozen=True, slots=True)
class Named:
    """One of our messages, in how many segments it left, and to which number."""

    message: int
    total: int
    to: str


class Names:
    """`place` is the channel's; `either` takes a name in decimal for the same in hexadecimal and the other way."""

    def __init__(self, switchboard: Switchboard, place: str, *, either: bool) -> None:
        self._scratch, self._receipts = switchboard.scratch, switchboard.receipts
        self._place, self._either = place, either
        self._known: LRUCache[str, Named] = LRUCache(MOST_KNOWN)

    async def keep(self, name: str, named: Named) -> None:
        """Remember what the SMSC calls a segment; that of the first is kept with the message itself too."""
        self._known[name] = named
        if named.total > 1:
            with contextlib.suppress(Unavailable):  # this process knows it, and the database the first
                await self._scratch.put(f"{self._place}:{name}", f"{named.message}/{named.total}/{named.to}", KEPT_S)

    async def find(self, name: str, number: str) -> Named | None:
        """Whose a name is, waited for a little; None where it is nobody's. Raises Unavailable.

        A name in another spelling must come from the `number` that the message went to: it may be somebody else's own.
        """
        for pause_s in (*AGAIN_S, None):
            found = await self._found(name, number)
            if found is not None or pause_s is None:
                return found
            await asyncio.sleep(pause_s)
        return None

    async def _found(self, name: str, number: str) -> Named | None:
        others = [other for other in spellings(name) if other != name] if self._either else []

        def fits(named: Named | None) -> bool:
            return named is not None and _same_number(named.to, number)

        if (found := self._known.get(name)) is not None:
            return found
        if found := next(filter(fits, map(self._known.get, others)), None):
            return found
        for look in (self._shared, self._kept):
            if (found := await look(name)) is not None:
                return found
            for other in others:
                if fits(found := await look(other)):
                    return found
        return None

    async def state_of(self, found: Named, name: str, heard: State) -> State:
        """How far the whole message is by the state of one segment: it has arrived when all of them have."""
        if found.total == 1 or heard != State.DELIVERED:
            return heard
        place = f"{self._place}:arrived:{found.message}"
        try:
            # Each segment takes a number once; which takes the last one finds all the others taken.
            for number in range(found.total):
                if await self._scratch.claim(f"{place}/{number}", name, KEPT_S):
                    return State.DELIVERED if number == found.total - 1 else State.SENT
                if await self._scratch.get(f"{place}/{number}") == name:
                    return State.SENT
        except Unavailable:
            return State.SENT  # a part of it has arrived; more can't be said
        return State.DELIVERED

    async def _shared(self, name: str) -> Named | None:
        try:
            kept = await self._scratch.get(f"{self._place}:{name}")
        except Unavailable:
            return None
        if not kept:
            return None
        message, total, to = kept.split("/")
        return Named(int(message), int(total), to)

    async def _kept(self, name: str) -> Named | None:
        kept = await self._receipts.message_of(self._place, name)
        return None if kept is None else Named(kept.message_id, segments(kept.text), kept.address)


def _same_number(one: str, other: str) -> bool:
    """Whether two spellings of a telephone number end alike."""
    return one[-_TAIL:] == other[-_TAIL:]
