"""Text messages in the codings of the mobile networks, cut into the segments that phones join again.

Sources: 3GPP TS 23.038 (alphabets), TS 23.040 (concatenation by a user data header), SMPP 3.4, 5.2.19 (data_coding).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from channels.smpp_wire import SAR_NUMBER, SAR_REFERENCE, SAR_TOTAL, Delivered
from core.dialogue.segments import GSM_EACH, GSM_ONE, UCS2_EACH, UCS2_ONE, is_gsm

GSM, UCS2 = 0, 8
_GBK = 15  # Chinese carriers' own
_CODECS = {1: "ascii", 3: "latin-1", UCS2: "utf-16-be", _GBK: "gb18030"}
_ESCAPE = 0x1B
_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = dict(zip("\f^{}\\[~]|€", b"\x0a\x14\x28\x29\x2f\x3c\x3d\x3e\x40\x65", strict=True))
_TO_GSM = {sign: bytes([code]) for code, sign in enumerate(_BASIC)} | {
    sign: bytes([_ESCAPE, code]) for sign, code in _EXTENDED.items()
}
_FROM_EXTENDED = {code: sign for sign, code in _EXTENDED.items()}
_CONCATENATED_8, _CONCATENATED_16 = 0x00, 0x08


@dataclass(frozen=True, slots=True)
class Part:
    """One of `total` parts of a message, the `number`-th from 1, known as one by its `reference`."""

    reference: int
    total: int
    number: int
    content: bytes


def segmented(text: str, reference: int) -> tuple[int, list[bytes]]:
    """The data_coding of a text and its segments; of more than one each begins with its header."""
    coding = GSM if is_gsm(text) else UCS2
    if coding == GSM:
        one, each = GSM_ONE, GSM_EACH
        pieces = [_TO_GSM[sign] for sign in text]
    else:
        one, each = UCS2_ONE * 2, UCS2_EACH * 2
        pieces = [sign.encode("utf-16-be", "surrogatepass") for sign in text]
    whole = b"".join(pieces)
    if len(whole) <= one:
        return coding, [whole]
    contents = _filled(pieces, each)
    total = len(contents)
    head = bytes([5, _CONCATENATED_8, 3, reference & 0xFF, total])
    return coding, [head + bytes([number]) + content for number, content in enumerate(contents, 1)]


def _filled(pieces: Sequence[bytes], most: int) -> list[bytes]:
    """As many signs in each segment as fit, none of them cut in two."""
    found = [b""]
    for piece in pieces:
        if len(found[-1]) + len(piece) > most:
            found.append(b"")
        found[-1] += piece
    return found


def read_text(coding: int, content: bytes) -> str | None:
    """The words of a whole message; None for what has none, such as settings and pictures."""
    if coding == GSM or (coding & 0xF0 == 0xF0 and not coding & 0x04):
        return _from_gsm(content)
    codec = _CODECS.get(coding)
    return content.decode(codec, "replace") if codec else None


def _from_gsm(content: bytes) -> str:
    found, escaped = [], False
    for code in content:
        if escaped:
            found.append(_FROM_EXTENDED.get(code, ""))
            escaped = False
        elif code == _ESCAPE:
            escaped = True
        else:
            # Some carriers send plain bytes of Latin 1 where they say seven bits.
            found.append(_BASIC[code] if code < len(_BASIC) else chr(code))
    return "".join(found)


def part_of(came: Delivered) -> Part:
    """Which part of a message came, by its header or its parameters; a whole one is the only part."""
    if came.has_header and came.content:
        length = came.content[0]
        head, content = came.content[1 : 1 + length], came.content[1 + length :]
        return _by_header(head, content)
    reference, total, number = (
        int.from_bytes(came.options.get(tag, b"")) for tag in (SAR_REFERENCE, SAR_TOTAL, SAR_NUMBER)
    )
    if 1 <= number <= total:
        return Part(reference, total, number, came.content)
    return Part(0, 1, 1, came.content)


def _by_header(head: bytes, content: bytes) -> Part:
    at = 0
    while at + 2 <= len(head):
        kind, length = head[at], head[at + 1]
        value = head[at + 2 : at + 2 + length]
        if kind in (_CONCATENATED_8, _CONCATENATED_16) and len(value) == (3 if kind == _CONCATENATED_8 else 4):
            reference, total, number = int.from_bytes(value[:-2]), value[-2], value[-1]
            if 1 <= number <= total:
                return Part(reference, total, number, content)
        at += 2 + length
    return Part(0, 1, 1, content)
