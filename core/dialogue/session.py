"""What is remembered between two turns, and that the turns of one citizen come one after the other."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, field

import orjson

from core.asker import Asker
from core.dialogue.medium import Medium
from core.errors import Unavailable
from core.keys import Keys
from core.language import DEFAULT
from core.scratch import Scratch
from core.turns import Turns

DEEPEST = 8
TRAIL_KEPT_S = 24 * 3600
# Longer than a provider waits for an answer; a process that dies in the middle of a turn holds up nobody for more.
TURN_TTL_S, TURN_WAIT_S, TURN_LOOK_S = 20, 8.0, 0.05


@dataclass(slots=True)
class Offer:
    """A choice as it was offered: the key that takes it, where it leads, and its words."""

    key: str
    lead: str
    label: str


@dataclass(slots=True)
class Session:
    """Where a conversation stands: no PIN, no words of the citizen, no name.

    `path` are the leads of the steps, the present one last; `grant` is the token of the case whose PIN was given
    here, `granted` that case's number: it opens no other. `elsewhere` is where the same telephone number stopped on
    another channel.
    """

    language: str = DEFAULT
    turn: int = 0
    path: list[str] = field(default_factory=list)
    offers: list[Offer] = field(default_factory=list)
    more: str = ""
    digits: int = 0
    misses: int = 0
    grant: str = ""
    granted: str = ""
    at: float = 0.0
    elsewhere: str = ""

    @property
    def lead(self) -> str:
        """The present step; empty before the first."""
        return self.path[-1] if self.path else ""

    @property
    def idle_s(self) -> float:
        return time.time() - self.at

    def step(self, lead: str) -> None:
        """Go on to a step; to one gone through before, or to another page of it, by going back there."""
        subject = _subject(lead)
        for place, before in enumerate(self.path):
            if _subject(before) == subject:
                del self.path[place:]
                break
        self.path = [*self.path, lead][-DEEPEST:]


class Sessions:
    """Sessions in a lasting memory that all processes share, each in one turn at a time."""

    def __init__(self, scratch: Scratch, keys: Keys) -> None:
        self._scratch, self._keys = scratch, keys
        self._turns = Turns(TURN_WAIT_S)

    @asynccontextmanager
    async def turn(self, asker: Asker, medium: Medium) -> AsyncIterator[Session]:
        """The session of who asks, kept again after the turn.

        Raises Unavailable when another turn of the same citizen does not end.
        """
        sender = self._keys.sender(asker.address)
        key, until = f"{asker.channel}:{sender}", time.monotonic() + TURN_WAIT_S
        # In a memory of this process' own its own turns are enough.
        async with self._turns.of(key), self._alone(key, until) if self._scratch.is_shared else nullcontext():
            kept, trail = await self._scratch.get_all(f"session:{key}", f"trail:{sender}")
            session = (_read(kept) if kept else None) or _begun(asker, trail)
            yield session
            session.at = time.time()
            await self._keep(key, sender, asker, session, medium)

    @asynccontextmanager
    async def _alone(self, key: str, until: float) -> AsyncIterator[None]:
        """No other process takes a turn with this citizen meanwhile."""
        place, owner = f"turn:{key}", secrets.token_hex(8)
        try:
            while not await self._scratch.claim(place, owner, TURN_TTL_S):
                if time.monotonic() > until:
                    raise Unavailable("another turn of the same conversation does not end")
                await asyncio.sleep(TURN_LOOK_S)
            yield
        finally:
            await self._scratch.release(place, owner)

    async def _keep(self, key: str, sender: str, asker: Asker, session: Session, medium: Medium) -> None:
        trail = {"channel": asker.channel, "lead": session.lead, "language": session.language}
        await self._scratch.put_all(
            {
                f"session:{key}": (orjson.dumps(session).decode(), medium.kept_s),
                f"trail:{sender}": (orjson.dumps(trail).decode(), TRAIL_KEPT_S),
            }
        )


def _read(kept: str) -> Session | None:
    try:
        read = orjson.loads(kept)
        return Session(**read | {"offers": [Offer(**offer) for offer in read["offers"]]})
    except (TypeError, KeyError, orjson.JSONDecodeError):
        # Written by another version of the program: better begun anew than not answered.
        return None


def _begun(asker: Asker, trail: str | None) -> Session:
    """A new session; it knows where the same number stopped on another channel."""
    if not trail:
        return Session(asker.language or DEFAULT)
    known = orjson.loads(trail)
    if known["channel"] == asker.channel:
        return Session(known["language"])
    return Session(known["language"], elsewhere=known["lead"])


def _subject(lead: str) -> str:
    """What a step is about: pages of one list are one step, and so are asking for a case and telling of it."""
    kind, _, rest = lead.partition(":")
    if kind in ("number", "pin", "status"):
        return "case"
    if kind in ("item", "department"):
        return f"{kind}:{rest.rpartition(':')[0]}"
    return kind if kind == "departments" else lead
