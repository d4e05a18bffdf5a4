"""The three ways in which a conversation travels, for the few things that differ between them."""

from __future__ import annotations

from enum import StrEnum


class Medium(StrEnum):
    """How a screen reaches the citizen, and how long their conversation can be taken up again."""

    TEXT = "text"
    CHAT = "chat"
    VOICE = "voice"

    @property
    def kept_s(self) -> int:
        """Seconds in which a conversation that broke off can be gone on with."""
        return 600 if self is Medium.VOICE else 24 * 3600


EVERYWHERE = frozenset(Medium)
