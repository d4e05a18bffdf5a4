"""Language tags (BCP 47) of the catalogues, for browsers and screen readers."""

from __future__ import annotations

TAGS = {"zh": "zh-CN"}


def tag(code: str) -> str:
    """The language tag of a catalogue's code."""
    return TAGS.get(code, code)
