"""A bar that shows how far a long command has come; on standard error, so that what it prints can be piped."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click
from click.termui import progressbar


@contextmanager
def progress(label: str) -> Iterator[Callable[[int, int], None]]:
    """Gives a function to tell how much is done, and of how much."""
    bar: Any = progressbar(length=1, label=label, file=click.get_text_stream("stderr"))
    with bar:

        def told(done: int, total: int) -> None:
            bar.length = max(total, 1)
            bar.update(done - bar.pos)

        yield told
