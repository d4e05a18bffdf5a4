"""Asterisk's gateway interface over TCP: what a call brings, one command after the other, and its end at any moment.

Source: Asterisk's documentation of "Asterisk Gateway Interface (AGI)" and of each command's answer.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass

MOST_LINE_BYTES = 2048
_MOST_HEADERS = 100
_OPENED_WITHIN_S = 10.0
# Longer than any sound or wait that is asked for; only a conversation with an operator may last.
_ANSWERED_WITHIN_S = 90.0
_ANSWER = re.compile(r"(\d{3})(?:[ -]result=(-?\d+))?[ -]?(.*)")
_ENDED = "HANGUP"
_OK, _DEAD, _USAGE = 200, 511, 520
KEYS = "0123456789*#"


class HungUp(Exception):
    """The caller is gone."""


class Unspeakable(Exception):
    """A peer that doesn't speak the interface, or refuses what everything hangs on."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the exchange answers to a command: `result` as it counts, and what stands in brackets behind it."""

    result: int
    more: str


class Agi:
    """One call. Every command raises HungUp once the caller is gone, Unspeakable for what can't be understood."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def opened(self) -> Mapping[str, str]:
        """What the exchange tells of the call, such as agi_callerid, without the agi_."""
        found: dict[str, str] = {}
        async with asyncio.timeout(_OPENED_WITHIN_S):
            for _ in range(_MOST_HEADERS):
                line = await self._line()
                if not line:
                    return found
                name, colon, value = line.partition(":")
                if not colon or not name.startswith("agi_"):
                    break
                found[name.removeprefix("agi_")] = value.strip()
        raise Unspeakable("this is no call")

    async def answer(self) -> None:
        await self._ask("ANSWER")

    async def hang_up(self) -> None:
        await self._ask("HANGUP")

    async def play(self, file: str, keys: str = KEYS) -> str:
        """Play a file, which any of the keys cuts short; the key that was pressed, else an empty text."""
        answer = await self._ask(f'STREAM FILE {file} "{keys}"')
        if answer.result < 0 and answer.more != "endpos=0":
            raise HungUp
        return chr(answer.result) if answer.result > 0 else ""

    async def key(self, within_ms: int) -> str:
        """The next key, else an empty text when the time is over."""
        answer = await self._ask(f"WAIT FOR DIGIT {within_ms}")
        if answer.result < 0:
            raise HungUp
        return chr(answer.result) if answer.result > 0 else ""

    async def run(self, application: str, *arguments: str) -> int:
        """Run an application of the exchange; -2 where it has none of that name."""
        return (await self._ask(f'EXEC {application} "{",".join(arguments)}"', None)).result

    async def variable(self, name: str) -> str:
        """A variable of the call, empty for one that it hasn't."""
        answer = await self._ask(f"GET VARIABLE {name}")
        return answer.more.removeprefix("(").removesuffix(")") if answer.result == 1 else ""

    async def _ask(self, command: str, within_s: float | None = _ANSWERED_WITHIN_S) -> Answer:
        try:
            async with asyncio.timeout(within_s):
                self._writer.write(f"{command}\n".encode())
                await self._writer.drain()
                line = await self._line_of_answer()
        except ConnectionError:
            raise HungUp from None
        except TimeoutError:
            raise Unspeakable("no answer") from None
        answered = _ANSWER.fullmatch(line)
        if answered is None:
            raise Unspeakable("this is no answer")
        code, result, more = answered.groups()
        if int(code) == _DEAD:
            raise HungUp
        if int(code) != _OK or result is None:
            raise Unspeakable(f"{command.split()[0]} was answered {code}")
        return Answer(int(result), more)

    async def _line_of_answer(self) -> str:
        """The next answer. That the caller hung up is said in between; how a command is used takes several lines."""
        hung_up = False
        while True:
            line = await self._line()
            if line == _ENDED:
                hung_up = True
            elif hung_up:
                raise HungUp
            elif not line.startswith(f"{_USAGE}-"):
                return line
            else:
                while not (await self._line()).startswith(f"{_USAGE} "):
                    pass
                raise Unspeakable("a command was not understood")

    async def _line(self) -> str:
        try:
            line = await self._reader.readuntil(b"\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            raise HungUp from None
        except asyncio.LimitOverrunError:
            raise Unspeakable("a line is too long") from None
        return line.decode("utf-8", "replace").rstrip("\r\n")
