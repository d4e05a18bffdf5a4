"""Prompts as files that an exchange plays: the fixed ones made at the start, all others when they are first needed."""

from __future__ import annotations

import asyncio
import hashlib
import os
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator
from structlog import get_logger

from channels.speech_engines import Command, Engine, Espeak, Service, Voice
from core.dialogue.speakable import sentences
from core.dialogue.speech import Part
from core.errors import NotFound, SendError
from core.ports import Prompt
from core.turns import Turns

FIXED, SAID = "prompts", "said"
# What was said of a case is not kept for longer than its caller may come back to it.
SAID_KEPT_S = 24 * 3600
_NAME_CHARS = 32
_log = get_logger()


class VoiceSettings(BaseModel):
    """A voice by the engine's name for it, and its words a minute."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    voice: str = Field(min_length=1, max_length=100)
    speed: int = Field(150, ge=60, le=400)


class SpeechSettings(BaseModel):
    """Who speaks: `espeak` offline, a `command` or a service at `url`; the exchange finds the files at `seen_at`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    engine: Literal["espeak", "command", "http"] = "espeak"
    command: tuple[str, ...] = ()
    url: str = Field("", pattern=r"^(https?://.*)?$")
    folder: Path = Path("var/speech")
    seen_at: str = Field("", pattern=r"^(/[A-Za-z0-9_./-]*)?$")
    voices: dict[str, VoiceSettings] = Field(
        default_factory=lambda: {"zh": VoiceSettings(voice="cmn"), "en": VoiceSettings(voice="en")}
    )

    @model_validator(mode="after")
    def _has_what_it_needs(self) -> SpeechSettings:
        if self.engine == "command" and not self.command:
            raise ValueError("engine command needs a command")
        if self.engine == "http" and not self.url:
            raise ValueError("engine http needs a url")
        return self


class SpeechStore:
    """Gives each sentence its file, named by the text, the voice and its speed, so that none is made twice."""

    def __init__(self, settings: SpeechSettings, fixed: Sequence[Part]) -> None:
        self._settings = settings
        self._fixed = {self._name(part): part for part in fixed}
        self._engine: Engine | None = None
        self._folder = settings.folder.resolve()
        self._seen_at = settings.seen_at.rstrip("/") or str(self._folder)
        self._making = Turns()
        self._known: set[str] = set()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to make the fixed prompts, one after the other, so that callers aren't held up."""
        for name in (FIXED, SAID):
            (self._folder / name).mkdir(parents=True, exist_ok=True)
        self._task = asyncio.create_task(self._keep())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self._engine is not None:
            await self._engine.close()

    async def files(self, parts: Sequence[Part]) -> list[str]:
        """Where the exchange finds what is to be played, sentence by sentence, without the ending. Raises SendError."""
        pieces = [Part(sentence, part.language) for part in parts for sentence in sentences(part.text)]
        return [f"{self._seen_at}/{await self._made(piece)}" for piece in pieces]

    def prompts(self) -> list[Prompt]:
        """The fixed prompts, each by a name of its own."""
        return [Prompt(name, part.text, part.language) for name, part in self._fixed.items()]

    async def wave(self, name: str) -> bytes:
        """A fixed prompt as a WAV file. Raises NotFound, SendError."""
        if name not in self._fixed:
            raise NotFound("there is no such prompt")
        path = self._folder / f"{await self._made(self._fixed[name])}.wav"
        return await asyncio.to_thread(path.read_bytes)

    async def settle(self) -> None:
        """Wait until every fixed prompt is made."""
        for part in self._fixed.values():
            await self._made(part)

    def _name(self, part: Part) -> str:
        voice, settings = self._voice(part.language), self._settings
        by = (settings.engine, *settings.command, settings.url, voice.name, str(voice.speed))
        return hashlib.sha256("\0".join((*by, part.text)).encode()).hexdigest()[:_NAME_CHARS]

    def _voice(self, language: str) -> Voice:
        voices: Mapping[str, VoiceSettings] = self._settings.voices
        found = voices.get(language) or next(iter(voices.values()))
        return Voice(found.voice, found.speed)

    async def _made(self, part: Part) -> str:
        """The place of a sentence's file within the folder, made now if it must be."""
        name = self._name(part)
        place = f"{FIXED if name in self._fixed else SAID}/{name}"
        if place in self._known:
            return place
        async with self._making.of(place):
            path = self._folder / f"{place}.wav"
            if not await asyncio.to_thread(_is_there, path):
                if self._engine is None:
                    self._engine = _engine(self._settings)
                spoken = await self._engine.speak(part.text, self._voice(part.language), part.language)
                await asyncio.to_thread(_write, path, spoken)
        self._known.add(place)
        return place

    async def _keep(self) -> None:
        try:
            await self.settle()
            _log.info("prompts made", count=len(self._fixed))
        except SendError as error:
            _log.error("prompts not made", reason=error.reason, detail=error.detail)
        while True:
            await asyncio.to_thread(self._forget)
            await asyncio.sleep(SAID_KEPT_S / 24)

    def _forget(self) -> None:
        """Delete what was last made long ago; a call that plays it has it open."""
        until = time.time() - SAID_KEPT_S
        self._known = {place for place in self._known if place.startswith(FIXED)}
        for path in (self._folder / SAID).glob("*.wav"):
            if path.stat().st_mtime < until:
                path.unlink(missing_ok=True)


def _is_there(path: Path) -> bool:
    """Whether a file was made before; it is used again, so it isn't old."""
    try:
        os.utime(path)
    except FileNotFoundError:
        return False
    return True


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all, for the exchange is quick; readable for its group, which the exchange is to be in."""
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as draft:
        draft.write(content)
    Path(draft.name).chmod(0o640)
    Path(draft.name).replace(path)


def _engine(settings: SpeechSettings) -> Engine:
    match settings.engine:
        case "command":
            return Command(settings.command)
        case "http":
            return Service(settings.url)
    return Espeak()
