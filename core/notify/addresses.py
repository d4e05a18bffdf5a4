"""Where a person is reached: telephone numbers in one form, and masked where somebody looks at them."""

from __future__ import annotations

import re

from core.masking import masked_mobile

_MOBILE = re.compile(r"1[3-9]\d{9}")
_LANDLINE = re.compile(r"0\d{9,11}")
_ABROAD = re.compile(r"\+\d{7,15}")


def telephone(written: str) -> str:
    """A telephone number as +8613800005678, empty for what is none."""
    digits = re.sub(r"[\s()（）.\-]", "", written)
    if digits.startswith("00"):
        digits = "+" + digits[2:]
    if digits.startswith("86") and _MOBILE.fullmatch(digits[2:]):
        digits = "+" + digits
    if _ABROAD.fullmatch(digits):
        return digits
    if _MOBILE.fullmatch(digits):
        return "+86" + digits
    return "+86" + digits[1:] if _LANDLINE.fullmatch(digits) else ""


def takes_texts(number: str) -> bool:
    """Whether text messages reach a number: none of a Chinese line that isn't mobile."""
    return bool(number) and (not number.startswith("+86") or bool(_MOBILE.fullmatch(number[3:])))


def masked(address: str) -> str:
    """A telephone number or a chat's id as staff see it."""
    if address.startswith("+"):
        return masked_mobile(address)
    return f"{address[:2]}****{address[-2:]}" if len(address) > 4 else "*" * len(address)
