"""What strangers may send: words, values, files and lists that nobody would think of, made by hypothesis."""

from __future__ import annotations

import io
import zipfile

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

from bench.day.clerks import PNG

NASTY = (
    *(
        "",
        "\0",
        "' OR 1=1 --",
        "{{7*7}}",
        "{0}",
        "%s%n",
        "../../etc/passwd",
        "<script>",
        "😀" * 40,
        "\u202e12",
        "１２３４",
    ),
    *("CX 261123000018 1", "查询", "9" * 400, "-1", "1e309", "null", "\ud7ff\uffff", "a\r\nSet-Cookie: x=1", "𠮷", "Ǆ"),
)
words = st.one_of(st.sampled_from(NASTY), st.text(max_size=120), st.text("0123456789*# CXcx查询", max_size=40))
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=6,
)
mutations = st.lists(st.tuples(st.integers(0, 4000), st.binary(min_size=1, max_size=8)), max_size=6)


def _office() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("word/document.xml", "<w/>")
    return made.getvalue()


FILES = (
    PNG,
    PNG[:16] + b"\x7f\xff\xff\xff" * 2 + PNG[24:],  # its head promises more than any machine holds
    b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF",
    _office(),
    b"GIF89a",
    b"PK\x03\x04",
    b"\xff\xd8\xff\xe0",
)


def mutated(content: bytes, changes: list[tuple[int, bytes]]) -> bytes:
    """With other bytes here and there."""
    for at, put in changes:
        at %= len(content) + 1
        content = content[:at] + put + content[at + len(put) :]
    return content


def effort(count: int) -> settings:
    """So many inputs, each drawn anew; none is made smaller, for what was sent is told as it is."""
    every = list(HealthCheck)
    return settings(
        max_examples=count, deadline=None, database=None, phases=[Phase.generate], suppress_health_check=every
    )
