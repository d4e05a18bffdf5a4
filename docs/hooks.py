"""Puts what is made from the code into the pages that ask for it by a comment, such as `<!-- made: settings -->`."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from pathlib import Path
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


def on_startup(**_: Any) -> None:
    """Have the library that cuts Chinese into words work without a word of its own."""
    import jieba

    jieba.setLogLevel(logging.WARNING)


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """The page with what it asked for, in the language of its folder."""
    words = Words(page.file.locale)
    return ASKED.sub(lambda found: indent(MADE[found[2]](words), found[1]), markdown)


def on_post_build(config: Any, **_: Any) -> None:
    """Take out what the theme would load from elsewhere for diagrams and old browsers: our pages have neither."""
    for path in (Path(config.site_dir) / "assets" / "javascripts").glob("bundle.*"):
        if path.suffix == ".map":
            path.unlink()
        else:
            path.write_text(path.read_text("utf-8").replace("https://unpkg.com/", "data:,"), "utf-8")
