"""The pieces that generated pages are made of: tables, code, and words with code in them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape

_CODE = re.compile(r"`([^`]+)`")


def code(text: str) -> str:
    """A piece of code within a table."""
    return f"<code>{escape(text)}</code>" if text else ""


def prose(text: str) -> str:
    """Words with `code` in them, within a table."""
    return _CODE.sub(lambda found: f"<code>{found[1]}</code>", escape(text, quote=False))


def table(headings: Sequence[str], rows: Iterable[str]) -> str:
    """A table; the rows are whole."""
    head = "".join(f"<th>{escape(each)}</th>" for each in headings)
    return f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n" + "\n".join(rows) + "\n</tbody>\n</table>\n"


def row(cells: Iterable[str], anchor: str = "") -> str:
    """A row of a table; the cells are markup already, one that is a whole cell stays as it is."""
    inside = "".join(cell if cell.startswith("<td") else f"<td>{cell}</td>" for cell in cells)
    return f'<tr id="{anchor}">{inside}</tr>' if anchor else f"<tr>{inside}</tr>"


def block(text: str, kind: str) -> str:
    """Something to be pasted."""
    return f"```{kind}\n{text}\n```\n"
