"""Counting what a text message costs, in the segments that carriers charge and phones join.

Sources: 3GPP TS 23.038 (GSM 7 bit default alphabet) and TS 23.040 (concatenation).
"""

from __future__ import annotations

_GSM_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_EXTENDED = frozenset("^{}\\[~]|€\f")
_GSM = _GSM_BASIC | _GSM_EXTENDED
GSM_ONE, GSM_EACH = 160, 153
UCS2_ONE, UCS2_EACH = 70, 67


def is_gsm(text: str) -> bool:
    """Whether the whole text is in the seven-bit alphabet."""
    return _GSM.issuperset(text)


def units(text: str) -> int:
    """Septets of a seven-bit text, UTF-16 units of any other."""
    if is_gsm(text):
        return len(text) + sum(c in _GSM_EXTENDED for c in text)
    return len(text.encode("utf-16-be")) // 2


def segments(text: str) -> int:
    """How many segments a text takes: one up to 160 septets or 70 units, else 153 or 67 in each."""
    one, each = (GSM_ONE, GSM_EACH) if is_gsm(text) else (UCS2_ONE, UCS2_EACH)
    length = units(text)
    return 1 if length <= one else -(-length // each)
