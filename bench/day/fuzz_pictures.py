"""Pictures as a camera makes them: of a code, of nothing, and some that are made to do damage."""

from __future__ import annotations

import io
import random
from functools import lru_cache

from PIL import Image

from bench.day.settings import PUBLIC_URL
from core.qr import image

NOISE_PX = 900
HUGE_PX = 12_000


@lru_cache(maxsize=100)
def photographs(token: str) -> tuple[bytes, ...]:
    """The code's picture first, in each format that is read, then others."""
    code = image(f"{PUBLIC_URL}/q/{token}")
    return code, *(_as(code, format_) for format_ in ("JPEG", "WEBP")), *_others()


def _as(picture: bytes, format_: str) -> bytes:
    with Image.open(io.BytesIO(picture)) as opened:
        return _saved(opened.convert("RGB"), format_)


@lru_cache(maxsize=1)
def _others() -> tuple[bytes, ...]:
    dice = random.Random(1)
    noise = Image.frombytes("L", (NOISE_PX, NOISE_PX), dice.randbytes(NOISE_PX**2))
    huge = Image.new("1", (HUGE_PX, HUGE_PX))
    clear = Image.new("RGBA", (1, NOISE_PX), (0, 0, 0, 0))
    another = image("https://elsewhere.example/q/" + "x" * 31)
    pictures = [_saved(noise, "PNG"), _saved(noise, "JPEG"), _saved(huge, "PNG"), _saved(clear, "WEBP")]
    return *pictures, another, image(f"{PUBLIC_URL}/q/" + "x" * 31), image(f"{PUBLIC_URL}/q/../{'é' * 10}")


def _saved(picture: Image.Image, format_: str) -> bytes:
    out = io.BytesIO()
    picture.save(out, format_)
    return out.getvalue()
