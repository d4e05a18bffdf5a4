"""Prompts for the exchange: real speech in both languages, files made once, and services of the centre's own."""

from __future__ import annotations

import asyncio
import io
import os
import sys
import time
import wave
from pathlib import Path

import numpy as np
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import ValidationError

from channels.speech import SAID_KEPT_S, SpeechSettings, SpeechStore
from channels.speech_engines import Espeak, Voice
from channels.speech_wave import read_wave, telephone_wave
from core.dialogue.prompts import fixed
from core.dialogue.speech import Part
from core.errors import NotFound, SendError
from core.language import Catalogues
from tests.channels.exchange import speaking, spoken

HELLO, BYE = Part("您好。", "zh"), Part("再见。", "zh")


def store(folder: Path, parts: tuple[Part, ...] = (HELLO,), **more: object) -> SpeechStore:
    return SpeechStore(SpeechSettings.model_validate({"folder": folder, **more}), parts)


def properties(sound: bytes) -> tuple[int, int, int]:
    with wave.open(io.BytesIO(sound)) as read:
        return read.getframerate(), read.getnchannels(), read.getsampwidth()


def seconds(sound: bytes) -> float:
    samples, rate = read_wave(sound)
    return len(samples) / rate


async def test_the_voice_that_comes_along_speaks_both_languages_as_the_telephone_plays_them() -> None:
    engine = Espeak()
    chinese = await engine.speak("查办件进度，请按一。", Voice("cmn", 150), "zh")
    english = await engine.speak("To ask where your case stands, press one.", Voice("en", 150), "en")
    for sound in (chinese, english):
        assert properties(sound) == (8000, 1, 2)
        assert 1.5 < seconds(sound) < 6
        assert np.abs(read_wave(sound)[0]).max() > 3000
    await engine.close()


async def test_mandarin_is_spoken_as_mandarin_and_not_spelled_out() -> None:
    """A voice that takes characters for pinyin, or spells them in English, takes many times as long."""
    engine = Espeak()
    sound = await engine.speak("二 六 幺 幺，二 三 零 零。", Voice("cmn", 150), "zh")
    assert 2 < seconds(sound) < 6
    await engine.close()


async def test_words_that_nobody_said_before_are_spoken_in_time() -> None:
    engine = Espeak()
    await engine.speak("您好。", Voice("cmn", 150), "zh")
    told = "现在的状态是，审查中。承诺十一月二十六日星期四前办结。查询号二 六 幺 幺，二 三 零 零。" * 2
    begun = time.process_time()
    await engine.speak(told, Voice("cmn", 150), "zh")
    assert time.process_time() - begun < 0.3
    await engine.close()


async def test_every_fixed_prompt_can_be_spoken(tmp_path: Path) -> None:
    prompts = fixed(Catalogues())
    made = store(tmp_path, tuple(prompts))
    made.start()
    await made.settle()
    listed = made.prompts()
    assert len(listed) == len(prompts) > 200
    for prompt in listed[::20]:
        assert 0.2 < seconds(await made.wave(prompt.name)) < 20, prompt
    await made.stop()


async def test_a_voice_that_there_is_not_is_told(tmp_path: Path) -> None:
    made = store(tmp_path, voices={"zh": {"voice": "nobody"}})
    made.start()
    with pytest.raises(SendError, match="no voice nobody"):
        await made.files([BYE])
    await made.stop()


async def test_a_sentence_is_made_once_and_found_again_after_a_restart(tmp_path: Path) -> None:
    asked: list[str] = []

    async def speak(request: web.Request) -> web.Response:
        asked.append(await request.text())
        assert request.headers["X-Voice"] == "cmn"
        return web.Response(body=speaking(asked[-1]))

    app = web.Application()
    app.router.add_post("/speak", speak)
    server = TestServer(app)
    await server.start_server()
    url = str(server.make_url("/speak"))
    for _ in range(2):
        made = store(tmp_path, engine="http", url=url)
        made.start()
        await asyncio.gather(*(made.files([Part("您好。再见。", "zh")]) for _ in range(20)))
        await made.settle()
        await made.stop()
    assert sorted(asked) == ["再见。", "您好。"]
    await server.close()


async def test_the_exchange_is_told_the_file_as_it_sees_it(tmp_path: Path) -> None:
    made = store(tmp_path, seen_at="/var/lib/asterisk/haoban/")
    made.start()
    [file] = await made.files([HELLO])
    assert file.startswith("/var/lib/asterisk/haoban/prompts/")
    path = tmp_path / "prompts" / f"{file.rpartition('/')[2]}.wav"
    assert path.stat().st_mode & 0o777 == 0o640
    assert list((tmp_path / "prompts").iterdir()) == [path]
    await made.stop()


async def test_what_was_said_of_a_case_is_forgotten_after_a_day_and_the_prompts_stay(tmp_path: Path) -> None:
    made = store(tmp_path)
    made.start()
    await made.files([HELLO, BYE])
    [said] = (tmp_path / "said").iterdir()
    [prompt] = (tmp_path / "prompts").iterdir()
    long_ago = time.time() - SAID_KEPT_S - 60
    for path in (said, prompt):
        os.utime(path, (long_ago, long_ago))
    made._forget()
    assert not said.exists()
    assert prompt.exists()
    await made.files([BYE])
    assert said.exists()
    await made.stop()


async def test_a_prompt_is_known_by_its_name_alone(tmp_path: Path) -> None:
    made = store(tmp_path)
    made.start()
    [prompt] = made.prompts()
    assert properties(await made.wave(prompt.name)) == (8000, 1, 2)
    for name in ("../said/x", "x", ""):
        with pytest.raises(NotFound):
            await made.wave(name)
    await made.stop()


ECHO = (
    "import sys, wave; text = sys.stdin.buffer.read(); out = wave.open(sys.stdout.buffer, 'wb'); "
    "out.setnchannels(1); out.setsampwidth(2); out.setframerate(8000); "
    "out.writeframes(b''.join(bytes((one, 0)) for one in text + sys.argv[1].encode())); out.close()"
)


async def test_any_command_may_speak(tmp_path: Path) -> None:
    made = store(tmp_path, (), engine="command", command=[sys.executable, "-c", ECHO, "{voice} {speed} {language}"])
    made.start()
    [file] = await made.files([HELLO])
    assert spoken(Path(f"{file}.wav").read_bytes()) == "您好。cmn 150 zh"
    await made.stop()


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        ([sys.executable, "-c", "raise SystemExit(3)"], "ended with 3"),
        ([sys.executable, "-c", "print('no sound')"], "no WAV file"),
        (["/nowhere/say-it"], "can't be run"),
    ],
)
async def test_a_command_that_does_not_speak_is_told(tmp_path: Path, command: list[str], reason: str) -> None:
    made = store(tmp_path, (), engine="command", command=command)
    made.start()
    with pytest.raises(SendError, match=reason):
        await made.files([HELLO])
    await made.stop()


@pytest.mark.parametrize("given", [{"engine": "command"}, {"engine": "http"}, {"engine": "other"}, {"seen_at": "a b"}])
def test_settings_without_what_they_need_are_refused(given: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        SpeechSettings.model_validate(given)


@pytest.mark.parametrize("rate", [8000, 16000, 22050, 24000, 44100, 48000])
def test_a_tone_keeps_its_pitch_and_what_a_telephone_can_not_carry_is_gone(rate: int) -> None:
    at = np.arange(rate) / rate

    def loudness(hz: int) -> tuple[float, float]:
        samples, made = read_wave(telephone_wave((8000 * np.sin(2 * np.pi * hz * at)).astype(np.int16), rate))
        assert (made, len(samples)) == (8000, 8000)
        spectrum = np.abs(np.fft.rfft(samples * np.hanning(8000)))
        return float(np.argmax(spectrum)), float(np.sqrt(np.mean(samples.astype(float) ** 2)))

    pitch, loud = loudness(1000)
    assert pitch == 1000
    assert loud == pytest.approx(8000 / np.sqrt(2), rel=0.02)
    if rate >= 16000:
        assert loudness(5000)[1] < 100


@pytest.mark.parametrize("channels", [1, 2])
def test_a_sound_of_several_channels_gives_its_first(channels: int) -> None:
    with io.BytesIO() as file:
        with wave.open(file, "wb") as written:
            written.setnchannels(channels)
            written.setsampwidth(2)
            written.setframerate(16000)
            written.writeframes(np.repeat(np.arange(10, dtype="<i2"), channels).tobytes())
        samples, rate = read_wave(file.getvalue())
    assert (list(samples), rate) == (list(range(10)), 16000)
