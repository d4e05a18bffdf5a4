"""Photographs of receipts as citizens take them: turned, blurred, in bad light, on a busy table."""

from __future__ import annotations

import io
import random

from PIL import Image, ImageDraw, ImageEnhance, ImageFilter

from core.qr import image

TABLE_PX = (1280, 960)


def code(address: str) -> Image.Image:
    return Image.open(io.BytesIO(image(address))).convert("RGB")


def on_a_table(
    address: str, *, turned: float = 0, blur_px: float = 0, light: float = 1, size_px: int = 420
) -> Image.Image:
    """A receipt with its code on a table full of other things."""
    table = _table()
    receipt = Image.new("RGB", (size_px + 120, size_px + 260), "#f4f1e8")
    ImageDraw.Draw(receipt).multiline_text((40, size_px + 90), "2611 2300 0018\nKeep this receipt safe", fill="#333")
    receipt.paste(code(address).resize((size_px, size_px)), (60, 60))
    mask = Image.new("L", receipt.size, 255).rotate(turned, expand=True, fillcolor=0)
    table.paste(receipt.rotate(turned, Image.Resampling.BICUBIC, expand=True), (300, 60), mask)
    seen = table.filter(ImageFilter.GaussianBlur(blur_px)) if blur_px else table
    return ImageEnhance.Brightness(seen).enhance(light)


def as_file(picture: Image.Image, form: str = "JPEG", **options: int) -> bytes:
    out = io.BytesIO()
    picture.save(out, form, **options)
    return out.getvalue()


def _table() -> Image.Image:
    table, dice = Image.new("RGB", TABLE_PX, "#8b6b4a"), random.Random(7)
    draw = ImageDraw.Draw(table)
    for _ in range(160):
        x, y, length = dice.randrange(TABLE_PX[0]), dice.randrange(TABLE_PX[1]), dice.randrange(20, 160)
        colour = tuple(dice.randrange(40, 200) for _ in range(3))
        draw.rectangle((x, y, x + length, y + length // 6), fill=colour)
    return table
