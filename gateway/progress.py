"""A bar that shows how far a long command has come; on standard error, so that what it prints can be piped."""

from __future__ import annotations

import sys

BAR_CHARS = 36


class Bar:
    """Call it with how much is done and of how much; it draws on a terminal only."""

    def __init__(self, label: str) -> None:
        self._label, self._drawn = label, -1

    def __call__(self, done: int, total: int) -> None:
        filled = BAR_CHARS * done // max(total, 1)
        if filled == self._drawn or not sys.stderr.isatty():
            return
        self._drawn = filled
        end = "\n" if filled == BAR_CHARS else ""
        sys.stderr.write(f"\r{self._label}  [{'#' * filled:-<{BAR_CHARS}}]{end}")
        sys.stderr.flush()
