"""The Chinese of what is said in the code and in settings.toml in English, by the English words themselves."""

from __future__ import annotations

from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

CATALOGUE = Path(__file__).parent / "zh.po"


class Words:
    """What a page says, in its language. `asked` is what it was asked for, `missing` what it has no Chinese of."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._known = {str(one.id): str(one.string) for one in catalogue() if one.id and one.string}
        self.asked: set[str] = set()
        self.missing: set[str] = set()

    def __call__(self, english: str) -> str:
        """The words in the page's language; English ones where it has none."""
        self.asked.add(english)
        if english and english not in self._known:
            self.missing.add(english)
        return english if self.language == "en" else self._known.get(english, english)


def catalogue() -> Catalog:
    """All that is translated."""
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="zh")
