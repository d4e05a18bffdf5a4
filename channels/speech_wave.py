"""Sound as telephone exchanges play it: 8 kHz, 16 bit, one channel, in WAV files."""

from __future__ import annotations

import io
import math
import wave
from functools import cache

import numpy as np
from numpy.typing import NDArray

from core.errors import SendError

RATE = 8000
_WIDTH = 2
_PASS_HZ = 3600.0
_TAPS_AT_8K = 24  # on each side of a sample, so many samples of the telephone's rate are looked at
LONGEST_S = 120
Samples = NDArray[np.float32]


def telephone_wave(samples: NDArray[np.int16], rate: int) -> bytes:
    """A WAV file for the telephone of samples at any rate."""
    sound = samples.astype(np.float32)
    if rate != RATE:
        sound = _resampled(sound, rate)
    body = np.clip(np.rint(sound), -32768, 32767).astype("<i2").tobytes()
    with io.BytesIO() as file:
        with wave.open(file, "wb") as written:
            written.setnchannels(1)
            written.setsampwidth(_WIDTH)
            written.setframerate(RATE)
            written.writeframes(body)
        return file.getvalue()


def read_wave(content: bytes) -> tuple[NDArray[np.int16], int]:
    """The samples of a WAV file, of several channels the first. Raises SendError for what is none of 16 bit."""
    try:
        with wave.open(io.BytesIO(content)) as read:
            rate, channels, width = read.getframerate(), read.getnchannels(), read.getsampwidth()
            frames = read.readframes(min(read.getnframes(), LONGEST_S * rate))
    except (wave.Error, EOFError) as error:
        raise SendError("config", f"the speech service sent no WAV file: {error}") from None
    if width != _WIDTH or not RATE <= rate <= 96_000 or channels not in (1, 2):
        raise SendError("config", "the speech service must send WAV of 16 bit, with 8000 to 96000 samples a second")
    return np.frombuffer(frames, "<i2")[::channels].astype(np.int16), rate


def _resampled(sound: Samples, rate: int) -> Samples:
    """Fewer samples of the same sound, without what the telephone can't carry: a windowed sinc for each phase."""
    divisor = math.gcd(rate, RATE)
    up, down = RATE // divisor, rate // divisor
    kernel = _kernel(rate, up)
    half = kernel.shape[1] // 2
    count = len(sound) * up // down
    padded = np.pad(sound, (half, half))
    made = np.empty(count, np.float32)
    reach = np.arange(kernel.shape[1])
    for start in range(0, count, RATE):
        places = np.arange(start, min(start + RATE, count)) * down
        first, phase = places // up, places % up
        made[start : start + len(places)] = np.einsum("nk,nk->n", padded[first[:, None] + reach], kernel[phase])
    return made


@cache
def _kernel(rate: int, phases: int) -> Samples:
    """For each phase between two samples, what the samples around weigh."""
    half = math.ceil(_TAPS_AT_8K * rate / RATE)
    offsets = np.arange(-half, half + 1)[None, :] - np.arange(phases)[:, None] / phases
    weights = np.sinc(offsets * 2 * _PASS_HZ / rate) * np.cos(np.clip(offsets / (half + 1), -1, 1) * np.pi / 2) ** 2
    normal: Samples = (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)
    return normal
