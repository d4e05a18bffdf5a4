"""Puts what is made from the code into the pages that ask for it by a comment, such as `<!-- made: settings -->`."""

from __future__ import annotations

import re
from collections.abc import Callable
from textwrap import indent
from typing import Any

from docs.generator import commands, events, files, settings, tables
from docs.generator.words import Words

MADE: dict[str, Callable[[Words], str]] = {
    "settings": settings.made,
    "commands": commands.made,
    "tables": tables.made,
    "events": events.made,
    "kannel": files.kannel,
}
ASKED = re.compile(r"^( *)<!-- made: (\w+) -->", re.MULTILINE)


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """The page with what it asked for, in the language of its folder."""
    words = Words(page.file.locale)
    return ASKED.sub(lambda found: indent(MADE[found[2]](words), found[1]), markdown)
