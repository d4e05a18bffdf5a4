"""Who speaks: the voice that comes with the program, any command, or any speech service over HTTP.

Source: espeak-ng's "speak_lib.h". This is the only user of its library, which is called from one thread.
"""

from __future__ import annotations

import asyncio
import ctypes
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol

import numpy as np

from channels.provider_client import ProviderClient
from channels.speech_wave import read_wave, telephone_wave
from core.errors import SendError

SPOKEN_WITHIN_S = 10.0
MOST_BYTES = 16 * 2**20
COMMANDS_AT_ONCE = 4
_SYNCHRONOUS, _DO_NOT_EXIT, _UTF8, _SPEED = 2, 0x8000, 1, 1


@dataclass(frozen=True, slots=True)
class Voice:
    """A voice by the engine's own name for it, and how many words a minute it speaks."""

    name: str
    speed: int


class Engine(Protocol):
    async def speak(self, text: str, voice: Voice, language: str) -> bytes:
        """The text as a WAV file for the telephone. Raises SendError."""
        ...

    async def close(self) -> None: ...


class Espeak:
    """espeak-ng, in the process and offline: Mandarin is the voice `cmn`, English `en`."""

    async def speak(self, text: str, voice: Voice, language: str) -> bytes:
        return await asyncio.get_running_loop().run_in_executor(_thread(), _spoken, text, voice)

    async def close(self) -> None:
        """The library stays for who speaks next."""


class _Library:
    """The library of the process: it has one state for all, so only one thread ever calls it."""

    def __init__(self) -> None:
        import espeakng_loader

        self.heard = bytearray()
        self.calls = ctypes.CDLL(espeakng_loader.get_library_path())
        data = str(espeakng_loader.get_data_path()).encode()
        self.rate = int(self.calls.espeak_Initialize(_SYNCHRONOUS, 0, data, _DO_NOT_EXIT))
        if self.rate <= 0:
            raise SendError("config", "espeak-ng can't be started")
        # Kept, for the library calls it as long as it is there.
        self._callback = _CALLBACK(self._take)
        self.calls.espeak_SetSynthCallback(self._callback)

    def _take(self, samples: Any, count: int, _events: Any) -> int:
        if samples and count > 0:
            self.heard += ctypes.string_at(samples, count * 2)
        return 0


@cache
def _thread() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, "espeak")


@cache
def _library() -> _Library:
    return _Library()


def _spoken(text: str, voice: Voice) -> bytes:
    library, written = _library(), text.encode()
    library.heard.clear()
    if library.calls.espeak_SetVoiceByName(voice.name.encode()) != 0:
        raise SendError("config", f"espeak-ng has no voice {voice.name}")
    library.calls.espeak_SetParameter(_SPEED, voice.speed, 0)
    if library.calls.espeak_Synth(written, len(written) + 1, 0, 1, 0, _UTF8, None, None) != 0:
        raise SendError("rejected", "espeak-ng did not speak")
    return telephone_wave(np.frombuffer(bytes(library.heard), np.int16), library.rate)


_CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


class Command:
    """A program that reads the text and writes a WAV file; its words may have {voice}, {speed} and {language}."""

    def __init__(self, words: Sequence[str]) -> None:
        self._words = words
        self._running = asyncio.Semaphore(COMMANDS_AT_ONCE)

    async def speak(self, text: str, voice: Voice, language: str) -> bytes:
        values = {"voice": voice.name, "speed": str(voice.speed), "language": language}
        words = [_filled(word, values) for word in self._words]
        pipe = asyncio.subprocess.PIPE
        async with self._running:
            try:
                process = await asyncio.create_subprocess_exec(
                    *words, stdin=pipe, stdout=pipe, stderr=asyncio.subprocess.DEVNULL
                )
            except OSError as error:
                raise SendError("config", f"the speech command can't be run: {error.strerror}") from None
            try:
                async with asyncio.timeout(SPOKEN_WITHIN_S):
                    spoken, _ = await process.communicate(text.encode())
            except TimeoutError:
                process.kill()
                await process.wait()
                raise SendError("unreachable", "the speech command takes too long") from None
        if process.returncode:
            raise SendError("rejected", f"the speech command ended with {process.returncode}")
        return telephone_wave(*read_wave(spoken[:MOST_BYTES]))

    async def close(self) -> None:
        """A command ends by itself."""


class Service:
    """A speech service: the text is posted, a WAV file comes back; voice, speed and language are in headers."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._client = ProviderClient(most_bytes=MOST_BYTES, within_s=SPOKEN_WITHIN_S)
        self._started = False

    async def speak(self, text: str, voice: Voice, language: str) -> bytes:
        if not self._started:
            self._started = True
            await self._client.start()
        headers = {"X-Voice": voice.name, "X-Speed": str(voice.speed), "Accept-Language": language}
        answer = await self._client.post_text(self._url, text, headers)
        if answer.status != 200:
            raise SendError("rejected", f"the speech service answered {answer.status}")
        return telephone_wave(*read_wave(answer.body))

    async def close(self) -> None:
        await self._client.stop()


def _filled(word: str, values: Mapping[str, str]) -> str:
    for name, value in values.items():
        word = word.replace(f"{{{name}}}", value)
    return word
