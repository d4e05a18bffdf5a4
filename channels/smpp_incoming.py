"""Messages that citizens send: their parts joined, whichever bind and process they come to, and repeats known."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from channels.smpp_text import Part, part_of, read_text
from channels.smpp_wire import Delivered
from core.errors import Unavailable
from core.scratch import Scratch

PARTS_KEPT_S = 600
MOST_PARTS = 12
REPEATED_WITHIN_S = 120


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole message; `text` is None for one without words, `mark` is the same for the same message again.

    `place` is where its parts are kept, empty for one that came whole.
    """

    text: str | None
    mark: str
    place: str = ""


class Incoming:
    """Without the shared memory messages in several parts can't be joined, and the SMSC is asked to send them again."""

    def __init__(self, scratch: Scratch, place: str) -> None:
        self._scratch, self._place = scratch, place

    async def whole(self, came: Delivered) -> Whole | None:
        """The message that this is the last missing part of, else None. Raises Unavailable."""
        part = part_of(came)
        if part.total == 1:
            return self._made(came, part.content)
        if part.total > MOST_PARTS:
            return None
        about = f"{came.source}|{came.destination}|{came.coding}|{part.reference}|{part.total}"
        place = f"{self._place}:part:{_digest(about.encode())}"
        content = base64.b64encode(part.content).decode()
        await self._scratch.put(f"{place}:{part.number}", content, PARTS_KEPT_S)
        return await self._joined(came, part, place)

    async def _joined(self, came: Delivered, part: Part, place: str) -> Whole | None:
        kept = [await self._scratch.get(f"{place}:{number}") for number in range(1, part.total + 1)]
        if any(one is None for one in kept) or not await self._scratch.claim(f"{place}:whole", "1", PARTS_KEPT_S):
            return None
        return self._made(came, b"".join(base64.b64decode(one or "") for one in kept), place)

    async def again(self, whole: Whole) -> None:
        """It could not be answered: when its last part comes once more, the others are still here."""
        if whole.place:
            with contextlib.suppress(Unavailable):
                await self._scratch.drop(f"{whole.place}:whole")

    async def done(self, whole: Whole) -> None:
        """It was answered: the next message may bear the same reference, as all of some phones do."""
        if whole.place:
            with contextlib.suppress(Unavailable):
                for name in (*range(1, MOST_PARTS + 1), "whole"):
                    await self._scratch.drop(f"{whole.place}:{name}")

    def _made(self, came: Delivered, content: bytes, place: str = "") -> Whole:
        about = f"{came.source}|{came.destination}|{came.coding}|".encode()
        return Whole(read_text(came.coding, content), _digest(about + content), place)

    async def lost(self) -> None:
        """A connection ended: what was answered shortly before may come again, for the SMSC may not know that."""
        await self._scratch.put(f"{self._place}:lost", repr(time.time()), REPEATED_WITHIN_S)

    async def once(self, mark: str, make: Callable[[], Awaitable[str]]) -> str:
        """The answer to a message: that of before where it comes again after a connection was lost, else a new one.

        The same words without such a loss are a citizen's who says them twice.
        """
        try:
            lost_at = float(await self._scratch.get(f"{self._place}:lost") or 0)
            at, _, answer = (await self._scratch.get(f"{self._place}:answer:{mark}") or "0|").partition("|")
        except Unavailable:
            return await make()
        if 0 < float(at) <= lost_at:
            return answer
        made = await make()
        try:
            await self._scratch.put(f"{self._place}:answer:{mark}", f"{time.time()!r}|{made}", REPEATED_WITHIN_S)
        except Unavailable:
            return made
        return made


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:32]
