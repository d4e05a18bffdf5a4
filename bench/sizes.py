"""How much is measured: enough to see that all works, what fits into a break, or what takes hours."""

from __future__ import annotations

from enum import StrEnum


class Size(StrEnum):
    TINY = "tiny"
    USUAL = "usual"
    LONG = "long"

    def of(self, tiny: int, usual: int, long: int) -> int:
        """The number for this size."""
        return {Size.TINY: tiny, Size.USUAL: usual, Size.LONG: long}[self]
