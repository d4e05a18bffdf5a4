"""Measurements run to their end in the smallest size: one that breaks is otherwise found only by who measures."""

from __future__ import annotations

import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bench.commands import ROOT

# They mostly wait until servers are at rest, and nobody reads their numbers: so they may run beside each other.
AT_ONCE, WITHIN_S = 3, 300
# The longest first. Peers that are not installed are left out; `screens` asks for npm, and `calls` waits for calls.
NAMES = (
    *("processes", "notices", "instructions", "rest", "paths", "growth", "board", "profile", "look_up"),
    *("look_up_sqlite", "import_cases", "import_items", "search"),
)
FIGURE = re.compile(r"\| [\d,.]+(e[+-]?\d+)?( \w+)* \|")


def page_of(name: str, folder: Path) -> str:
    """What the report says of one measurement, or what went wrong."""
    command = [sys.executable, "-m", "bench", name, "--size", "tiny", "--report", str(folder / name)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=WITHIN_S)  # noqa: S603
    return (folder / name / "part.md").read_text(encoding="utf-8") if done.returncode == 0 else done.stdout


@pytest.mark.slow
def test_measurements_give_their_figures(tmp_path: Path) -> None:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        pages = dict(zip(NAMES, pool.map(lambda name: page_of(name, tmp_path), NAMES), strict=True))
    for name, page in pages.items():
        sections = re.split(r"^## ", page, flags=re.MULTILINE)[2:-1]
        assert sections, f"{name}: {page}"
        for section in sections:
            assert FIGURE.search(section), section
            assert "How often: " in section, section
