"""The pages of the documentation with what can be pasted from them: commands, settings, files."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
LANGUAGES = ("zh", "en")
SHELL = frozenset({"sh", "bash", "shell", "console"})
_BLOCK = re.compile(r'^( *)```(\w*)(?: title="([^"]+)")?\n(.*?)^\1```$', re.DOTALL | re.MULTILINE)
_INLINE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")


@dataclass(frozen=True)
class Block:
    """A piece of a page that is to be pasted; `title` is the file that it is to be."""

    kind: str
    title: str
    text: str


@dataclass(frozen=True)
class Page:
    """A page by its name within a language's folder, such as channels/kannel.md."""

    language: str
    name: str

    @property
    def text(self) -> str:
        return (DOCS / self.language / self.name).read_text("utf-8")

    @property
    def blocks(self) -> list[Block]:
        return [Block(kind, title, dedent(text)) for _, kind, title, text in _BLOCK.findall(self.text)]

    @property
    def commands(self) -> list[str]:
        """Every command of its shell blocks, one that goes over several lines whole."""
        text = "\n".join(block.text for block in self.blocks if block.kind in SHELL)
        lines = re.sub(r"\\\n\s*", "", text).splitlines()
        return [line.strip() for line in lines if line.strip() and not line.lstrip().startswith("#")]

    @property
    def mentioned(self) -> list[str]:
        """What stands as code within sentences."""
        return _INLINE.findall(_BLOCK.sub("", self.text))


def pages(language: str) -> list[Page]:
    """All pages of a language."""
    folder = DOCS / language
    return [Page(language, str(path.relative_to(folder))) for path in sorted(folder.rglob("*.md"))]
