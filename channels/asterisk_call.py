"""One call on the voice line: screens played, keys taken, the operator dialled, a notice heard to its end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from channels.agi import Agi
from channels.speech import SpeechStore
from core.asker import Asker
from core.dialogue.said import Keyed, Opened, Said, Silence, Unanswered
from core.dialogue.speech import Part, Speech
from core.switchboard import Switchboard

RING_S = 30
HOLD_MS = 3000
NUMBER_PAUSE_MS = 8000  # who reads digits off a receipt needs longer than who presses a key
AGAIN_MS, MOST_TIMES = 4000, 5  # how long is waited for a 1 after a notice, and how often it is said
# A line on which nobody presses anything ends by itself after three misses; this ends one that goes on pressing.
MOST_TURNS = 500
_ENDS_NUMBER = "*#"
_ANSWERED, _MACHINES = "ANSWER", ("MACHINE", "NOTSURE", "")


@dataclass(frozen=True, slots=True)
class Heard:
    """How a notice was heard: by a person or by a machine."""

    by: str


class Call:
    """`dial` is how the exchange reaches a number, `wait_s` how long a caller may think."""

    def __init__(self, agi: Agi, speech: SpeechStore, switchboard: Switchboard, *, dial: str, wait_s: int) -> None:
        self._agi, self._speech, self._switchboard = agi, speech, switchboard
        self._dial, self._wait_s = dial, wait_s

    async def converse(self, asker: Asker) -> None:
        """The conversation, until one side ends it. Raises HungUp."""
        await self._agi.answer()
        said: Said = Opened()
        for _ in range(MOST_TURNS):
            speech = await self._switchboard.conversation.answer(asker, said, self._switchboard.keypad)
            if speech is None:
                # A caller is faster than is allowed: a little patience.
                said = await self._keyed("", HOLD_MS, 0)
            elif speech.transfer:
                await self._play(speech.parts, "")
                if await self._is_answered():
                    break
                said = Unanswered()
            elif speech.ends:
                await self._play(speech.parts, "")
                break
            else:
                said = await self._asked(speech)
        await self._agi.hang_up()

    async def notify(self, words: Speech, *, detects_machines: bool) -> Heard:
        """Say a notice, again on 1; whoever hears it to its end, heard it. Raises HungUp."""
        await self._agi.answer()
        machine = detects_machines and await self._is_machine()
        pressed = False
        for _ in range(MOST_TIMES):
            key = await self._play(words.parts, "1") or await self._agi.key(AGAIN_MS)
            if key != "1":
                break
            pressed = True
        return Heard("machine" if machine and not pressed else "person")

    async def hang_up(self) -> None:
        await self._agi.hang_up()

    async def _asked(self, speech: Speech) -> Said:
        """Play a screen, which a key cuts short, and take what is pressed."""
        first = await self._play(speech.parts)
        wait_ms = NUMBER_PAUSE_MS if speech.digits else self._wait_s * 1000
        return await self._keyed(first, wait_ms, speech.digits)

    async def _play(self, parts: Sequence[Part], keys: str | None = None) -> str:
        for file in await self._speech.files(parts):
            if key := await (self._agi.play(file) if keys is None else self._agi.play(file, keys)):
                return key
        return ""

    async def _keyed(self, first: str, wait_ms: int, digits: int) -> Said:
        """One key for a choice; for a number as many as it has, or until a key that ends it, or until none comes."""
        keys = first or await self._agi.key(wait_ms)
        if not keys:
            return Silence()
        while len(keys) < digits and keys[-1] not in _ENDS_NUMBER:
            key = await self._agi.key(wait_ms)
            if not key:
                break
            keys += key
        return Keyed(keys)

    async def _is_answered(self) -> bool:
        """Put the caller through; whether somebody answered."""
        target = self._dial.replace("{number}", self._switchboard.operator)
        await self._agi.run("Dial", target, str(RING_S))
        return await self._agi.variable("DIALSTATUS") == _ANSWERED

    async def _is_machine(self) -> bool:
        """Whether a machine answered, as the exchange hears it; what it isn't sure of proves nothing."""
        await self._agi.run("AMD")
        return await self._agi.variable("AMDSTATUS") in _MACHINES
