"""`haoban` that notes, every few milliseconds of its CPU time, in whose code it is.

python -m bench.sampled FILE COMMAND …   each SIGUSR1 writes the parts with their counts to the file, and counts anew.
"""

from __future__ import annotations

import json
import linecache
import signal
import sys
from collections import Counter
from pathlib import Path
from types import FrameType

from bench.commands import ROOT
from gateway.__main__ import main

EVERY_S = 0.004  # no kernel that counts in ticks tells more
OURS, SENDING = "Haoban's own code", "the kernel's sending"
# What a line of asyncio calls that has no Python code of its own to be seen in.
CALLED = {
    ".send(": SENDING,
    ".recv(": "the kernel's receiving and waiting",
    ".recv_into(": "the kernel's receiving and waiting",
    ".poll(": "the kernel's receiving and waiting",
    "data_received(": "asyncpg",
    "buffer_updated(": "asyncpg",
}
LIBRARIES = ("aiohttp", "asyncpg", "jinja2", "asyncio")


class Sampler:
    """Counts where it finds the program."""

    def __init__(self, path: Path) -> None:
        self._path, self._counts = path, Counter[tuple[str, int]]()

    def start(self) -> None:
        signal.signal(signal.SIGPROF, self._note)
        signal.signal(signal.SIGUSR1, self._tell)
        self._go_on()

    def _go_on(self) -> None:
        signal.setitimer(signal.ITIMER_PROF, EVERY_S, EVERY_S)

    def _note(self, _number: int, frame: FrameType | None) -> None:
        # No more than this: it stands in the middle of whatever the program does.
        if frame is not None:
            self._counts[frame.f_code.co_filename, frame.f_lineno or 0] += 1

    def _tell(self, _number: int, _frame: FrameType | None) -> None:
        signal.setitimer(signal.ITIMER_PROF, 0)
        parts = Counter[str]()
        for (path, line), count in self._counts.items():
            parts[part_of(path, line)] += count
        self._path.write_text(json.dumps(parts))
        self._counts.clear()
        self._go_on()


def part_of(path: str, line: int) -> str:
    """Whose code a line is, with what it calls that has no Python code."""
    folders = Path(path).parts or ("",)
    if path.startswith(str(ROOT)) and ".venv" not in folders:
        return OURS
    if "asyncio" in folders or folders[-1] == "selectors.py":
        text = linecache.getline(path, line)
        return next((what for call, what in CALLED.items() if call in text), "asyncio")
    return next((name for name in LIBRARIES if name in folders), "the standard library and others")


if __name__ == "__main__":
    Sampler(Path(sys.argv[1])).start()
    sys.argv = ["haoban", *sys.argv[2:]]
    main()
