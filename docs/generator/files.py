"""Files that are pasted elsewhere, shown as they are, so that there is one of each."""

from __future__ import annotations

from pathlib import Path

from docs.generator.markup import block
from docs.generator.words import Words

FOLDER = Path(__file__).parents[1]


def kannel(_words: Words) -> str:
    """The configuration of Kannel."""
    return block((FOLDER / "kannel.conf").read_text("utf-8").strip(), "ini")
