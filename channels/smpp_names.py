"""Which of our messages an SMSC speaks of: its names for their segments, known here, to all processes, or for good."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
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
AGAIN_S = (0.2, 1.0, 3.0, 0.0)
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

    def note(self, name: str, named: Named) -> None:
        """Remember at once what the SMSC calls a segment: its receipt may be right behind."""
        self._known[name] = named

    async def share(self, name: str, named: Named) -> None:
        """Tell all processes. The name of the first segment is kept with the message itself too."""
        if named.total > 1:
            with contextlib.suppress(Unavailable):  # this process knows it, and the database the first
                await self._scratch.put(f"{self._place}:{name}", f"{named.message}/{named.total}/{named.to}", KEPT_S)

    async def find(self, name: str, number: str) -> Named | None:
        """Whose a name is, waited for a little; None where it is nobody's. Raises Unavailable.

        A name in another spelling must come from the `number` that the message went to: it may be somebody else's own.
        """
        names = spellings(name) if self._either else (name,)

        def first(found: Mapping[str, Named]) -> Named | None:
            fits = (one for one in names if one in found and (one == name or _same_number(found[one].to, number)))
            return next((found[one] for one in fits), None)

        if known := first({one: self._known[one] for one in names if one in self._known}):
            return known
        for pause_s in AGAIN_S:
            if known := first(await self._shared(names)) or first(await self._kept(names)):
                return known
            await asyncio.sleep(pause_s)
            if known := first({one: self._known[one] for one in names if one in self._known}):
                return known
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

    async def _shared(self, names: Sequence[str]) -> Mapping[str, Named]:
        found = {}
        with contextlib.suppress(Unavailable):
            for name in names:
                if kept := await self._scratch.get(f"{self._place}:{name}"):
                    message, total, to = kept.split("/")
                    found[name] = Named(int(message), int(total), to)
        return found

    async def _kept(self, names: Sequence[str]) -> Mapping[str, Named]:
        kept = await self._receipts.messages_of(self._place, names)
        return {name: Named(one.message_id, segments(one.text), one.address) for name, one in kept.items()}


def _same_number(one: str, other: str) -> bool:
    """Whether two spellings of a telephone number end alike."""
    return one[-_TAIL:] == other[-_TAIL:]
