"""Puts what is made from the code into the pages that ask for it by a comment, such as `<!-- made: settings -->`."""

from __future__ import annotations

import re
from typing import Any

from docs.generator import commands, settings, tables
from docs.generator.words import Words

MADE = {"settings": settings.made, "commands": commands.made, "tables": tables.made}
_ASKED = re.compile(r"<!-- made: (\w+) -->")


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """The page with what it asked for, in the language of its folder."""
    words = Words(page.file.locale)
    return _ASKED.sub(lambda found: MADE[found[1]](words), markdown)
