"""Which of our messages an SMSC speaks of: its names for their segments, known here, to all processes, or for good."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from cachetools import LRUCache

from channels.smpp_receipt import spellings
from core.errors import Unavailable
from core.notify.states import State
from core.switchboard import Switchboard

MOST_KNOWN = 100_000
# Carriers try for up to three days to reach a telephone.
KEPT_S = 3 * 24 * 3600
# A receipt may be quicker than the answer to the message, or than what another process writes down of it.
AGAIN_S = (0.2, 1.0, 3.0)


@dataclass(frozen=True, slots=True)
class Named:
    """One of our messages, and in how many segments it left."""

    message: int
    total: int


class Names:
    """`place` is the channel's; `either` takes a name in decimal for the same in hexadecimal and the other way."""

    def __init__(self, switchboard: Switchboard, place: str, *, either: bool) -> None:
        self._scratch, self._receipts = switchboard.scratch, switchboard.receipts
        self._place, self._either = place, either
        self._known: LRUCache[str, Named] = LRUCache(MOST_KNOWN)

    async def keep(self, names: Sequence[str], message: int) -> None:
        """Remember what the SMSC calls the segments of a message; the first is kept with the message itself too."""
        named = Named(message, len(names))
        for name in names:
            self._known[name] = named
        if len(names) > 1:
            try:
                for name in names:
                    await self._scratch.put(f"{self._place}:{name}", f"{message}/{len(names)}", KEPT_S)
            except Unavailable:
                return  # this process knows them, and the database the first

    async def find(self, name: str) -> Named | None:
        """Whose a name is, waited for a little; None where it is nobody's. Raises Unavailable."""
        names = spellings(name) if self._either else (name,)
        for pause_s in (*AGAIN_S, None):
            found = self._here(names) or await self._shared(names) or await self._kept(names)
            if found is not None or pause_s is None:
                return found
            await asyncio.sleep(pause_s)
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
            return heard
        return State.DELIVERED

    def _here(self, names: Sequence[str]) -> Named | None:
        return next((self._known[name] for name in names if name in self._known), None)

    async def _shared(self, names: Sequence[str]) -> Named | None:
        try:
            for name in names:
                if kept := await self._scratch.get(f"{self._place}:{name}"):
                    message, _, total = kept.partition("/")
                    return Named(int(message), int(total))
        except Unavailable:
            pass
        return None

    async def _kept(self, names: Sequence[str]) -> Named | None:
        message = await self._receipts.message_of(self._place, names)
        return None if message is None else Named(message, 1)
